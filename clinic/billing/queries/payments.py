"""Reading attempts to collect, cards, and what of a payment can go back."""

from dataclasses import dataclass
from functools import cache
from uuid import UUID

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session

from clinic.billing.errors import PaymentUnderWay, UnknownPayment
from clinic.billing.models import GatewayCustomer, Invoice, Payment, PaymentMethod, Refund, Subscription
from clinic.billing.queries.balances import creditable_cents
from clinic.billing.rules.dunning import Attempt
from clinic.billing.rules.payments import UNDER_WAY, PaymentState
from clinic.billing.rules.periods import today_in


@dataclass(frozen=True, slots=True)
class CardSeen:
    """What a person knows a card by."""

    brand: str
    last4: str
    expires_month: int
    expires_year: int


def payment(session: Session, payment_id: UUID) -> Payment:
    """Return one attempt, or raise UnknownPayment."""
    found = session.get(Payment, payment_id)
    if found is None:
        raise UnknownPayment("There is no such payment.")
    return found


def payments_of(session: Session, invoice_id: UUID) -> list[Payment]:
    """Return the attempts to collect an invoice, the first one first."""
    wanted = select(Payment).where(Payment.invoice_id == invoice_id)
    return list(session.scalars(wanted.order_by(Payment.attempt)))


def newest_payment(session: Session, invoice_id: UUID) -> Payment | None:
    """Return the last attempt to collect an invoice."""
    wanted = select(Payment).where(Payment.invoice_id == invoice_id)
    return session.scalar(wanted.order_by(Payment.attempt.desc()).limit(1))


def under_way(session: Session, invoice_id: UUID) -> Payment | None:
    """Return the attempt that has not ended yet; there is at most one."""
    return session.scalar(select(Payment).where(Payment.invoice_id == invoice_id, Payment.state.in_(UNDER_WAY)))


def succeeded(session: Session, invoice_id: UUID) -> Payment | None:
    """Return the payment that brought the money for an invoice; there is at most one."""
    paid = Payment.state == PaymentState.SUCCEEDED
    return session.scalar(select(Payment).where(Payment.invoice_id == invoice_id, paid))


def require_nothing_under_way(session: Session, invoice_id: UUID) -> None:
    """Raise PaymentUnderWay while an attempt to collect the invoice has not ended."""
    if under_way(session, invoice_id) is not None:
        raise PaymentUnderWay("A payment of this invoice is under way. Wait until the bank has answered.")


def attempts_of(session: Session, invoice: Invoice) -> tuple[Attempt, ...]:
    """Return the attempts at an invoice that ended without money, by the days of its subscription.

    What the gateway never heard of, no bank refused, and is none.
    """
    zone = session.get_one(Subscription, invoice.subscription_id).zone
    return tuple(
        Attempt(on=today_in(zone, each.created_at), is_hard=each.is_hard, card=each.method_id)
        for each in payments_of(session, invoice.id)
        if each.state == PaymentState.FAILED or (each.state == PaymentState.CANCELED and each.gateway_payment_id)
    )


def method_in_use(session: Session, patient_id: UUID) -> PaymentMethod | None:
    """Return the card that a patient's payments are asked of."""
    return session.scalar(_in_use(), {"of_patient": patient_id})


@cache
def _in_use() -> Select[PaymentMethod]:
    used = PaymentMethod.detached_at.is_(None)
    return select(PaymentMethod).where(PaymentMethod.patient_id == bindparam("of_patient"), used)


def card_seen(session: Session, patient_id: UUID) -> CardSeen | None:
    """Return what a patient knows the used card by."""
    card = method_in_use(session, patient_id)
    return None if card is None else CardSeen(card.brand, card.last4, card.expires_month, card.expires_year)


def is_asked(session: Session, method_id: UUID) -> bool:
    """Tell whether a payment of a card has not ended yet."""
    wanted = select(Payment.id).where(Payment.method_id == method_id, Payment.state.in_(UNDER_WAY))
    return session.scalar(wanted.limit(1)) is not None


def customer_of(session: Session, patient_id: UUID, gateway: str) -> GatewayCustomer | None:
    """Return what a gateway knows a patient by."""
    wanted = select(GatewayCustomer).where(GatewayCustomer.patient_id == patient_id)
    return session.scalar(wanted.where(GatewayCustomer.gateway == gateway))


def refunded_cents(session: Session, payment_id: UUID) -> int:
    """Return the cents of a payment that went back or are on their way."""
    went = select(func.coalesce(func.sum(Refund.amount_cents), 0)).where(Refund.payment_id == payment_id)
    return int(session.scalar(went.where(Refund.state != "failed")) or 0)


def refundable_cents(session: Session, invoice_id: UUID) -> int:
    """Return the most that can go back to the card that paid an invoice."""
    paid = succeeded(session, invoice_id)
    if paid is None:
        return 0
    captured = paid.amount_cents - refunded_cents(session, paid.id)
    return max(0, min(captured, creditable_cents(session, invoice_id)))
