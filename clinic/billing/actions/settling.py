"""What a paid or a failed invoice does to its subscription."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.billing.actions.allowing import ceilings_of, set_ceilings
from clinic.billing.actions.locks import today_of
from clinic.billing.actions.moves import begin_segment, enter, price_is, runs, wish
from clinic.billing.actions.queueing import asked_no_more
from clinic.billing.actions.quitting import drop, finish
from clinic.billing.models import Invoice, Payment, Subscription
from clinic.billing.queries.plans import entitlements_of, plan, price, price_on
from clinic.billing.queries.subscriptions import open_invoices, price_of_change
from clinic.billing.rules.documents import InvoiceKind, InvoiceState
from clinic.billing.rules.entitlements import upgraded
from clinic.billing.rules.payments import UNDER_WAY
from clinic.billing.rules.periods import Segment
from clinic.billing.rules.subscriptions import LIVE, Event, SubscriptionState, Wish, after
from clinic.kernel.actor import Actor
from clinic.kernel.outbox import publish
from clinic.worklist.rules import WorkKind

MONEY_AFTER_END = "invoice.paid_late"
"""The fact that an invoice was paid after its membership had ended; its subject is the invoice."""

_S = SubscriptionState
_BEGINS = frozenset({_S.INCOMPLETE, _S.SUSPENDED})
_MAY_END = frozenset({_S.ACTIVE, _S.PAST_DUE, _S.MEDICAL_HOLD})


def invoice_paid(session: Session, invoice: Invoice, *, by: Actor, now: datetime) -> None:
    """Let the subscription of an invoice that became paid go on; the caller holds the locks of both.

    Money for a membership that has ended goes back. Called again it changes nothing.
    """
    row = _locked(session, invoice)
    state = _S(row.state)
    if state not in LIVE:
        publish(session, MONEY_AFTER_END, subject_id=invoice.id, now=now)
    elif invoice.kind == InvoiceKind.CHANGE:
        _apply(session, row, invoice, by=by, now=now)
    elif state in _BEGINS:
        _begin(session, row, invoice, by=by, now=now)
    elif state is _S.PAST_DUE:
        enter(session, row, Event.PAID, by=by, now=now)
    elif state is _S.MEDICAL_HOLD and row.held_from == _S.PAST_DUE:
        held_from = after(_S.PAST_DUE, Event.PAID).value
        wish(session, row, Wish.PAID_ON_HOLD, by=by, now=now, columns={"held_from": held_from, "past_due_since": None})


def invoice_failed(session: Session, invoice: Invoice, payment: Payment | None, *, by: Actor, now: datetime) -> None:
    """Let a subscription feel that an attempt brought nothing, or that the bank waits for the patient.

    None is an invoice that found no card. A change of plan that was not paid does not happen; a month that was not
    paid is past due from the first time on, and if it was to be the last there is none. Called again it changes
    nothing.
    """
    row = _locked(session, invoice)
    state = _S(row.state)
    is_open = payment is not None and payment.state in UNDER_WAY
    if state not in LIVE or invoice.kind == InvoiceKind.CHANGE:
        if invoice.state == InvoiceState.OPEN and not is_open:
            drop(session, invoice, reason="It was not paid.", by=by, now=now)
    elif row.is_ending and state in _MAY_END and not is_open:
        finish(session, row, Event.CANCELED, by=by, now=now)
    elif state is _S.ACTIVE:
        enter(session, row, Event.RENEWAL_FAILED, by=by, now=now, columns={"past_due_since": now})
    elif state is _S.MEDICAL_HOLD and row.held_from == _S.ACTIVE:
        held_from = after(_S.ACTIVE, Event.RENEWAL_FAILED).value
        wish(session, row, Wish.UNPAID_ON_HOLD, by=by, now=now, columns={"held_from": held_from, "past_due_since": now})


def _locked(session: Session, invoice: Invoice) -> Subscription:
    session.flush()
    return session.get_one(Subscription, invoice.subscription_id, with_for_update=True, populate_existing=True)


def _begin(session: Session, row: Subscription, invoice: Invoice, *, by: Actor, now: datetime) -> None:
    """Let months count from the day of the payment; what else is asked for belongs to no month any more."""
    first = begin_segment(session, row, Segment(today_of(row, now)), now=now)
    follows = _follower(session, row.price_id, on=first.start_on)
    enter(session, row, Event.PAID, by=by, now=now, columns={"next_price_id": follows, **runs(first)})
    asked_no_more(session, row, WorkKind.FINANCIAL_HAND_OFF, by=by, now=now)
    for other in open_invoices(session, row.id):
        if other.id != invoice.id:
            drop(session, other, reason="The membership began again with another payment.", by=by, now=now)


def _apply(session: Session, row: Subscription, invoice: Invoice, *, by: Actor, now: datetime) -> None:
    """Let a paid change of plan count: a higher one never takes anything of the period away."""
    wanted = price_of_change(session, invoice.id)
    if wanted.id == row.price_id:
        return
    is_lower = wanted.amount_cents < price(session, row.price_id).amount_cents
    said = Wish.PLAN_LOWERED if is_lower else Wish.PLAN_RAISED
    new, (_, old) = entitlements_of(session, wanted.id), ceilings_of(session, row)
    follows = None if is_lower else _follower(session, wanted.id, on=today_of(row, now))
    wish(session, row, said, by=by, now=now, columns=price_is(wanted.id) | {"next_price_id": follows})
    set_ceilings(session, row, new if is_lower else upgraded(old, {key: new.get(key, 0) for key in old}))


def _follower(session: Session, price_id: UUID, *, on: date) -> UUID | None:
    """Return the price that a plan leads to by itself after its month, None where it goes on."""
    follower_id = plan(session, price(session, price_id).plan_id).followed_by_id
    return None if follower_id is None else price_on(session, follower_id, on=on).id
