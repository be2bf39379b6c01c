"""Taking refunds to the gateway, one by one, and looking up those whose answer was lost."""

import logging
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.billing.actions import refunds
from clinic.billing.actions.unmatched import report_unmatched
from clinic.billing.jobs.charging import SECONDS, Gateways
from clinic.billing.jobs.claiming import claim
from clinic.billing.models import Payment, Refund
from clinic.billing.rules.collecting import GATEWAY_TROUBLE, KEYS_LIVE, look_again_at
from clinic.gateways.payments import GatewayRefused, GatewayUnclear, PaymentGateway, RefundResult, RefusalKind
from clinic.kernel.actor import Actor
from clinic.kernel.clock import Clock
from clinic.kernel.transaction import Begin

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asking:
    """What the gateway is asked about a refund; `was` is the state before it was taken in hand."""

    refund_id: UUID
    was: str
    since: datetime
    token: str | None
    payment: str
    cents: int
    key: str


def send_refunds(
    begin: Begin, gateways: Gateways, *, clock: Clock, by: Actor, most: int = 20, seconds: float = SECONDS
) -> int:
    """Take refunds that wait to the gateway and ask after those under way; return how many were asked about.

    The first without an answer ends the pass. One that fails has its next turn later and holds up nobody.
    """
    until, asked, is_there = monotonic() + seconds, 0, True
    while asked < most and is_there and monotonic() < until:
        with begin(by=by) as session:
            claimed = claim(session, Refund, gateways, now=clock())
            if claimed is None:
                break
            refund_id, gateway = claimed.id, gateways[claimed.gateway]
        asked += 1
        is_there = _asked(begin, gateway, refund_id, clock=clock, by=by)
    return asked


def _asked(begin: Begin, gateway: PaymentGateway, refund_id: UUID, *, clock: Clock, by: Actor) -> bool:
    try:
        with begin(by=by) as session:
            asking = _prepare(session, refund_id, by=by, now=clock())
        return _ask(begin, gateway, asking, clock=clock, by=by)
    except Exception as mistake:  # noqa: BLE001 - one refund that fails never stops the rest
        _logger.error("refund %s: %s", refund_id, type(mistake).__name__)  # noqa: TRY400 - the class only
        return True


def _prepare(session: Session, refund_id: UUID, *, by: Actor, now: datetime) -> _Asking:
    """Commit to asking: a refund that was never asked for is `processing` before it is."""
    refund, _ = refunds.lock_refund(session, refund_id)
    was, since = refund.state, refund.state_since
    if was == refunds.PENDING:
        refund.state, refund.state_since = refunds.PROCESSING, now
        refund.touch(by=by, now=now)
    payment = session.get_one(Payment, refund.payment_id)
    assert payment.gateway_payment_id is not None, "money that came in has the gateway's name"
    return _Asking(
        refund_id=refund.id,
        was=was,
        since=since,
        token=refund.gateway_refund_id,
        payment=payment.gateway_payment_id,
        cents=refund.amount_cents,
        key=refund.idempotency_key,
    )


def _ask(begin: Begin, gateway: PaymentGateway, asking: _Asking, *, clock: Clock, by: Actor) -> bool:
    try:
        result = _answer(gateway, asking, now=clock())
    except GatewayUnclear as unclear:
        _logger.warning("refund %s: %s", asking.refund_id, unclear.reason)
        with begin(by=by) as session:
            _later(session, asking, at=look_again_at(asking.since, clock()))
        return False
    except GatewayRefused as refused:
        return _refused(begin, asking, refused, clock=clock, by=by)
    with begin(by=by) as session:
        if result is None:
            _hand_over(session, asking, by=by, now=clock())
        else:
            refunds.apply_refund(session, asking.refund_id, result=result, by=by, now=clock())
    return True


def _answer(gateway: PaymentGateway, asking: _Asking, *, now: datetime) -> RefundResult | None:
    """Return what the gateway knows of a refund; None where it was asked too long ago to be asked again."""
    if asking.token is not None:
        return gateway.refund_of(asking.token)
    if asking.was != refunds.PENDING:
        reference = str(asking.refund_id)
        known = next((one for one in gateway.refunds_of(asking.payment) if one.reference == reference), None)
        if known is not None or now - asking.since >= KEYS_LIVE:
            return known
    return gateway.refund(asking.payment, asking.cents, key=asking.key, reference=str(asking.refund_id))


def _later(session: Session, asking: _Asking, *, at: datetime) -> None:
    refund, _ = refunds.lock_refund(session, asking.refund_id)
    refund.next_look_at = at


def _refused(begin: Begin, asking: _Asking, refused: GatewayRefused, *, clock: Clock, by: Actor) -> bool:
    """End a refund that the gateway will not make; where it refuses the clinic itself, the refund waits."""
    _logger.error("refund %s: %s", asking.refund_id, refused.kind)
    with begin(by=by) as session:
        if refused.kind is RefusalKind.KEY or asking.token is not None:
            _later(session, asking, at=clock() + GATEWAY_TROUBLE)
            return False
        refunds.refuse_refund(session, asking.refund_id, code=refused.code or refused.kind, by=by, now=clock())
    return True


def _hand_over(session: Session, asking: _Asking, *, by: Actor, now: datetime) -> None:
    """Leave a refund to a person of which the gateway knows nothing a day after it was asked."""
    _later(session, asking, at=now + KEYS_LIVE)
    report_unmatched(
        session,
        key=f"refund:{asking.refund_id}",
        reason="A refund was asked for, and the gateway knows nothing of it a day later. Look there before it is made "
        "by hand.",
        by=by,
        now=now,
    )
