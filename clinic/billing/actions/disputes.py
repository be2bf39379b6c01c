"""A bank that takes a payment back at the patient's word: a person answers it at the gateway."""

from datetime import datetime

from sqlalchemy.orm import Session

from clinic.billing.models import Payment
from clinic.billing.rules.money import shown
from clinic.kernel import journal
from clinic.kernel.actor import Actor
from clinic.worklist import actions as worklist
from clinic.worklist import queries as tasks
from clinic.worklist.rules import WorkKind


def note_dispute(session: Session, payment: Payment, *, dispute_id: str, by: Actor, now: datetime) -> None:
    """Ask the desk to look at a disputed payment, once for each dispute; no money and no membership changes by it."""
    key = f"{WorkKind.PAYMENT_DISPUTED}:{dispute_id}"
    if tasks.was_opened(session, dedupe_key=key):
        return
    worklist.open_item(
        session,
        kind=WorkKind.PAYMENT_DISPUTED,
        dedupe_key=key,
        reason=f"The patient's bank takes {shown(payment.amount_cents)} back. Speak with the patient, and answer the "
        "bank at the gateway before its deadline.",
        subject_kind="patient",
        subject_id=payment.patient_id,
        patient_id=payment.patient_id,
        now=now,
        by=by,
    )
    journal.note(
        session,
        "payment.disputed",
        subject_kind="payment",
        subject_id=payment.id,
        at=now,
        patient_ids=(payment.patient_id,),
    )
