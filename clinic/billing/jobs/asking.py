"""Asking the gateway about one payment, with no transaction open meanwhile: its key and its state are committed first.

Nothing is asked twice under another key: what nobody knows is looked up, and only then asked again under the same one.
"""

import logging
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.billing.actions.payments import apply_result, give_up, lock_payment, refuse_payment
from clinic.billing.actions.unmatched import report_unmatched
from clinic.billing.actions.withdrawing import move
from clinic.billing.models import GatewayCustomer, Invoice, PaymentMethod, Subscription
from clinic.billing.rules.collecting import CONFIRM_WITHIN, GATEWAY_TROUBLE, KEYS_LIVE, look_again_at
from clinic.billing.rules.documents import InvoiceState
from clinic.billing.rules.payments import UNDER_WAY, PaymentState
from clinic.billing.rules.periods import today_in
from clinic.billing.rules.subscriptions import CHARGED, SubscriptionState
from clinic.gateways.payments import (
    GatewayRefused,
    GatewayUnclear,
    PaymentGateway,
    PaymentResult,
    PaymentWord,
    RefusalKind,
)
from clinic.kernel.actor import Actor
from clinic.kernel.clock import Clock
from clinic.kernel.transaction import Begin

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What the gateway is asked about a payment; `was` is the state before, `since` when it came to that.

    What is not wanted any more is looked up, and not asked for again.
    """

    payment_id: UUID
    was: PaymentState
    since: datetime
    token: str | None
    customer: str
    method: str
    cents: int
    key: str
    is_scheduled: bool
    is_wanted: bool

    @property
    def reference(self) -> str:
        """Return what the gateway knows our row by."""
        return str(self.payment_id)


def prepare(session: Session, payment_id: UUID, *, by: Actor, now: datetime) -> Asking | None:
    """Commit to asking about a payment; one that was never asked becomes `processing` before it is.

    None where it is not to be asked any more: its membership is on hold, or its invoice over.
    """
    invoice, payment = lock_payment(session, payment_id)
    was, since = PaymentState(payment.state), payment.state_since
    is_wanted = _is_wanted(session, invoice)
    if was is PaymentState.PENDING and not is_wanted:
        move(session, payment, PaymentState.CANCELED, learned_by="poll", by=by, now=now)
        payment.next_look_at = None
        invoice.next_attempt_on = _today(session, invoice, now) if invoice.state == InvoiceState.OPEN else None
        return None
    if was is PaymentState.PENDING:
        move(session, payment, PaymentState.PROCESSING, learned_by="poll", by=by, now=now)
    method = session.get_one(PaymentMethod, payment.method_id)
    customer = session.get_one(GatewayCustomer, method.customer_id)
    assert customer.gateway_customer_id is not None, "a card belongs to somebody whom the gateway knows"
    return Asking(
        payment_id=payment.id,
        was=was,
        since=since,
        token=payment.gateway_payment_id,
        customer=customer.gateway_customer_id,
        method=method.gateway_method_id,
        cents=payment.amount_cents,
        key=payment.idempotency_key,
        is_scheduled=payment.is_scheduled,
        is_wanted=is_wanted,
    )


def ask(begin: Begin, gateway: PaymentGateway, asking: Asking, *, clock: Clock, by: Actor) -> bool:
    """Ask the gateway and take its answer; tell whether there was one. Without one the payment is asked about later."""
    try:
        results = _answers(gateway, asking, now=clock())
    except GatewayUnclear as unclear:
        _logger.warning("payment %s: %s", asking.payment_id, unclear.reason)
        _later(begin, asking, clock=clock, by=by)
        return False
    except GatewayRefused as refused:
        return _refused(begin, asking, refused, clock=clock, by=by)
    with begin(by=by) as session:
        if not results:
            give_up(session, asking.payment_id, by=by, now=clock())
        learned_by = "answer" if asking.token is None else "poll"
        for result in results:
            apply_result(session, asking.payment_id, result=result, learned_by=learned_by, by=by, now=clock())
    return True


def _is_wanted(session: Session, invoice: Invoice) -> bool:
    """Tell whether an attempt that was stored may still be made; a suspended membership a person may settle."""
    state = SubscriptionState(session.get_one(Subscription, invoice.subscription_id).state)
    may_be_asked = state in CHARGED or state is SubscriptionState.SUSPENDED
    return may_be_asked and invoice.state == InvoiceState.OPEN


def _today(session: Session, invoice: Invoice, now: datetime) -> date:
    return today_in(session.get_one(Subscription, invoice.subscription_id).zone, now)


def _answers(gateway: PaymentGateway, asking: Asking, *, now: datetime) -> tuple[PaymentResult, ...]:
    """Return what the gateway knows, the best news first; nothing where it was asked so long ago that it never will."""
    if asking.token is not None:
        return (_named(gateway, asking, asking.token, now=now),)
    if asking.was is not PaymentState.PENDING:
        found = gateway.payments_of(asking.reference, customer=asking.customer)
        if found:
            return _best_first(found)
        is_open = asking.was is PaymentState.PROCESSING and asking.is_wanted
        if not is_open or now - asking.since >= KEYS_LIVE:
            return ()
    return (
        gateway.charge(
            customer=asking.customer,
            method=asking.method,
            cents=asking.cents,
            reference=asking.reference,
            key=asking.key,
            is_scheduled=asking.is_scheduled,
        ),
    )


def _named(gateway: PaymentGateway, asking: Asking, token: str, *, now: datetime) -> PaymentResult:
    """Look at a payment that the gateway has named; one that was given up, or waits too long, is canceled there."""
    is_late = asking.was is PaymentState.REQUIRES_ACTION and now - asking.since >= CONFIRM_WITHIN
    if is_late or asking.was is PaymentState.CANCELED:
        return gateway.cancel(token, key=f"{asking.key}:cancel")
    return gateway.payment(token)


def _best_first(found: tuple[PaymentResult, ...]) -> tuple[PaymentResult, ...]:
    """Put the one that brought money first: it is the payment, and any other of the same row a person has to see."""
    return tuple(sorted(found, key=lambda each: each.state is not PaymentWord.SUCCEEDED))


def _later(begin: Begin, asking: Asking, *, clock: Clock, by: Actor) -> None:
    with begin(by=by) as session:
        _, payment = lock_payment(session, asking.payment_id)
        now = clock()
        if payment.next_look_at is not None and payment.next_look_at > now:
            payment.next_look_at = look_again_at(asking.since, now)


def _refused(begin: Begin, asking: Asking, refused: GatewayRefused, *, clock: Clock, by: Actor) -> bool:
    """End a payment whose card the gateway does not know; every other refusal is the clinic's own trouble."""
    _logger.error("payment %s: %s", asking.payment_id, refused.kind)
    with begin(by=by) as session:
        now = clock()
        if refused.kind is RefusalKind.MISSING and asking.token is None:
            refuse_payment(session, asking.payment_id, code=refused.code, by=by, now=now)
            return True
        _, payment = lock_payment(session, asking.payment_id)
        payment.next_look_at = now + GATEWAY_TROUBLE if payment.state in UNDER_WAY else None
        report_unmatched(
            session,
            key=f"refused:{refused.kind}:{refused.code}",
            reason=f"The gateway refuses what the clinic asks of it ({refused.kind}, {refused.code or 'no code'}). "
            "Payments wait until that is mended.",
            by=by,
            now=now,
        )
    return False
