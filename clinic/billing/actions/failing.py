"""What follows when an invoice was not paid: the day of the next attempt, the membership's state, and a task."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from clinic.billing.actions import settling
from clinic.billing.actions.withdrawing import QUEUE, failed_key
from clinic.billing.models import Invoice, Payment, Subscription
from clinic.billing.queries.payments import attempts_of, method_in_use
from clinic.billing.rules.documents import InvoiceState
from clinic.billing.rules.dunning import next_attempt_on
from clinic.billing.rules.payments import decline
from clinic.billing.rules.periods import today_in
from clinic.kernel import journal, outbox
from clinic.kernel.actor import Actor
from clinic.worklist import actions as worklist
from clinic.worklist.rules import WorkKind

PAYMENT_FAILED = "payment.failed"


def note_failure(session: Session, invoice: Invoice, payment: Payment | None, *, by: Actor, now: datetime) -> None:
    """Settle what follows from a payment that ended without money; None is an invoice that found no card.

    The caller holds the invoice locked. One that asks for nothing any more is left alone.
    """
    if invoice.state != InvoiceState.OPEN:
        return
    invoice.next_attempt_on = _next_on(session, invoice, now=now)
    invoice.touch(by=by, now=now)
    if payment is not None:
        outbox.publish(session, PAYMENT_FAILED, subject_id=payment.id, now=now)
    settling.invoice_failed(session, invoice, payment, by=by, now=now)
    if invoice.state == InvoiceState.OPEN:
        _ask_desk(session, invoice, payment, by=by, now=now)
        journal.wake(session, QUEUE)


def _next_on(session: Session, invoice: Invoice, *, now: datetime) -> date | None:
    zone = session.get_one(Subscription, invoice.subscription_id).zone
    method = method_in_use(session, invoice.patient_id)
    card = None if method is None else method.id
    return next_attempt_on(attempts_of(session, invoice), card=card, today=today_in(zone, now))


def _ask_desk(session: Session, invoice: Invoice, payment: Payment | None, *, by: Actor, now: datetime) -> None:
    worklist.open_item(
        session,
        kind=WorkKind.PAYMENT_FAILED,
        dedupe_key=failed_key(invoice),
        reason=f"{_why(payment)} {_then(invoice)}",
        subject_kind="patient",
        subject_id=invoice.patient_id,
        patient_id=invoice.patient_id,
        now=now,
        by=by,
    )


def _why(payment: Payment | None) -> str:
    if payment is None:
        return "There is no card."
    return decline(payment.decline_code).staff if payment.decline_code else "The payment was not confirmed at the bank."


def _then(invoice: Invoice) -> str:
    on = invoice.next_attempt_on
    if on is None:
        return "Nothing is tried again until another card is entered. Send the link or call."
    return f"The next attempt is on {on:%B} {on.day}."
