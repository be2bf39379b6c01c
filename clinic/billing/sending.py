"""Whether a text about a payment, a membership, its price or its card is still true when it would leave."""

from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from clinic.billing.models import (
    Invoice,
    Payment,
    PaymentMethod,
    PriceChange,
    PriceNotice,
    RenewalConsent,
    Subscription,
)
from clinic.billing.rules.payments import UNDER_WAY, PaymentState
from clinic.billing.rules.periods import today_in
from clinic.billing.rules.subscriptions import CHARGED, SubscriptionState
from clinic.messaging.rules.kinds import Drop, Planned, Send, Verdict

INVOICE, SUBSCRIPTION, NOTICE, CARD = "invoice", "subscription", "price_notice", "card"
"""What texts are about: an invoice, a membership, a member's notice of a change of price, and a card."""


def invoice_guard(session: Session, planned: Planned, _now: datetime) -> Verdict:
    """Ask for another card only while money is owed, for the bank only while it waits, and thank only who paid."""
    invoice = session.get(Invoice, planned.subject_id) if planned.subject_id else None
    if invoice is None:
        return Drop("no_subject")
    if planned.template_key == "PAY_RECEIPT":
        return Send() if invoice.state == "paid" else Drop("payment_settled")
    if invoice.state != "open":
        return Drop("payment_settled")
    state = _under_way(session, invoice)
    is_true = state is PaymentState.REQUIRES_ACTION if planned.template_key == "PAY_ACTION" else state is None
    return Send() if is_true else Drop("payment_settled")


def subscription_guard(session: Session, planned: Planned, now: datetime) -> Verdict:
    """Ask to set up only what is not set up yet, and say that a pause ends only while it lasts."""
    subscription = session.get(Subscription, planned.subject_id) if planned.subject_id else None
    if subscription is None:
        return Drop("no_subject")
    if planned.template_key == "PAY_JOIN":
        return Send() if is_to_set_up(session, subscription) else Drop("membership_changed")
    is_true = is_resuming(subscription, now=now)
    return Send() if is_true else Drop("membership_changed")


def price_notice_guard(session: Session, planned: Planned, _now: datetime) -> Verdict:
    """Tell of a change of price only whom it will still reach, and nobody whom a person has told."""
    notice = session.get(PriceNotice, planned.subject_id) if planned.subject_id else None
    if notice is None:
        return Drop("no_subject")
    change = session.get_one(PriceChange, notice.change_id)
    subscription = session.get_one(Subscription, notice.subscription_id)
    renews_at = subscription.next_price_id or subscription.price_id
    is_over = subscription.ended_at is not None or subscription.is_ending or notice.arrived_at is not None
    if change.withdrawn_at is not None:
        return Drop("price_withdrawn")
    return Send() if renews_at == change.from_price_id and not is_over else Drop("membership_changed")


def card_guard(session: Session, planned: Planned, _now: datetime) -> Verdict:
    """Ask for a new card only while the old one is in use for a membership that goes on."""
    method = session.get(PaymentMethod, planned.subject_id) if planned.subject_id else None
    if method is None:
        return Drop("no_subject")
    goes_on = exists().where(
        Subscription.patient_id == method.patient_id,
        Subscription.state.in_(sorted(CHARGED)),
        Subscription.is_ending.is_(False),
    )
    is_used = method.detached_at is None and session.scalar(select(goes_on))
    return Send() if is_used else Drop("card_replaced")


def is_to_set_up(session: Session, subscription: Subscription) -> bool:
    """Tell whether a membership waits for its patient: for the consent to renewal or for a card."""
    if subscription.state != SubscriptionState.PENDING:
        return False
    agreed = exists().where(RenewalConsent.subscription_id == subscription.id)
    has_card = exists().where(PaymentMethod.patient_id == subscription.patient_id, PaymentMethod.detached_at.is_(None))
    return not session.scalar(select(agreed & has_card))


def is_resuming(subscription: Subscription, *, now: datetime) -> bool:
    """Tell whether a pause lasts whose end is today or ahead."""
    today = today_in(subscription.zone, now)
    is_ahead = subscription.resume_on is not None and subscription.resume_on >= today
    return subscription.state == SubscriptionState.PAUSED and is_ahead


def _under_way(session: Session, invoice: Invoice) -> PaymentState | None:
    """Return the state of the payment that has not ended yet, None where there is none."""
    wanted = select(Payment.state).where(Payment.invoice_id == invoice.id, Payment.state.in_(sorted(UNDER_WAY)))
    found = session.scalar(wanted)
    return None if found is None else PaymentState(found)
