"""What time alone does to a membership, by the state that it is in."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.billing.actions.cards import forget_card
from clinic.billing.actions.dunned import ask_hand_over, end_handed_over, suspend
from clinic.billing.actions.ending import end_long_hold
from clinic.billing.actions.holding import hold_ends_on
from clinic.billing.actions.locks import lock_subscription, today_of
from clinic.billing.actions.pausing import resume
from clinic.billing.actions.queueing import ask_person
from clinic.billing.actions.quitting import drop_changes, finish
from clinic.billing.models import Subscription
from clinic.billing.queries.payments import under_way
from clinic.billing.queries.subscriptions import is_handed_over, open_invoices
from clinic.billing.rules.documents import InvoiceKind
from clinic.billing.rules.subscriptions import Event, SubscriptionState
from clinic.kernel.actor import Actor
from clinic.worklist.rules import WorkKind

IDLE = timedelta(days=60)
"""So long a membership waits for a decision, and its card is kept."""
UNPAID = timedelta(hours=72)
"""So long a first payment may take."""
HOLD_LEAD = timedelta(days=14)
"""So long before a hold has lasted too long a physician is asked."""

Look = Callable[..., None]


def look_after(session: Session, subscription_id: UUID, *, by: Actor, now: datetime) -> None:
    """Do what time brings to one membership: too long a wait, a hold or a pause that ends, dunning that is spent."""
    row, _ = lock_subscription(session, subscription_id)
    look = _LOOKS.get(SubscriptionState(row.state))
    if look is not None:
        look(session, row, by=by, now=now)


def _pending(session: Session, row: Subscription, *, by: Actor, now: datetime) -> None:
    if now - row.updated_at >= IDLE:
        finish(session, row, Event.IDLE, by=by, now=now)
        forget_card(session, row.patient_id, by=by, now=now)


def _incomplete(session: Session, row: Subscription, *, by: Actor, now: datetime) -> None:
    is_asked = any(under_way(session, each.id) for each in open_invoices(session, row.id))
    if now - row.state_since >= UNPAID and not is_asked:
        finish(session, row, Event.UNPAID, by=by, now=now)


def _active(session: Session, row: Subscription, *, by: Actor, now: datetime) -> None:
    """Give a change of plan up that was not paid on its day, since its lines were made for that day."""
    today = today_of(row, now)
    if any(each.kind == InvoiceKind.CHANGE and each.due_on < today for each in open_invoices(session, row.id)):
        drop_changes(session, row, by=by, now=now)


def _past_due(session: Session, row: Subscription, *, by: Actor, now: datetime) -> None:
    _active(session, row, by=by, now=now)
    suspend(session, row, by=by, now=now)


def _suspended(session: Session, row: Subscription, *, by: Actor, now: datetime) -> None:
    if not is_handed_over(session, row):
        ask_hand_over(session, row, by=by, now=now)
    end_handed_over(session, row, by=by, now=now)


def _held(session: Session, row: Subscription, *, by: Actor, now: datetime) -> None:
    today, ends_on = today_of(row, now), hold_ends_on(row)
    if today >= ends_on:
        end_long_hold(session, row, by=by, now=now)
    elif today >= ends_on - HOLD_LEAD:
        ask_person(session, row, WorkKind.HOLD_ENDS, by=by, now=now, day=ends_on)


def _paused(session: Session, row: Subscription, *, by: Actor, now: datetime) -> None:
    if row.resume_on is not None and row.resume_on <= today_of(row, now):
        resume(session, row.id, by=by, now=now)


_S = SubscriptionState
_LOOKS: Mapping[SubscriptionState, Look] = MappingProxyType(
    {
        _S.PENDING: _pending,
        _S.INCOMPLETE: _incomplete,
        _S.ACTIVE: _active,
        _S.PAST_DUE: _past_due,
        _S.SUSPENDED: _suspended,
        _S.MEDICAL_HOLD: _held,
        _S.PAUSED: _paused,
    }
)
