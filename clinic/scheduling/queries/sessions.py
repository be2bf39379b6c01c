"""How many sessions a patient has on some days, and which sessions of all patients come next."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic.kernel.localtime import first_instant_of
from clinic.scheduling.models import Appointment, VisitType
from clinic.scheduling.rules.purposes import VisitPurpose
from clinic.scheduling.rules.states import UPCOMING, AppointmentState

_S = AppointmentState
_COUNTS = (_S.BOOKED, _S.CONFIRMED, _S.IN_PROGRESS, _S.COMPLETED)
_TO_COME = (_S.BOOKED, _S.CONFIRMED)


def count_sessions(session: Session, patient_id: UUID, *, days: tuple[date, date], zone: str) -> int:
    """Return how many sessions begin in `[first, end)` by the days of `zone`: booked ones and those that took place."""
    first, end = (first_instant_of(day, zone) for day in days)
    wanted = (
        select(func.count())
        .select_from(Appointment)
        .join(VisitType, VisitType.code == Appointment.visit_type_code)
        .where(
            Appointment.patient_id == patient_id,
            VisitType.purpose == VisitPurpose.SESSION,
            Appointment.state.in_(_COUNTS),
            Appointment.starts_at >= first,
            Appointment.starts_at < end,
        )
    )
    return session.scalar(wanted) or 0


def is_session(session: Session, visit: Appointment) -> bool:
    """Tell whether a visit is one at home."""
    purpose = session.scalar(select(VisitType.purpose).where(VisitType.code == visit.visit_type_code))
    return purpose == VisitPurpose.SESSION


def next_session_at(session: Session, *, patient_id: UUID, now: datetime) -> datetime | None:
    """Return when the patient's next visit at home begins, if one is booked."""
    wanted = (
        select(func.min(Appointment.starts_at))
        .join(VisitType, VisitType.code == Appointment.visit_type_code)
        .where(Appointment.patient_id == patient_id, VisitType.purpose == VisitPurpose.SESSION)
        .where(Appointment.state.in_(sorted(UPCOMING)), Appointment.starts_at > now)
    )
    return session.scalar(wanted)


def coming_sessions(session: Session, *, since: datetime, until: datetime) -> list[tuple[UUID, UUID, datetime]]:
    """Return visit, patient and start of every booked session that begins in `[since, until)`, the next one first."""
    wanted = (
        select(Appointment.id, Appointment.patient_id, Appointment.starts_at)
        .join(VisitType, VisitType.code == Appointment.visit_type_code)
        .where(
            VisitType.purpose == VisitPurpose.SESSION,
            Appointment.state.in_(_TO_COME),
            Appointment.starts_at >= since,
            Appointment.starts_at < until,
        )
        .order_by(Appointment.starts_at, Appointment.id)
    )
    return [(row.id, row.patient_id, row.starts_at) for row in session.execute(wanted)]
