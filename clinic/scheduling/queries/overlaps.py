"""Visits of two records that are at one time, so that the records cannot become one."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from clinic.scheduling.models import Appointment
from clinic.scheduling.rules.states import OCCUPYING, AppointmentState

_PROMISED = sorted(OCCUPYING - {AppointmentState.HELD})


def overlapping_visits(session: Session, *, from_id: UUID, to_id: UUID) -> list[tuple[datetime, datetime]]:
    """Return the starts of each pair of promised visits that overlap, the earliest first."""
    other = aliased(Appointment)
    pairs = (
        select(Appointment.starts_at, other.starts_at)
        .join(other, other.patient_period.op("&&")(Appointment.patient_period))
        .where(
            Appointment.patient_id == from_id,
            other.patient_id == to_id,
            Appointment.state.in_(_PROMISED),
            other.state.in_(_PROMISED),
        )
        .order_by(Appointment.starts_at, other.starts_at)
    )
    return [(mine, theirs) for mine, theirs in session.execute(pairs)]
