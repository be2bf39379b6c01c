"""Whether what is asked one and three days after a session was answered."""

from collections.abc import Collection
from functools import cache
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from clinic.kernel.statements import among, among_these
from clinic.monitoring.models import Assessment, CheckIn

FOLLOW_UPS = ("day_1", "day_3")
"""The moments of the calendar after a session that must be answered before the next one."""


@cache
def _open() -> Select[UUID | None, int]:
    return (
        select(Assessment.appointment_id, func.count(CheckIn.id.distinct()))
        .join(CheckIn, CheckIn.id == Assessment.check_in_id)
        .where(
            among(Assessment.appointment_id, "of_visits"),
            among_these(Assessment.moment, FOLLOW_UPS),
            Assessment.is_required,
            among_these(Assessment.state, ("waiting", "missed")),
            CheckIn.opened_at.is_not(None),
        )
        .group_by(Assessment.appointment_id)
    )


def open_follow_ups(session: Session, appointment_ids: Collection[UUID]) -> dict[UUID, int]:
    """Return how many required check-ins about each of these sessions were opened and not answered; none are absent."""
    counted = session.execute(_open(), {"of_visits": list(appointment_ids)})
    return {visit_id: count for visit_id, count in counted if visit_id is not None}
