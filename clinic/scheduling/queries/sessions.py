"""How many sessions a patient has on some days."""

from datetime import date
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic.kernel.localtime import first_instant_of
from clinic.scheduling.models import Appointment, VisitType
from clinic.scheduling.rules.purposes import VisitPurpose
from clinic.scheduling.rules.states import AppointmentState

_S = AppointmentState
_COUNTS = (_S.BOOKED, _S.CONFIRMED, _S.IN_PROGRESS, _S.COMPLETED)


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
