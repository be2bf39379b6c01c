"""Memberships that are not paid: suspended on their day, and ended only after a clinician spoke with the patient."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.billing.actions.locks import lock_subscription, require_physician, today_of
from clinic.billing.actions.moves import enter, wish
from clinic.billing.actions.queueing import ask_person, asked_no_more
from clinic.billing.actions.quitting import finish
from clinic.billing.errors import WrongState
from clinic.billing.models import Subscription
from clinic.billing.queries.payments import attempts_of, method_in_use, under_way
from clinic.billing.queries.subscriptions import is_handed_over, open_invoices
from clinic.billing.rules.dunning import may_cancel_on, suspends_on
from clinic.billing.rules.periods import today_in
from clinic.billing.rules.subscriptions import Event, SubscriptionState, Wish
from clinic.kernel.actor import Actor
from clinic.treatment.rules.plans import written_reason
from clinic.worklist.rules import WorkKind


def suspend(session: Session, row: Subscription, *, by: Actor, now: datetime) -> bool:
    """Suspend a locked membership whose day has come, ask a clinician to speak with the patient, and tell whether."""
    if row.state != SubscriptionState.PAST_DUE or not _is_spent(session, row, now):
        return False
    enter(session, row, Event.ATTEMPTS_SPENT, by=by, now=now)
    ask_hand_over(session, row, by=by, now=now)
    return True


def ask_hand_over(session: Session, row: Subscription, *, by: Actor, now: datetime) -> None:
    """Ask a clinician to speak with the patient whose membership is suspended."""
    assert row.past_due_since is not None
    day = may_cancel_on(today_in(row.zone, row.past_due_since))
    ask_person(session, row, WorkKind.FINANCIAL_HAND_OFF, by=by, now=now, day=day)


def hand_off(session: Session, subscription_id: UUID, *, note: str, by: Actor, now: datetime) -> Subscription:
    """Say as a physician of the patient how care goes on without the membership, which ends from its thirtieth day.

    Raises NotYourMembership, ReasonTooShort, and WrongState unless it is suspended.
    """
    row, patient = lock_subscription(session, subscription_id)
    require_physician(session, by=by, patient_id=patient.id, now=now)
    words = written_reason(note)
    if row.state != SubscriptionState.SUSPENDED:
        raise WrongState("This membership is not suspended, so nothing has to be handed over.")
    wish(session, row, Wish.HANDED_OVER, by=by, now=now, reason=words)
    asked_no_more(session, row, WorkKind.FINANCIAL_HAND_OFF, by=by, now=now)
    end_handed_over(session, row, by=by, now=now)
    return row


def end_handed_over(session: Session, row: Subscription, *, by: Actor, now: datetime) -> bool:
    """End a locked membership that is suspended, handed over and thirty days due; tell whether."""
    if row.state != SubscriptionState.SUSPENDED or row.past_due_since is None:
        return False
    earliest = may_cancel_on(today_in(row.zone, row.past_due_since))
    if today_of(row, now) < earliest or not is_handed_over(session, row):
        return False
    finish(session, row, Event.HANDED_OFF, by=by, now=now)
    return True


def _is_spent(session: Session, row: Subscription, now: datetime) -> bool:
    """Tell whether a membership is suspended today, and no payment is under way that could still bring its money."""
    assert row.past_due_since is not None
    asked = open_invoices(session, row.id)
    if any(under_way(session, each.id) for each in asked):
        return False
    card = method_in_use(session, row.patient_id)
    tried = [attempt for each in asked for attempt in attempts_of(session, each)]
    day = suspends_on(today_in(row.zone, row.past_due_since), tried, card=card.id if card else None)
    return day <= today_of(row, now)
