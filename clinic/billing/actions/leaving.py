"""Memberships of patients who leave the clinic's care, or whose record becomes part of another."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.billing.actions.ending import end_with_refund
from clinic.billing.actions.locks import lock_subscription
from clinic.billing.actions.quitting import finish
from clinic.billing.errors import WrongState
from clinic.billing.queries.subscriptions import living
from clinic.billing.rules.subscriptions import Event, SubscriptionState
from clinic.kernel.actor import Actor


def end_membership(session: Session, *, patient_id: UUID, reason: str, by: Actor, now: datetime) -> int:
    """End the membership of a patient who leaves our care; unused days go back. Return how many there were."""
    found = living(session, patient_id)
    if found is None:
        return 0
    row, _ = lock_subscription(session, found.id)
    if row.state == SubscriptionState.PENDING:
        finish(session, row, Event.CANCELED, by=by, now=now, reason=reason)
    else:
        end_with_refund(session, row, Event.STOPPED, reason=reason, by=by, now=now)
    return 1


def require_no_membership(session: Session, patient_id: UUID) -> None:
    """Raise WrongState for a record with a membership that lives: invoices go on naming the record they are for."""
    if living(session, patient_id) is not None:
        raise WrongState(
            "The record that would go has a membership. Keep that record and merge the other one into it, or end the "
            "membership first."
        )
