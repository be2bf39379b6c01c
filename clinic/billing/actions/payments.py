"""What a gateway says of a payment, taken once: news only ever moves it on, in whatever order it comes."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.billing.actions import settling
from clinic.billing.actions.failing import PAYMENT_FAILED, note_failure
from clinic.billing.actions.locks import lock_invoice, today_of
from clinic.billing.actions.paying import take_payment
from clinic.billing.actions.unmatched import report_unmatched
from clinic.billing.actions.withdrawing import move
from clinic.billing.errors import UnknownPayment
from clinic.billing.models import Invoice, Payment, Subscription
from clinic.billing.queries.payments import payment as payment_by_id
from clinic.billing.queries.payments import succeeded
from clinic.billing.rules.collecting import heard, look_again_at
from clinic.billing.rules.documents import InvoiceState
from clinic.billing.rules.money import shown
from clinic.billing.rules.payments import UNDER_WAY, PaymentState, decline
from clinic.billing.rules.subscriptions import LIVE, SubscriptionState
from clinic.gateways.payments import PaymentResult
from clinic.kernel import outbox
from clinic.kernel.actor import Actor

NOT_ASKED = "refused"
"""The code of a payment that the gateway would not even try."""


def apply_result(
    session: Session, payment_id: UUID, *, result: PaymentResult, learned_by: str, by: Actor, now: datetime
) -> Payment:
    """Take what the gateway says of one of our payments; old and doubled news change nothing.

    `learned_by` is `answer`, `webhook`, `poll` or `person`. What cannot be ours is left to a person.
    """
    invoice, payment = lock_payment(session, payment_id)
    strange = _strange(session, payment, result)
    if strange:
        report_unmatched(session, key=result.payment_id, reason=strange, by=by, now=now)
        payment.next_look_at = None if payment.state not in UNDER_WAY else look_again_at(payment.state_since, now)
        return payment
    known = PaymentState(payment.state)
    state = heard(known, PaymentState(result.state.value), is_known_there=payment.gateway_payment_id is not None)
    payment.gateway_payment_id = result.payment_id
    if state is not known:
        code = result.decline_code if state is PaymentState.FAILED else None
        payment.decline_code, payment.is_hard = code, state is PaymentState.FAILED and decline(code).is_hard
        move(session, payment, state, learned_by=learned_by, by=by, now=now, code=code)
        session.flush()
        _follow(session, invoice, payment, by=by, now=now)
    _plan_look(payment, result, now=now)
    return payment


def refuse_payment(session: Session, payment_id: UUID, *, code: str, by: Actor, now: datetime) -> Payment:
    """End a payment that the gateway will not try, since it does not know its card any more."""
    invoice, payment = lock_payment(session, payment_id)
    if payment.state == PaymentState.PROCESSING and payment.gateway_payment_id is None:
        payment.decline_code, payment.is_hard, payment.next_look_at = code or NOT_ASKED, True, None
        move(session, payment, PaymentState.FAILED, learned_by="answer", by=by, now=now, code=code or NOT_ASKED)
        session.flush()
        note_failure(session, invoice, payment, by=by, now=now)
    return payment


def give_up(session: Session, payment_id: UUID, *, by: Actor, now: datetime) -> Payment:
    """End a payment of which the gateway knows nothing: nobody wants it any more, or it was asked for a day ago.

    No bank said no, so the next attempt is due at once, as soon as the membership may be charged.
    """
    invoice, payment = lock_payment(session, payment_id)
    if payment.state == PaymentState.PROCESSING and payment.gateway_payment_id is None:
        payment.next_look_at = None
        move(session, payment, PaymentState.CANCELED, learned_by="poll", by=by, now=now)
        subscription = session.get_one(Subscription, invoice.subscription_id)
        if invoice.state == InvoiceState.OPEN and SubscriptionState(subscription.state) in LIVE:
            invoice.next_attempt_on = today_of(subscription, now)
        else:
            note_failure(session, invoice, payment, by=by, now=now)
    elif payment.state not in UNDER_WAY:
        payment.next_look_at = None
    return payment


def lock_payment(session: Session, payment_id: UUID) -> tuple[Invoice, Payment]:
    """Return an invoice and one of its payments as they are now, locked in their order; raises UnknownPayment."""
    invoice = lock_invoice(session, payment_by_id(session, payment_id).invoice_id)
    payment = session.get(Payment, payment_id, with_for_update=True, populate_existing=True)
    if payment is None:
        raise UnknownPayment("There is no such payment.")
    return invoice, payment


def _strange(session: Session, payment: Payment, result: PaymentResult) -> str | None:
    """Return why an answer cannot be about a payment, or why its money has no place here."""
    if result.reference != str(payment.id) or payment.gateway_payment_id not in {None, result.payment_id}:
        return f"The gateway's payment {result.payment_id} is none of the clinic's. Compare it with the gateway's list."
    if result.cents != payment.amount_cents:
        return (
            f"The gateway has {shown(result.cents)} for payment {result.payment_id}, the clinic asked for "
            f"{shown(payment.amount_cents)}. Compare it with the gateway's list."
        )
    other = succeeded(session, payment.invoice_id)
    if result.state.value == PaymentState.SUCCEEDED and other is not None and other.id != payment.id:
        return f"An invoice was paid twice. Refund payment {result.payment_id} at the gateway."
    return None


def _follow(session: Session, invoice: Invoice, payment: Payment, *, by: Actor, now: datetime) -> None:
    """Do what follows from the state that a payment has just come to."""
    if payment.state == PaymentState.SUCCEEDED:
        _take_money(session, invoice, payment, by=by, now=now)
    elif payment.state in {PaymentState.FAILED, PaymentState.CANCELED}:
        note_failure(session, invoice, payment, by=by, now=now)
    elif payment.state == PaymentState.REQUIRES_ACTION and invoice.state == InvoiceState.OPEN:
        outbox.publish(session, PAYMENT_FAILED, subject_id=payment.id, now=now)
        settling.invoice_failed(session, invoice, payment, by=by, now=now)


def _take_money(session: Session, invoice: Invoice, payment: Payment, *, by: Actor, now: datetime) -> None:
    if take_payment(session, invoice, payment, by=by, now=now):
        settling.invoice_paid(session, invoice, by=by, now=now)
        return
    report_unmatched(
        session,
        key=payment.gateway_payment_id or str(payment.id),
        reason=f"{shown(payment.amount_cents)} came for an invoice that asks for nothing any more. "
        "The amount is on the patient's balance.",
        patient_id=payment.patient_id,
        by=by,
        now=now,
    )


def _plan_look(payment: Payment, result: PaymentResult, *, now: datetime) -> None:
    """Set when to ask again: while it is open here, or was given up here and is still open there.

    What somebody wants looked at by now stays so; a worker's own turn lies ahead of now.
    """
    is_given_up = payment.state == PaymentState.CANCELED and result.state.value in UNDER_WAY
    if payment.state not in UNDER_WAY and not is_given_up:
        payment.next_look_at = None
    elif payment.next_look_at is None or payment.next_look_at > now:
        payment.next_look_at = look_again_at(payment.state_since, now)
