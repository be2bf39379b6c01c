"""Which visits of a physician lie in an absence, and whether a visit is still where a list found it."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.replacement.models import Replacement, ReplacementStep, ReplacementVisit
from clinic.scheduling.models import Appointment, VisitType
from clinic.scheduling.queries.visits import VisitRow, rows_of
from clinic.scheduling.rules.states import UPCOMING, AppointmentState

_LONGEST_VISIT = timedelta(days=1)
_ENDED = {
    AppointmentState.IN_PROGRESS: "has begun",
    AppointmentState.COMPLETED: "took place",
    AppointmentState.CANCELED: "was canceled",
    AppointmentState.LATE_CANCELED: "was canceled",
    AppointmentState.NO_SHOW: "was marked as missed",
}


def visits_in(session: Session, batch: Replacement, *, now: datetime) -> list[VisitRow]:
    """Return promised visits that need the physician during the absence and are not over, the next one first.

    A visit that should have begun counts as long as nobody arrived; of a session the physician's own stretches count.
    """
    row = Appointment
    wanted = (
        select(row.id, row.starts_at, VisitType.physician_segments)
        .join(VisitType, VisitType.code == row.visit_type_code)
        .where(
            row.physician_id == batch.physician_id,
            row.state.in_(sorted(UPCOMING)),
            row.ends_at > now,
            row.starts_at > batch.starts_at - _LONGEST_VISIT,
            row.starts_at < batch.ends_at,
        )
    )
    found = [one for one, at, segments in session.execute(wanted) if _is_needed(at, segments, batch)]
    return rows_of(session, found)


def why_gone(row: ReplacementVisit, batch: Replacement, visit: VisitRow) -> str | None:
    """Return what became of a visit that is not where the list found it, or None while it is."""
    if visit.state not in UPCOMING:
        return f"The visit {_ENDED.get(visit.state, 'is over')}."
    if visit.physician_id != batch.physician_id:
        return f"A colleague moved it to {visit.physician_name}."
    if visit.starts_at != row.from_starts_at:
        return "A colleague or the patient moved it to another time."
    return None


def rows_by_id(session: Session, rows: Iterable[ReplacementVisit | ReplacementStep]) -> dict[UUID, VisitRow]:
    """Return the visits of these rows or steps with their names, by id."""
    return {visit.id: visit for visit in rows_of(session, {row.appointment_id for row in rows})}


def _is_needed(starts_at: datetime, segments: list[list[int]], batch: Replacement) -> bool:
    for offset, length in segments:
        begin = starts_at + timedelta(minutes=offset)
        if begin < batch.ends_at and batch.starts_at < begin + timedelta(minutes=length):
            return True
    return False
