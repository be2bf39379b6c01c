"""From when on a cancellation is late and a patient has missed a visit, as the clinic decided."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic.policies.queries import number
from clinic.policies.rules import PolicyKey
from clinic.scheduling.models import Appointment
from clinic.scheduling.rules.states import AppointmentState

_MISSED = (AppointmentState.NO_SHOW, AppointmentState.LATE_CANCELED)


def late_after(session: Session) -> timedelta:
    """Return how long before a visit a cancellation begins to be late (policy)."""
    return timedelta(hours=number(session, PolicyKey.LATE_CANCEL_HOURS))


def late_cancel_from(session: Session, starts_at: datetime) -> datetime:
    """Return the last instant at which a patient can cancel in time."""
    return starts_at - late_after(session)


def missed_after(session: Session) -> timedelta:
    """Return how long after the start a visit can be marked as missed (policy)."""
    return timedelta(minutes=number(session, PolicyKey.NO_SHOW_AFTER_MINUTES))


def no_show_from(session: Session, starts_at: datetime) -> datetime:
    """Return from when on a visit can be marked as missed."""
    return starts_at + missed_after(session)


def missed_lately(session: Session, *, patient_id: UUID, now: datetime) -> int:
    """Return how many visits a patient missed or called off too late within the days that count (policy)."""
    since = now - timedelta(days=number(session, PolicyKey.MISSED_VISITS_WITHIN_DAYS))
    wanted = select(func.count()).where(
        Appointment.patient_id == patient_id, Appointment.state.in_(_MISSED), Appointment.starts_at >= since
    )
    return session.scalar(wanted) or 0
