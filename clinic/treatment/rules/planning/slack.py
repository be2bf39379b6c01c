"""How far each visit of a course can move while the others stay."""

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from typing import NamedTuple

from clinic.scheduling.rules.visits import FOREVER
from clinic.treatment.rules.planning.course import Candidate, Course, Kind, Placed, Problem, Slack
from clinic.treatment.rules.planning.explain import slack_words
from clinic.treatment.rules.planning.relaxed import asked_for, price_of_course
from clinic.treatment.rules.planning.stages import FAR, MOST_GRANTED
from clinic.treatment.rules.planning.weights import price_of

_WEEK = 7


class _Room(NamedTuple):
    """The first start, the last start and the last end that leave the gaps to the visits before and after."""

    first_start: int
    last_start: int
    last_end: int

    def holds(self, time: Candidate) -> bool:
        return self.first_start <= time.starts_at <= self.last_start and time.ends_at <= self.last_end


def slack(problem: Problem, course: Course) -> tuple[Slack, ...]:
    """Return for each visit the days and times it may have with the others where they are.

    A time counts if it asks nobody to grant more than the course does already.
    """
    return tuple(_slack(problem, course, index) for index in range(len(course.visits)))


def _slack(problem: Problem, course: Course, index: int) -> Slack:
    step, planned = course.visits[index]
    times = {planned, *_fitting(problem, course, index)}
    ordered = tuple(sorted(times, key=lambda time: (time.starts_at, time.physician_id)))
    first, last = ordered[0].day, ordered[-1].day
    return Slack(first, last, ordered, slack_words(step, first, last, left=len(ordered)))


def _fitting(problem: Problem, course: Course, index: int) -> Iterator[Candidate]:
    room, taken = _room(problem, course.visits, index), _taken(course, index)
    left_on: dict[int, int] = {}
    for time in course.visits[index].step.candidates:
        if not room.holds(time):
            continue
        if time.day not in left_on:
            left_on[time.day] = _left_to_grant(problem, course, index, day=time.day)
        is_granted = problem.allow.issuperset(time.breaks) and sum(map(price_of, time.breaks)) <= left_on[time.day]
        if is_granted and all(taken[limit.key] < limit.room for limit in time.limits):
            yield time


def _room(problem: Problem, visits: Sequence[Placed], index: int) -> _Room:
    before, after = visits[:index], visits[index + 1 :]
    step = visits[index].step
    ends = [one.ends_at for one in problem.anchors] + [each.candidate.ends_at + each.step.tail for each in before]
    first_start, last_start = 0 if step.stands_alone else max(ends, default=-step.lead) + step.lead, FOREVER
    last_end = after[0].candidate.starts_at - after[0].step.lead - step.tail if after else FOREVER
    if visits[index].step.kind is Kind.SESSION:
        starts = [one.starts_at for one in problem.anchors] + [one.candidate.starts_at for one in _sessions(before)]
        if starts:
            first_start = max(first_start, starts[-1] + visits[index].step.spacing.least_gap)
        for step, time in _sessions(after)[:1]:
            last_start = time.starts_at - step.spacing.least_gap
    return _Room(first_start, last_start, last_end)


def _taken(course: Course, index: int) -> Counter[Hashable]:
    """Return the places of caps that the other visits take."""
    others = (visit.candidate for at, visit in enumerate(course.visits) if at != index)
    return Counter(limit.key for time in others for limit in time.limits)


def _left_to_grant(problem: Problem, course: Course, index: int, *, day: int) -> int:
    """Return at what price a time on `day` may break wishes, below zero if the day itself will not do."""
    visits = list(course.visits)
    visits[index] = visits[index]._replace(candidate=visits[index].candidate._replace(day=day, breaks=()))
    asked = list(asked_for(problem, visits))
    is_granted = all(each.kind in problem.allow and each.amount <= MOST_GRANTED for each in asked)
    if not is_granted or not _days_hold(problem, visits):
        return -1
    return price_of_course(course) - sum(price_of(each.kind, each.amount) for each in asked)


def _days_hold(problem: Problem, visits: Sequence[Placed]) -> bool:
    """Tell whether the rules about days hold that nobody can set aside."""
    previous = problem.anchors[-1].day if problem.anchors else None
    for step, time in visits:
        earliest = step.first_day or 0
        if previous is not None and not step.stands_alone:
            earliest = max(earliest, previous + step.spacing.least_days)
        if time.day < earliest or time.day > (step.closed_after or FAR):
            return False
        previous = time.day if step.kind is Kind.SESSION else previous
    planned = [visit.candidate.day for visit in _sessions(visits)]
    days = [one.day for one in problem.anchors] + planned
    week_before = range(max(0, len(problem.anchors) - problem.weekly_most), len(days) - problem.weekly_most)
    if any(days[at + problem.weekly_most] - days[at] < _WEEK for at in week_before):
        return False
    span = problem.span
    if span is None or not planned:
        return True
    return planned[-1] - (planned[0] if span.first_day is None else span.first_day) >= span.least_days


def _sessions(visits: Sequence[Placed]) -> list[Placed]:
    return [visit for visit in visits if visit.step.kind is Kind.SESSION]
