"""Collecting what is due: attempts are stored, and then taken to the gateway one by one."""

import logging
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from time import monotonic
from uuid import UUID

from sqlalchemy import Date, Select, bindparam, cast, func, select
from sqlalchemy.orm import Session

from clinic.billing.actions.collecting import collect, open_payment
from clinic.billing.actions.payments import apply_result
from clinic.billing.actions.restarting import invoice_to_collect
from clinic.billing.jobs.asking import ask, prepare
from clinic.billing.jobs.claiming import claim
from clinic.billing.models import Invoice, Payment, Subscription
from clinic.billing.queries.invoices import invoice as invoice_by_id
from clinic.billing.queries.payments import payment as payment_by_id
from clinic.billing.rules.collecting import LEASE
from clinic.billing.rules.documents import InvoiceState
from clinic.billing.rules.payments import PaymentState
from clinic.billing.rules.subscriptions import CHARGED
from clinic.gateways.payments import PaymentGateway
from clinic.kernel.actor import Actor
from clinic.kernel.clock import Clock
from clinic.kernel.db import Instant
from clinic.kernel.statements import among_these
from clinic.kernel.transaction import Begin

Gateways = Mapping[str, PaymentGateway]

SECONDS = 20.0
"""So long one pass begins calls, before it lets others have the worker."""
_AWAY = 2
"""After so many calls without an answer the gateway is taken to be away, and the next pass tries again."""

_logger = logging.getLogger(__name__)


def charge_due(
    begin: Begin, gateways: Gateways, *, clock: Clock, by: Actor, most: int = 50, seconds: float = SECONDS
) -> int:
    """Store the attempts that are due, ask the gateway about up to `most` payments, and return about how many.

    One that fails has its next turn later and holds up nobody.
    """
    until = monotonic() + seconds
    _store_due(begin, clock=clock, by=by, until=monotonic() + seconds / 2)
    asked = silent = 0
    while asked < most and silent < _AWAY and monotonic() < until:
        with begin(by=by) as session:
            claimed = claim(session, Payment, gateways, now=clock())
            if claimed is None:
                break
            payment_id, gateway = claimed.id, gateways[claimed.gateway]
        asked += 1
        silent = 0 if _asked(begin, gateway, payment_id, clock=clock, by=by) else silent + 1
    return asked


def pay_now(begin: Begin, gateways: Gateways, invoice_id: UUID, *, clock: Clock, by: Actor) -> Payment | None:
    """Collect an invoice at a person's wish and return the attempt; an unclear answer leaves it `processing`.

    Of a suspended membership a fresh invoice takes the place of this one; None where the balance or a discount paid
    that one at once. Raises PaymentUnderWay, and WrongState where nothing can be asked of a card.
    """
    with begin(by=by) as session:
        owed = invoice_by_id(session, invoice_id)
        fresh = invoice_to_collect(session, owed.subscription_id, by=by, now=clock())
        if fresh is not None and fresh.state == InvoiceState.PAID:
            return None
        wanted = fresh if fresh is not None and owed.state != InvoiceState.OPEN else owed
        payment = open_payment(session, wanted.id, is_scheduled=False, by=by, now=clock())
        assert payment is not None, "a person is answered, or refused with a sentence"
        payment.next_look_at = clock() + LEASE
        payment_id, name = payment.id, payment.gateway
    if name in gateways:
        _asked(begin, gateways[name], payment_id, clock=clock, by=by)
    return _as_it_is(begin, payment_id, by=by)


def look_at_payment(begin: Begin, gateways: Gateways, payment_id: UUID, *, clock: Clock, by: Actor) -> Payment:
    """Ask the gateway about a payment now, such as when the patient comes back from the bank's page."""
    with begin(by=by) as session:
        name = payment_by_id(session, payment_id).gateway
    if name in gateways:
        _asked(begin, gateways[name], payment_id, clock=clock, by=by)
    return _as_it_is(begin, payment_id, by=by)


def confirm_payment(
    begin: Begin, gateways: Gateways, payment_id: UUID, *, return_url: str, clock: Clock, by: Actor
) -> str | None:
    """Try a payment again with the patient there; return the bank's page that she confirms it on, if it has one.

    Raises UnknownPayment, and GatewayUnclear or GatewayRefused where the gateway does not say.
    """
    with begin(by=by) as session:
        payment = payment_by_id(session, payment_id)
        asking = prepare(session, payment_id, by=by, now=clock()) if payment.state != PaymentState.PENDING else None
        name = payment.gateway
    if asking is None or asking.token is None or asking.was is not PaymentState.REQUIRES_ACTION or name not in gateways:
        return None
    # A second press is another try, which needs another key; the payment itself is charged once whatever happens.
    key = f"{asking.key}:c:{int(clock().timestamp())}"
    result = gateways[name].confirm(asking.token, method=asking.method, key=key, return_url=return_url)
    with begin(by=by) as session:
        apply_result(session, payment_id, result=result, learned_by="person", by=by, now=clock())
    return result.action_url


def _asked(begin: Begin, gateway: PaymentGateway, payment_id: UUID, *, clock: Clock, by: Actor) -> bool:
    """Ask about one payment; what goes wrong with it is written down and left for its next turn."""
    try:
        with begin(by=by) as session:
            asking = prepare(session, payment_id, by=by, now=clock())
        return asking is None or ask(begin, gateway, asking, clock=clock, by=by)
    except Exception as mistake:  # noqa: BLE001 - one payment that fails never stops the rest
        _logger.error("payment %s: %s", payment_id, type(mistake).__name__)  # noqa: TRY400 - the class only
        return True


def _as_it_is(begin: Begin, payment_id: UUID, *, by: Actor) -> Payment:
    with begin(by=by) as session:
        return payment_by_id(session, payment_id)


def _store_due(begin: Begin, *, clock: Clock, by: Actor, until: float) -> None:
    """Store an attempt for every invoice whose day it is, each in a transaction of its own."""
    with begin(by=by) as session:
        due = _due_ids(session, now=clock())
    for invoice_id in due:
        if monotonic() >= until:
            return
        try:
            with begin(by=by) as session:
                collect(session, invoice_id, by=by, now=clock())
        except Exception as mistake:  # noqa: BLE001 - one invoice that fails never stops the rest
            _logger.error("invoice %s: %s", invoice_id, type(mistake).__name__)  # noqa: TRY400 - the class only


def _due_ids(session: Session, *, now: datetime) -> list[UUID]:
    """Return the open invoices whose next attempt is today or was before, by the days of their subscriptions."""
    return list(session.scalars(_due(), {"now": now}))


@cache
def _due() -> Select[UUID]:
    today = cast(func.timezone(Subscription.zone, bindparam("now", type_=Instant())), Date)
    return (
        select(Invoice.id)
        .join(Subscription, Subscription.id == Invoice.subscription_id)
        .where(
            Invoice.state == InvoiceState.OPEN,
            among_these(Subscription.state, sorted(CHARGED)),
            Invoice.next_attempt_on <= today,
        )
        .order_by(Invoice.next_attempt_on, Invoice.id)
    )
