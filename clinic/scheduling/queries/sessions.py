"""How many sessions a patient has on some days, and which sessions of all patients come next."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from clinic.kernel.localtime import first_instant_of
from clinic.kernel.statements import among_these
from clinic.scheduling.models import Appointment, VisitType
from clinic.scheduling.rules.purposes import VisitPurpose
from clinic.scheduling.rules.states import AppointmentState

_S = AppointmentState
_COUNTS = (_S.BOOKED, _S.CONFIRMED, _S.IN_PROGRESS, _S.COMPLETED)
_TO_COME = (_S.BOOKED, _S.CONFIRMED)
_COUNTED = (
    select(func.count())
    .select_from(Appointment)
    .join(VisitType, VisitType.code == Appointment.visit_type_code)
    .where(
        Appointment.patient_id == bindparam("of_patient"),
        VisitType.purpose == VisitPurpose.SESSION,
        among_these(Appointment.state, _COUNTS),
        Appointment.starts_at >= bindparam("first"),
        Appointment.starts_at < bindparam("end"),
    )
)
_PURPOSE = select(VisitType.purpose).where(VisitType.code == bindparam("of_code"))
_NEXT = (
    select(func.min(Appointment.starts_at))
    .join(VisitType, VisitType.code == Appointment.visit_type_code)
    .where(Appointment.patient_id == bindparam("of_patient"), VisitType.purpose == VisitPurpose.SESSION)
    .where(among_these(Appointment.state, _TO_COME), Appointment.starts_at > bindparam("now"))
)
_COMING = (
    select(Appointment.id, Appointment.patient_id, Appointment.starts_at)
    .join(VisitType, VisitType.code == Appointment.visit_type_code)
    .where(
        VisitType.purpose == VisitPurpose.SESSION,
        among_these(Appointment.state, _TO_COME),
        Appointment.starts_at >= bindparam("since"),
        Appointment.starts_at < bindparam("until"),
    )
    .order_by(Appointment.starts_at, Appointment.id)
)


def count_sessions(session: Session, patient_id: UUID, *, days: tuple[date, date], zone: str) -> int:
    """Return how many sessions begin in `[first, end)` by the days of `zone`: booked ones and those that took place."""
    first, end = (first_instant_of(day, zone) for day in days)
    return session.scalar(_COUNTED, {"of_patient": patient_id, "first": first, "end": end}) or 0


def is_session(session: Session, visit: Appointment) -> bool:
    """Tell whether a visit is one at home."""
    return session.scalar(_PURPOSE, {"of_code": visit.visit_type_code}) == VisitPurpose.SESSION


def next_session_at(session: Session, *, patient_id: UUID, now: datetime) -> datetime | None:
    """Return when the patient's next visit at home begins, if one is booked."""
    return session.scalar(_NEXT, {"of_patient": patient_id, "now": now})


def coming_sessions(session: Session, *, since: datetime, until: datetime) -> list[tuple[UUID, UUID, datetime]]:
    """Return visit, patient and start of every booked session that begins in `[since, until)`, the next one first."""
    found = session.execute(_COMING, {"since": since, "until": until})
    return [(row.id, row.patient_id, row.starts_at) for row in found]
