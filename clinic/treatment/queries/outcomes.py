"""Why physicians wrote down another outcome than the visit's own; for physicians only."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.treatment.models import TreatmentSession


def outcome_reasons(session: Session, plan_id: UUID) -> dict[UUID, str]:
    """Return the reasons of a plan's recorded outcomes by visit."""
    wanted = select(TreatmentSession).where(
        TreatmentSession.plan_id == plan_id, TreatmentSession.outcome_reason_sealed.is_not(None)
    )
    return {each.appointment_id: each.outcome_reason or "" for each in session.scalars(wanted)}
