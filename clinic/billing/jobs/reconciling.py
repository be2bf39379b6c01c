"""Comparing the gateway's list with ours every night: what does not fit is shown to a person."""

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import cache
from uuid import UUID

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from clinic.billing.actions.unmatched import STRANGERS, report_unmatched
from clinic.billing.jobs.charging import Gateways
from clinic.billing.models import Payment
from clinic.billing.rules.money import shown
from clinic.billing.rules.payments import UNDER_WAY, PaymentState
from clinic.gateways.payments import GatewayRefused, GatewayUnclear, PaymentResult, PaymentWord
from clinic.kernel.actor import Actor
from clinic.kernel.clock import Clock
from clinic.kernel.statements import among
from clinic.kernel.transaction import Begin
from clinic.messaging.jobs.turns import took_turn

EVERY = timedelta(days=1)
BACK = timedelta(hours=72)
SETTLED = timedelta(hours=1)
"""What is younger may still be on its way between the gateway and here."""

_logger = logging.getLogger(__name__)


def reconcile_when_due(begin: Begin, gateways: Gateways, *, clock: Clock, by: Actor) -> int:
    """Compare the last three days of every gateway with ours unless a worker did today; return how much did not fit."""
    with begin(by=by) as session:
        if not gateways or not took_turn(session, "payments", every=EVERY, now=clock()):
            return 0
    return sum(reconcile(begin, gateways, name, clock=clock, by=by) for name in sorted(gateways))


def reconcile(begin: Begin, gateways: Gateways, name: str, *, clock: Clock, by: Actor) -> int:
    """Compare the last three days of one gateway with ours and return how much did not fit."""
    since = clock() - BACK
    try:
        listed = gateways[name].payments_since(since)
    except (GatewayUnclear, GatewayRefused) as trouble:
        _logger.error("comparing payments: %s", type(trouble).__name__)  # noqa: TRY400 - the class only
        return 0
    with begin(by=by) as session:
        found = list(_differences(session, name, listed, since=since, now=clock()))
        for key, reason in found:
            report_unmatched(session, key=key, reason=reason, by=by, now=clock())
    return len(found)


def _differences(
    session: Session, name: str, listed: Sequence[PaymentResult], *, since: datetime, now: datetime
) -> Iterator[tuple[str, str]]:
    """Yield what does not fit with the key of its task: theirs against ours, and what they ought to have."""
    ours = {row.id: row for row in session.scalars(_payments(), {"of_payments": _ids(listed)})}
    for result in listed:
        row = ours.get(_id(result) or UUID(int=0))
        if row is None and result.state is PaymentWord.SUCCEEDED:
            yield (
                STRANGERS,
                "The gateway's list has payments that this clinic did not make. Compare it with the clinic's own.",
            )
        elif row is not None and result.created_at <= now - SETTLED:
            yield from _unlike(row, result)
    known = {result.payment_id for result in listed}
    asked = {"of_gateway": name, "first": since + SETTLED, "last": now - SETTLED}
    for row in session.scalars(_succeeded(), asked):
        if row.gateway_payment_id not in known:
            yield f"missing:{row.id}", f"The gateway's list lacks payment {row.gateway_payment_id}, which counts here."


@cache
def _payments() -> Select[Payment]:
    return select(Payment).where(among(Payment.id, "of_payments"))


@cache
def _succeeded() -> Select[Payment]:
    wanted = select(Payment).where(
        Payment.gateway == bindparam("of_gateway"),
        Payment.state == PaymentState.SUCCEEDED,
        Payment.created_at.between(bindparam("first"), bindparam("last")),
    )
    return wanted.order_by(Payment.created_at, Payment.id)


def _unlike(row: Payment, result: PaymentResult) -> Iterator[tuple[str, str]]:
    """Yield how a payment differs from what the gateway has; what is under way is asked about anyway."""
    is_paid = result.state is PaymentWord.SUCCEEDED
    if is_paid and row.amount_cents != result.cents:
        yield (
            f"amount:{result.payment_id}",
            f"Payment {result.payment_id} is {shown(result.cents)} at the gateway and {shown(row.amount_cents)} here.",
        )
    if row.state not in UNDER_WAY and is_paid != (row.state == PaymentState.SUCCEEDED):
        there = "brought money" if is_paid else "brought no money"
        yield (
            f"state:{result.payment_id}",
            f"Payment {result.payment_id} {there} at the gateway. Here it is {row.state}.",
        )


def _ids(listed: Sequence[PaymentResult]) -> list[UUID]:
    return [found for result in listed if (found := _id(result)) is not None]


def _id(result: PaymentResult) -> UUID | None:
    try:
        return UUID(result.reference)
    except ValueError:
        return None
