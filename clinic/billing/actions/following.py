"""What follows for a membership when a card changed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.billing.actions.locks import lock_patient
from clinic.billing.actions.queueing import keep_approval
from clinic.billing.models import PaymentMethod
from clinic.billing.queries.subscriptions import living
from clinic.kernel.actor import Actor


def follow_card(session: Session, *, subject_id: UUID, now: datetime, by: Actor) -> None:
    """Ask the physicians about a membership that has all it needs now, or no more where its card is gone."""
    patient = lock_patient(session, session.get_one(PaymentMethod, subject_id).patient_id)
    row = living(session, patient.id)
    if row is not None:
        keep_approval(session, row, by=by, now=now)
