"""Money back to the card that it came from: a credit note says why, a worker takes it to the gateway."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.billing.actions.credits import issue_credit_note
from clinic.billing.actions.locks import lock_invoice
from clinic.billing.actions.paying import refund_failed, take_refund
from clinic.billing.actions.unmatched import report_unmatched
from clinic.billing.actions.withdrawing import QUEUE
from clinic.billing.errors import RefundRefused, UnknownRefund
from clinic.billing.models import Payment, Refund
from clinic.billing.queries.payments import refunded_cents, succeeded
from clinic.billing.rules.collecting import look_again_at
from clinic.billing.rules.documents import CreditKind
from clinic.billing.rules.invoices import require_captured
from clinic.billing.rules.money import shown
from clinic.gateways.payments import RefundResult
from clinic.kernel import journal
from clinic.kernel.actor import Actor
from clinic.kernel.ids import new_id

PENDING, PROCESSING, SUCCEEDED, FAILED = "pending", "processing", "succeeded", "failed"
_RANK = {state: rank for rank, state in enumerate((PENDING, PROCESSING, SUCCEEDED, FAILED))}
"""News moves a refund on only; a bank may send back what had arrived."""


def refund_invoice(
    session: Session, invoice_id: UUID, *, amount_cents: int, reason: str, by: Actor, now: datetime
) -> Refund:
    """Give cents of a paid invoice back to its card; the patient reads the reason.

    Raises RefundRefused for more than the card brought and still holds or where no card paid, and what
    `issue_credit_note` raises.
    """
    invoice = lock_invoice(session, invoice_id)
    paid = succeeded(session, invoice.id)
    if paid is None:
        raise RefundRefused(
            "No card paid this invoice, so nothing can go back to one. Put the amount on the balance.", field="amount"
        )
    require_captured(amount_cents, captured=paid.amount_cents, refunded=refunded_cents(session, paid.id))
    note = issue_credit_note(
        session, invoice.id, kind=CreditKind.REFUND, amount_cents=amount_cents, reason=reason, by=by, now=now
    )
    refund_id = new_id()
    refund = Refund(
        id=refund_id,
        payment_id=paid.id,
        credit_note_id=note.id,
        gateway=paid.gateway,
        idempotency_key=f"ref:{refund_id}",
        amount_cents=amount_cents,
        state=PENDING,
        state_since=now,
        next_look_at=now,
        created_at=now,
        updated_at=now,
        updated_by=by.name,
    )
    session.add(refund)
    session.flush()
    _note(session, refund, "asked", patient_id=invoice.patient_id, now=now)
    journal.wake(session, QUEUE)
    return refund


def apply_refund(session: Session, refund_id: UUID, *, result: RefundResult, by: Actor, now: datetime) -> Refund:
    """Take what the gateway says of one of our refunds; old and doubled news change nothing.

    What does not reach the card goes on the patient's balance, and a person is told.
    """
    refund, patient_id = lock_refund(session, refund_id)
    if result.reference != str(refund.id) or result.cents != refund.amount_cents:
        report_unmatched(
            session,
            key=result.refund_id,
            reason=f"The gateway's refund {result.refund_id} over {shown(result.cents)} is none of the clinic's.",
            by=by,
            now=now,
        )
        refund.next_look_at = None
        return refund
    refund.gateway_refund_id = result.refund_id
    if _RANK[result.state.value] > _RANK[refund.state]:
        _move(refund, result.state.value, by=by, now=now)
        refund.failure_code = result.failure_code
        session.flush()
        _follow(session, refund, patient_id, by=by, now=now)
    is_open = refund.state in {PENDING, PROCESSING}
    refund.next_look_at = look_again_at(refund.state_since, now) if is_open else None
    return refund


def refuse_refund(session: Session, refund_id: UUID, *, code: str, by: Actor, now: datetime) -> Refund:
    """End a refund that the gateway refuses for good."""
    refund, patient_id = lock_refund(session, refund_id)
    if refund.state == PROCESSING and refund.gateway_refund_id is None:
        refund.failure_code, refund.next_look_at = code, None
        _move(refund, FAILED, by=by, now=now)
        session.flush()
        _follow(session, refund, patient_id, by=by, now=now)
    return refund


def lock_refund(session: Session, refund_id: UUID) -> tuple[Refund, UUID]:
    """Return a refund as it is now, locked after its invoice, and whose it is; raises UnknownRefund."""
    seen = session.get(Refund, refund_id)
    if seen is None:
        raise UnknownRefund("There is no such refund.")
    invoice = lock_invoice(session, session.get_one(Payment, seen.payment_id).invoice_id)
    return session.get_one(Refund, refund_id, with_for_update=True, populate_existing=True), invoice.patient_id


def _move(refund: Refund, state: str, *, by: Actor, now: datetime) -> None:
    refund.state, refund.state_since = state, now
    refund.touch(by=by, now=now)


def _follow(session: Session, refund: Refund, patient_id: UUID, *, by: Actor, now: datetime) -> None:
    _note(session, refund, refund.state, patient_id=patient_id, now=now)
    if refund.state == SUCCEEDED:
        take_refund(session, refund, by=by, now=now)
    elif refund.state == FAILED:
        refund_failed(session, refund, by=by, now=now)
        report_unmatched(
            session,
            key=f"refund:{refund.id}",
            reason=f"A refund of {shown(refund.amount_cents)} did not reach the card. The amount is on the patient's "
            "balance. Ask the patient how it should go back.",
            patient_id=patient_id,
            by=by,
            now=now,
        )


def _note(session: Session, refund: Refund, what: str, *, patient_id: UUID, now: datetime) -> None:
    journal.note(
        session,
        f"refund.{what}",
        subject_kind="refund",
        subject_id=refund.id,
        at=now,
        patient_ids=(patient_id,),
        cents=refund.amount_cents,
    )
