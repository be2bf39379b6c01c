"""Whether booked sessions can stay where they are, apart from their distance to each other."""

from collections.abc import Iterator, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.scheduling.errors import UnknownPhysician
from clinic.scheduling.models import AppointmentHistory
from clinic.scheduling.queries.calendar import Ignored
from clinic.scheduling.queries.judging import OVERBOOKABLE, objection_to, sentence_of
from clinic.scheduling.queries.slots import wish
from clinic.scheduling.rules.changes import Change
from clinic.scheduling.rules.slots import RemovalReason
from clinic.treatment.queries.arrangement import has_support
from clinic.treatment.queries.candidates import CourseFacts, Ground
from clinic.treatment.queries.sessions import SessionRow

ALONE = "The support person cannot be there then."
# What was agreed on when the visit was booked, or is settled elsewhere, is no reason to move it.
_PASSED = frozenset(
    {
        RemovalReason.TOO_SOON,
        RemovalReason.BEYOND_HORIZON,
        RemovalReason.CAP_REACHED,
        RemovalReason.PHYSICIAN_BUSY,
        RemovalReason.PATIENT_BUSY,
        RemovalReason.OUTSIDE_PATIENT_HOURS,
    }
)


# A remark follows its change, so the move of a whole course ends with one, and the move of one visit does not.
_TURNS = (Change.MOVED, Change.MOVE_UNDONE, Change.TOLD_WITH_COURSE, Change.BOOKED, Change.CANCELED, Change.MISSED)


def why_not_kept(session: Session, ground: Ground, coming: Sequence[SessionRow]) -> dict[UUID, str]:
    """Return by visit why it cannot stay: the physician, a license, hours, a closure, nobody to be with the patient."""
    return {row.appointment_id: sentence for row in coming for sentence in _objections(session, ground, row)}


def _objections(session: Session, ground: Ground, row: SessionRow) -> Iterator[str]:
    if not has_support(ground.course, row.starts_at, row.ends_at):
        yield ALONE
    elif not ground.offers(row.visit.visit_type_code, row.physician_id, row.starts_at):
        yield from _of_calendar(session, ground, row)


def _of_calendar(session: Session, ground: Ground, row: SessionRow) -> Iterator[str]:
    wanted = wish(
        session,
        visit_type_code=row.visit.visit_type_code,
        patient_id=ground.course.patient.id,
        now=ground.course.now,
        ignored=Ignored(moving=row.appointment_id),
        ignore_notice=True,
    )
    passed = _PASSED | OVERBOOKABLE if row.visit.is_overbooked else _PASSED
    try:
        found = objection_to(session, wanted, physician_id=row.physician_id, at=row.starts_at, overruled=passed)
    except UnknownPhysician:
        yield f"{row.physician_name} does not see patients any more."
        return
    if found is not None and found.reason is not RemovalReason.OFF_GRID:
        yield sentence_of(found, wanted)


def moved_last(session: Session, course: CourseFacts) -> UUID | None:
    """Return the session that somebody moved by itself, if nothing happened to another one of the course since."""
    row = AppointmentHistory
    ids = [each.appointment_id for each in course.progress.sessions]
    latest = select(row.appointment_id, row.change).where(row.appointment_id.in_(ids), row.change.in_(_TURNS))
    found = session.execute(latest.order_by(row.id.desc()).limit(1)).one_or_none()
    return found.appointment_id if found is not None and found.change == Change.MOVED else None
