"""Whether what is asked one and three days after a session was answered."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic.monitoring.models import Assessment, CheckIn

FOLLOW_UPS = ("day_1", "day_3")
"""The moments of the calendar after a session that must be answered before the next one."""


def open_follow_ups(session: Session, appointment_ids: Collection[UUID]) -> dict[UUID, int]:
    """Return how many required check-ins about each of these sessions were opened and not answered; none are absent."""
    wanted = (
        select(Assessment.appointment_id, func.count(CheckIn.id.distinct()))
        .join(CheckIn, CheckIn.id == Assessment.check_in_id)
        .where(
            Assessment.appointment_id.in_(list(appointment_ids)),
            Assessment.moment.in_(FOLLOW_UPS),
            Assessment.is_required,
            Assessment.state.in_(("waiting", "missed")),
            CheckIn.opened_at.is_not(None),
        )
        .group_by(Assessment.appointment_id)
    )
    return {visit_id: count for visit_id, count in session.execute(wanted) if visit_id is not None}
