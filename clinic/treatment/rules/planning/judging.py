"""Whether given visits keep to the rules, without any search: for what is booked and for the planner's own answers."""

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from clinic.treatment.rules.planning.course import (
    ANY_DISTANCE,
    Anchor,
    Candidate,
    Course,
    Kind,
    Limit,
    Problem,
    Relax,
    Spacing,
    Span,
    Step,
)
from clinic.treatment.rules.planning.words import WISH_WORDS, counted, day_words, ordinal

_WEEK, _HOUR = 7, 3600


class Rule(StrEnum):
    """The rule that a visit breaks."""

    OVERLAP = "overlap"
    TOO_CLOSE = "too_close"
    WEEK = "week"
    EARLY = "early"
    LATE = "late"
    TOO_LONG = "too_long"
    TOO_SHORT = "too_short"
    CAP = "cap"
    WISH = "wish"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A visit to be judged, in epoch seconds and the patient's day; `number` is that of its session.

    A fixed one took place or stays: it counts, but is never blamed. The span counts sessions with `in_span`.
    """

    kind: Kind
    starts_at: int
    ends_at: int
    day: int
    number: int = 0
    spacing: Spacing = ANY_DISTANCE
    first_day: int | None = None
    last_day: int | None = None
    limits: tuple[Limit, ...] = ()
    breaks: tuple[Relax, ...] = ()
    in_span: bool = True
    is_fixed: bool = False


class Violation(NamedTuple):
    """The visit `at` an index, the rule that it breaks, with which other visit, and in words."""

    at: int
    other: int | None
    rule: Rule
    sentence: str


def violations(
    visits: Sequence[Judged], *, weekly_most: int, span: Span | None = None, is_complete: bool = True
) -> tuple[Violation, ...]:
    """Return everything wrong with visits in order of time; of two visits the later one is blamed.

    A course that is not complete, with sessions yet to be added, cannot be too short.
    """
    found = [
        *_by_neighbors(visits),
        *_by_window(visits),
        *_by_week(visits, weekly_most),
        *_by_cap(visits),
    ]
    if span is not None:
        found += _by_span(visits, span, is_complete=is_complete)
    blamed = (each for each in found if not visits[each.at].is_fixed)
    return tuple(sorted(blamed, key=lambda each: (each.at, each.rule, -1 if each.other is None else each.other)))


def judged(problem: Problem, course: Course) -> tuple[Judged, ...]:
    """Return a plan for judging in order of time, with the anchors."""
    visits = [*(as_anchor(problem, one) for one in problem.anchors), *(as_visit(*each) for each in course.visits)]
    return tuple(sorted(visits, key=lambda each: each.starts_at))


def as_anchor(problem: Problem, one: Anchor) -> Judged:
    """Return a session that took place or stays; it belongs to the span from the span's first day on."""
    begun = problem.span.first_day if problem.span else None
    return Judged(
        kind=Kind.SESSION,
        starts_at=one.starts_at,
        ends_at=one.ends_at,
        day=one.day,
        is_fixed=True,
        in_span=begun is not None and one.day >= begun,
    )


def as_visit(step: Step, time: Candidate) -> Judged:
    """Return a step at a time."""
    return Judged(
        kind=step.kind,
        starts_at=time.starts_at,
        ends_at=time.ends_at,
        day=time.day,
        number=step.number,
        spacing=step.spacing,
        first_day=step.first_day,
        last_day=step.last_day,
        limits=time.limits,
        breaks=time.breaks,
    )


def _by_neighbors(visits: Sequence[Judged]) -> Iterator[Violation]:
    session: int | None = None
    for index, visit in enumerate(visits):
        if index and visit.starts_at < visits[index - 1].ends_at:
            yield Violation(index, index - 1, Rule.OVERLAP, f"{_named(visit)} begins before the one before it ends.")
        if session is not None:
            yield from _by_gap(visits, index, session)
        if visit.kind is Kind.SESSION:
            session = index


def _by_gap(visits: Sequence[Judged], index: int, other: int) -> Iterator[Violation]:
    visit, before = visits[index], visits[other]
    spacing, gap, name = visit.spacing, visit.day - before.day, _named(visit)
    apart = f"{counted(gap, 'day')} after the visit on {day_words(before.day)}"
    if visit.starts_at - before.starts_at < spacing.least_gap and visit.kind is Kind.SESSION:
        least = counted(spacing.least_gap // _HOUR, "hour")
        sentence = f"{name} is less than {least} after the visit on {day_words(before.day)}."
        yield Violation(index, other, Rule.TOO_CLOSE, sentence)
    elif gap < spacing.least_days:
        sentence = f"{name} is {apart}; at least {spacing.least_days} are needed."
        yield Violation(index, other, Rule.TOO_CLOSE, sentence)
    if spacing.least_days <= gap < spacing.from_days:
        yield Violation(index, other, Rule.EARLY, f"{name} is {apart}; the plan says at least {spacing.from_days}.")
    if spacing.most_days is not None and gap > spacing.most_days:
        yield Violation(index, other, Rule.LATE, f"{name} is {apart}; the plan says at most {spacing.most_days}.")


def _by_window(visits: Sequence[Judged]) -> Iterator[Violation]:
    for index, visit in enumerate(visits):
        if visit.first_day is not None and visit.day < visit.first_day:
            sentence = f"{_named(visit)} is before {day_words(visit.first_day)}, its first possible day."
            yield Violation(index, None, Rule.TOO_CLOSE, sentence)
        if visit.last_day is not None and visit.day > visit.last_day:
            sentence = f"{_named(visit)} is after {day_words(visit.last_day)}, when it is due."
            yield Violation(index, None, Rule.LATE, sentence)
        for wish in visit.breaks:
            yield Violation(index, None, Rule.WISH, f"{_named(visit)} is {WISH_WORDS[wish]}.")


def _by_week(visits: Sequence[Judged], most: int) -> Iterator[Violation]:
    sessions = [index for index, visit in enumerate(visits) if visit.kind is Kind.SESSION]
    for other, index in zip(sessions, sessions[most:], strict=False):
        if visits[index].day - visits[other].day < _WEEK:
            sentence = (
                f"{_named(visits[index])} would be the {ordinal(most + 1)} within seven days; at most {most} may be."
            )
            yield Violation(index, other, Rule.WEEK, sentence)


def _by_span(visits: Sequence[Judged], span: Span, *, is_complete: bool) -> list[Violation]:
    sessions = [index for index, visit in enumerate(visits) if visit.kind is Kind.SESSION and visit.in_span]
    if not sessions:
        return []
    first, last = sessions[0], sessions[-1]
    begun = visits[first].day if span.first_day is None else span.first_day
    found = [
        Violation(index, first, Rule.TOO_LONG, _length(visits[index], begun, f"at most {span.most_days}"))
        for index in sessions
        if visits[index].day - begun > span.most_days
    ]
    if is_complete and visits[last].day - begun < span.least_days:
        sentence = _length(visits[last], begun, f"at least {span.least_days}")
        found.append(Violation(last, first, Rule.TOO_SHORT, sentence))
    return found


def _length(visit: Judged, begun: int, needed: str) -> str:
    days = counted(visit.day - begun, "day")
    return f"{_named(visit)} is {days} after the first on {day_words(begun)}; the course takes {needed}."


def _by_cap(visits: Sequence[Judged]) -> Iterator[Violation]:
    taken: Counter[Hashable] = Counter()
    for index, visit in enumerate(visits):
        for limit in visit.limits:
            taken[limit.key] += 1
            if taken[limit.key] > limit.room:
                sentence = f"{_named(visit)} is more than the physician takes on that day or in that week."
                yield Violation(index, None, Rule.CAP, sentence)


def _named(visit: Judged) -> str:
    name = f"Visit {visit.number}" if visit.kind is Kind.SESSION and visit.number else "The visit"
    return f"{'The physician visit' if visit.kind is Kind.REVIEW else name} on {day_words(visit.day)}"
