"""Times that visits and holds gave up, and what of a stretch of a physician's time a patient could have."""

from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic.kernel.localtime import local_day
from clinic.scheduling.models import Appointment, AppointmentHistory, VisitType
from clinic.scheduling.queries import calendar
from clinic.scheduling.queries.calendar import Ignored
from clinic.scheduling.queries.slots import loaded, wish
from clinic.scheduling.rules.changes import FREEING, Change
from clinic.scheduling.rules.slots import Slot, search
from clinic.scheduling.rules.states import AppointmentState

_MOVES = (Change.MOVED, Change.MOVE_UNDONE)


class FreedTime(NamedTuple):
    """A stretch that a visit gave up, and whether by a move, which may be undone for a few minutes."""

    physician_id: UUID
    starts_at: datetime
    ends_at: datetime
    is_move: bool


def freed_times(session: Session, appointment_id: UUID, *, now: datetime) -> tuple[FreedTime, ...]:
    """Return the times ahead that one visit or hold stood at and gave up; somebody else may have them by now."""
    row = AppointmentHistory
    wanted = (
        select(row.from_physician_id, row.from_starts_at, VisitType.patient_minutes, row.change)
        .join(Appointment, Appointment.id == row.appointment_id)
        .join(VisitType, VisitType.code == Appointment.visit_type_code)
        .where(row.appointment_id == appointment_id, row.change.in_(sorted(FREEING)), row.from_starts_at > now)
        .order_by(row.id)
    )
    return tuple(
        FreedTime(physician_id, begin, begin + timedelta(minutes=minutes), change in _MOVES)
        for physician_id, begin, minutes, change in session.execute(wanted)
        if physician_id is not None and begin is not None
    )


def times_within(
    session: Session,
    *,
    visit_type_code: str,
    patient_id: UUID,
    physician_id: UUID,
    stretch: tuple[datetime, datetime],
    now: datetime,
    moving: UUID | None = None,
) -> tuple[Slot, ...]:
    """Return the starts within a stretch, or reaching into it, that this patient could have, nearest to its begin.

    The visit `moving` gives up its own time.
    """
    wanted = wish(
        session, visit_type_code=visit_type_code, patient_id=patient_id, now=now, ignored=Ignored(moving=moving)
    )
    begin, end = (int(at.timestamp()) for at in stretch)
    zone, most = wanted.patient.zone, timedelta(days=wanted.visit.horizon_days)
    first = local_day(max(begin, int(now.timestamp())), zone)
    last = min(local_day(end, zone), local_day(int((now + most).timestamp()), zone))
    if last < first:
        return ()
    known = calendar.physicians(session, [physician_id])
    found = search(*loaded(session, wanted, known, days=(first, last)))
    inside = [slot for slot in found.slots if slot.starts_at < end and slot.ends_at > begin]
    return tuple(sorted(inside, key=lambda slot: (abs(slot.starts_at - begin), slot.starts_at)))


def held_until(
    session: Session, *, physician_id: UUID, stretch: tuple[datetime, datetime], now: datetime
) -> datetime | None:
    """Return when the first of the holds in a stretch of a physician's time runs out."""
    wanted = select(func.min(Appointment.hold_expires_at)).where(
        Appointment.physician_id == physician_id,
        Appointment.state == AppointmentState.HELD,
        Appointment.hold_expires_at > now,
        Appointment.starts_at < stretch[1],
        Appointment.ends_at > stretch[0],
    )
    return session.scalar(wanted)
