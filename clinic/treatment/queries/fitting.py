"""Whether dates that somebody chose make a course, and which other times would go with the rest of them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.scheduling.errors import Alternatives
from clinic.scheduling.models import VisitType
from clinic.scheduling.queries import visit_types
from clinic.scheduling.queries.covering import is_asked
from clinic.scheduling.rules.purposes import VisitPurpose
from clinic.treatment.errors import CourseProblem
from clinic.treatment.queries.arrangement import Entry, booked_entries, troubles_of
from clinic.treatment.queries.candidates import CourseFacts, Ground, ground_of, standing_of
from clinic.treatment.rules.courses import MOST_AT_ONCE, ChosenVisit, CourseWish
from clinic.treatment.rules.phases import SESSION_PHASES, Phase
from clinic.treatment.rules.planning import Candidate, Step, longest_own_gap, restart_limit, slack
from clinic.treatment.rules.planning.relaxed import course_of

_OTHERS = 3
_NOT_PLANNED = "This kind of visit belongs to another phase. Plan the dates again."
_NOT_NOW = "The plan is in a phase without dates of this kind. The physician moves it on first."


def troubles_of_chosen(
    session: Session, course: CourseFacts, visits: Sequence[ChosenVisit]
) -> dict[int, CourseProblem]:
    """Return what is wrong with chosen dates by the rules of the program, by their index; the calendar is not asked."""
    kinds = {kind.code: kind for kind in visit_types(session, only_active=False)}
    sessions = {index: visit for index, visit in enumerate(visits) if _is_session(kinds.get(visit.visit_type))}
    if sessions and course.phase not in SESSION_PHASES:
        return {index: CourseProblem(index, _NOT_NOW) for index in sessions}
    strange = {index: CourseProblem(index, _NOT_PLANNED) for index in _of_another_phase(course, sessions)}
    if strange:
        return strange
    chosen = {index: _entry(index, visit, kinds[visit.visit_type]) for index, visit in sessions.items()}
    found = _after_too_long(course, visits, sessions)
    for trouble in troubles_of(course, [*booked_entries(course), *chosen.values()]):
        # The later visit is blamed; where that one is booked already, the chosen one before it is too late.
        index = trouble.key if isinstance(trouble.key, int) else trouble.other
        if isinstance(index, int):
            found.setdefault(index, CourseProblem(index, trouble.sentence))
    return found


def others_that_fit(
    session: Session, course: CourseFacts, visits: Sequence[ChosenVisit], *, wrong: Collection[int], by: Actor
) -> dict[int, Alternatives]:
    """Return for each `wrong` date up to three times that go with all others and that `by` may book, nearest first."""
    ordered = sorted(range(len(visits)), key=lambda index: visits[index].starts_at)
    how_many = min(len(visits), MOST_AT_ONCE)
    ground = ground_of(session, course, CourseWish(how_many=how_many), is_asked_for_money=is_asked(by))
    steps = _matched(ground, [visits[index] for index in ordered])
    if steps is None:
        return {}
    problem = replace(ground.problem, steps=tuple(steps))
    times = [_as_candidate(course, visits[index], step) for index, step in zip(ordered, steps, strict=True)]
    found = slack(problem, course_of(problem, times))
    return {
        index: _nearest(leeway.candidates, time)
        for index, leeway, time in zip(ordered, found, times, strict=True)
        if index in wrong
    }


def _of_another_phase(course: CourseFacts, sessions: Mapping[int, ChosenVisit]) -> list[int]:
    numbers = course.protocol
    kinds = {
        Phase.INDUCTION: numbers.induction.visit_type,
        Phase.MAINTENANCE: numbers.maintenance.visit_type,
        Phase.TAPER: numbers.taper.visit_type,
    }
    return [index for index, visit in sessions.items() if visit.visit_type != kinds.get(course.phase)]


def _after_too_long(
    course: CourseFacts, visits: Sequence[ChosenVisit], sessions: Mapping[int, ChosenVisit]
) -> dict[int, CourseProblem]:
    """Return the first session if the physician has to see the patient before it and that visit is not there."""
    standing = standing_of(course)
    limit = restart_limit(course.protocol, standing, own_gap=longest_own_gap(course.protocol, course.phase, standing))
    if limit is None or not sessions:
        return {}
    index, first = min(sessions.items(), key=lambda each: each[1].starts_at)
    seen = [visit for at, visit in enumerate(visits) if at not in sessions and visit.starts_at < first.starts_at]
    if course.day_of(first.starts_at) <= limit or any(course.day_of(visit.starts_at) > limit for visit in seen):
        return {}
    days = course.protocol.restart_after_days
    words = f"More than {days} days between visits. Book the physician before this one, or with it."
    return {index: CourseProblem(index, words)}


def _is_session(kind: VisitType | None) -> bool:
    return kind is not None and kind.purpose == VisitPurpose.SESSION


def _entry(index: int, visit: ChosenVisit, kind: VisitType) -> Entry:
    return Entry(index, visit.starts_at, visit.starts_at + timedelta(minutes=kind.patient_minutes))


def _matched(ground: Ground, ordered: Sequence[ChosenVisit]) -> list[Step] | None:
    """Return for each date in order of time the next step of its kind of visit, or None if one has none."""
    left, found = list(ground.problem.steps), []
    for visit in ordered:
        place = next((at for at, step in enumerate(left) if step.visit_type == visit.visit_type), None)
        if place is None:
            return None
        found.append(left[place])
        left = left[place + 1 :]
    return found


def _as_candidate(course: CourseFacts, visit: ChosenVisit, step: Step) -> Candidate:
    starts_at = int(visit.starts_at.timestamp())
    for time in step.candidates:
        if (time.starts_at, time.physician_id) == (starts_at, visit.physician_id):
            return time
    length = step.candidates[0].ends_at - step.candidates[0].starts_at if step.candidates else 0
    return Candidate(visit.physician_id, starts_at, starts_at + length, course.day_of(visit.starts_at))


def _nearest(candidates: Sequence[Candidate], taken: Candidate) -> Alternatives:
    others = [
        time for time in candidates if (time.starts_at, time.physician_id) != (taken.starts_at, taken.physician_id)
    ]
    others.sort(key=lambda time: (time.is_other, abs(time.starts_at - taken.starts_at), str(time.physician_id)))
    return tuple((time.physician_id, time.starts_at, time.ends_at) for time in others[:_OTHERS])
