"""What somebody should know before a course of dates is booked, though it can be."""

from collections.abc import Iterator, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.localtime import in_zone
from clinic.people.models import Physician
from clinic.people.queries import licences_by_physician
from clinic.people.rules import STATES
from clinic.treatment.queries.candidates import CourseFacts, Ground
from clinic.treatment.queries.legal import beyond_basis
from clinic.treatment.queries.proposals import ProposedVisit
from clinic.treatment.rules.legal import LegalVisit
from clinic.treatment.rules.planning.words import day_words


def warnings_of(session: Session, ground: Ground, visits: Sequence[ProposedVisit]) -> tuple[str, ...]:
    """Return what does not stand in the way of these visits and still matters: the law, licenses, lengths."""
    course = ground.course
    return (
        *beyond_basis(session, plan_id=course.plan.id, visits=_legal(course, visits)),
        *_of_physician(session, course, last_day=max((_day(course, one) for one in visits), default=_today(course))),
        *_too_short(ground),
        *((ground.uncovered,) if ground.uncovered and visits else ()),
    )


def _legal(course: CourseFacts, visits: Sequence[ProposedVisit]) -> list[LegalVisit]:
    sessions = [visit for visit in visits if visit.kind == "session"]
    return [LegalVisit(state=course.patient.state, day=_day(course, visit)) for visit in sessions]


def _day(course: CourseFacts, visit: ProposedVisit) -> date:
    return in_zone(visit.starts_at, course.zone).date()


def _today(course: CourseFacts) -> date:
    return date.fromordinal(course.today)


def _of_physician(session: Session, course: CourseFacts, *, last_day: date) -> Iterator[str]:
    physician_id, state = course.plan.physician_id, course.patient.state
    physician = session.get_one(Physician, physician_id)
    if not physician.is_active:
        yield f"{physician.full_name} does not see patients any more. Choose another physician for the plan."
    else:
        yield from _license_words(session, physician_id, name=physician.full_name, state=state, last_day=last_day)


def _license_words(session: Session, physician_id: UUID, *, name: str, state: str, last_day: date) -> Iterator[str]:
    known = licences_by_physician(session, [physician_id])[physician_id]
    ends = [licence.valid_until for licence in known if licence.state == state]
    if not ends:
        yield f"{name} has no license for {STATES[state]}, so every date is with somebody else."
    elif max(ends) < last_day:
        day = day_words(max(ends).toordinal())
        yield f"{name}\u2019s license for {STATES[state]} ends on {day}; later dates need it renewed, or somebody else."


def _too_short(ground: Ground) -> Iterator[str]:
    if ground.slots is None:
        return
    least = ground.course.protocol.least_session_minutes
    sessions = {step.visit_type for step in ground.outline.steps if step.kind == "session"}
    for code, kind in ground.slots.kinds.items():
        if code in sessions and kind.patient_minutes < least:
            yield (
                f"{kind.name} lasts {kind.patient_minutes} minutes, the program asks for {least}. "
                "An administrator can make the kind of visit longer."
            )
