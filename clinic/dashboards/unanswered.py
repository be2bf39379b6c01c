"""Since when patients have known a time that they have not confirmed."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from clinic.scheduling.models import AppointmentHistory
from clinic.scheduling.rules.states import AppointmentState


def asked_at(session: Session, appointment_ids: Collection[UUID]) -> dict[UUID, datetime]:
    """Return when each visit was last booked or moved; ids without such a change are missing."""
    row = AppointmentHistory
    became = row.from_state.is_(None) | (row.from_state != AppointmentState.BOOKED)
    moved = row.from_starts_at != row.to_starts_at
    wanted = (
        select(row.appointment_id, func.max(row.at).label("at"))
        .where(row.appointment_id.in_(appointment_ids), row.to_state == AppointmentState.BOOKED, or_(became, moved))
        .group_by(row.appointment_id)
    )
    return {found.appointment_id: found.at for found in session.execute(wanted)}
