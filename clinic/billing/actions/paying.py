"""Money that came in for an invoice, or went back: into the journal, and the invoice is paid."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.billing.actions.discounts import count_redemption
from clinic.billing.actions.journal import Source, enter
from clinic.billing.actions.withdrawing import close_failed
from clinic.billing.models import Invoice, JournalEntry, Payment, Refund
from clinic.billing.queries.balances import open_cents
from clinic.billing.queries.invoices import day_for
from clinic.billing.rules.documents import InvoiceState
from clinic.billing.rules.journal import credited, payment_succeeded, refund_came_back, refunded
from clinic.kernel import journal
from clinic.kernel.actor import Actor
from clinic.kernel.outbox import publish

INVOICE_PAID = "invoice.paid"
"""The fact that an invoice asks for nothing any more; its subject is the invoice."""

_BACK, _FAILED = "succeeded", "failed"


def take_payment(session: Session, invoice: Invoice, payment: Payment, *, by: Actor, now: datetime) -> bool:
    """Enter a payment that succeeded and tell whether it paid the invoice, for which the caller holds the lock.

    What the invoice does not ask for any more is kept on the patient's balance: all of it where the invoice is void,
    written off or paid otherwise.
    """
    asked = open_cents(session, invoice.id)
    kept = max(0, payment.amount_cents - asked)
    if asked and payment.amount_cents < asked:
        raise ValueError("a payment collects all that its invoice asks for")
    postings = payment_succeeded(payment.amount_cents, kept=kept)
    day = day_for(session, invoice, now)
    enter(
        session,
        Source("payment", payment.id, "succeeded"),
        postings,
        patient_id=invoice.patient_id,
        on=day,
        now=now,
    )
    if asked:
        mark_paid(session, invoice, by=by, now=now)
    return bool(asked)


def mark_paid(session: Session, invoice: Invoice, *, by: Actor, now: datetime) -> None:
    """Let an open invoice be paid; a discount on it counts as used from now on."""
    invoice.state, invoice.paid_at, invoice.next_attempt_on = InvoiceState.PAID.value, now, None
    invoice.touch(by=by, now=now)
    session.flush()
    count_redemption(session, invoice, now=now)
    close_failed(session, invoice, by=by, now=now)
    publish(session, INVOICE_PAID, subject_id=invoice.id, now=now)
    journal.note(
        session,
        INVOICE_PAID,
        subject_kind="invoice",
        subject_id=invoice.id,
        at=now,
        patient_ids=(invoice.patient_id,),
        number=invoice.number,
        cents=invoice.total_cents,
    )


def take_refund(session: Session, refund: Refund, *, by: Actor, now: datetime) -> None:
    """Enter a refund that reached the card, once; one that was given up before stays on the balance."""
    if not _memos(session, refund):
        _enter_refund(session, refund, _BACK, by=by, now=now)


def refund_failed(session: Session, refund: Refund, *, by: Actor, now: datetime) -> None:
    """Keep the cents of a refund that did not reach the card on the patient's balance, once."""
    if _FAILED not in _memos(session, refund):
        _enter_refund(session, refund, _FAILED, by=by, now=now)


def _memos(session: Session, refund: Refund) -> set[str]:
    wanted = select(JournalEntry.memo).where(JournalEntry.source_kind == "refund", JournalEntry.source_id == refund.id)
    return set(session.scalars(wanted))


def _enter_refund(session: Session, refund: Refund, memo: str, *, by: Actor, now: datetime) -> None:
    paid = session.get_one(Invoice, session.get_one(Payment, refund.payment_id).invoice_id)
    cents = refund.amount_cents
    if memo == _BACK:
        postings = refunded(cents)
    else:
        postings = refund_came_back(cents) if _BACK in _memos(session, refund) else credited(cents)
    source, day = Source("refund", refund.id, memo), day_for(session, paid, now)
    enter(session, source, postings, patient_id=paid.patient_id, on=day, now=now)
    journal.note(
        session,
        "refund.entered",
        subject_kind="refund",
        subject_id=refund.id,
        at=now,
        patient_ids=(paid.patient_id,),
        cents=cents,
        outcome=memo,
        who=by.name,
    )
