"""Giving up collecting an invoice, where that is still possible."""

from datetime import datetime

from sqlalchemy.orm import Session

from clinic.billing.errors import PaymentUnderWay
from clinic.billing.models import Invoice, Payment, PaymentEvent
from clinic.billing.queries.payments import under_way
from clinic.billing.rules.payments import PaymentState
from clinic.kernel import journal
from clinic.kernel.actor import Actor
from clinic.worklist import actions as worklist
from clinic.worklist.rules import WorkKind

QUEUE = "money"
"""The queue whose workers move money."""


def stop_collecting(session: Session, invoice: Invoice, *, by: Actor, now: datetime) -> None:
    """Let nothing more be asked for an invoice that the caller holds locked.

    What the gateway was not asked for yet is canceled, and so is what waits for the patient's bank; the gateway is
    told by a worker. Raises PaymentUnderWay where nobody knows yet whether the money comes.
    """
    payment = under_way(session, invoice.id)
    if payment is not None:
        session.refresh(payment, with_for_update=True)
    if payment is not None and payment.state == PaymentState.PROCESSING:
        raise PaymentUnderWay("A payment of this invoice is under way. Wait until the bank has answered.")
    if payment is not None and payment.state in {PaymentState.PENDING, PaymentState.REQUIRES_ACTION}:
        move(session, payment, PaymentState.CANCELED, learned_by="person", by=by, now=now)
        payment.next_look_at = now if payment.gateway_payment_id else None
        journal.wake(session, QUEUE)
    if invoice.next_attempt_on is not None:
        invoice.next_attempt_on = None
        invoice.touch(by=by, now=now)
    close_failed(session, invoice, by=by, now=now)


def close_failed(session: Session, invoice: Invoice, *, by: Actor, now: datetime) -> None:
    """Take the task about an invoice that was not paid off the list."""
    worklist.close_for(session, dedupe_key=failed_key(invoice), by=by, now=now)


def failed_key(invoice: Invoice) -> str:
    """Return the key of the task about an invoice that was not paid."""
    return f"{WorkKind.PAYMENT_FAILED}:{invoice.id}"


def move(
    session: Session,
    payment: Payment,
    state: PaymentState,
    *,
    learned_by: str,
    by: Actor,
    now: datetime,
    code: str | None = None,
) -> None:
    """Take a payment to a state and keep how that was learned."""
    session.add(
        PaymentEvent(
            payment_id=payment.id,
            from_state=payment.state,
            to_state=state.value,
            code=code,
            learned_by=learned_by,
            at=now,
        )
    )
    payment.state, payment.state_since = state.value, now
    payment.touch(by=by, now=now)
    journal.note(
        session,
        f"payment.{state.value}",
        subject_kind="payment",
        subject_id=payment.id,
        at=now,
        patient_ids=(payment.patient_id,),
        learned_by=learned_by,
        **({"code": code} if code else {}),
    )
