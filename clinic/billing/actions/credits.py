"""Credit notes: the only way to correct an invoice, with numbers of their own, and never more than a line holds."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.billing.actions.journal import Source, enter
from clinic.billing.actions.locks import lock_invoice
from clinic.billing.actions.numbers import next_number
from clinic.billing.actions.paying import mark_paid
from clinic.billing.actions.settling import invoice_paid
from clinic.billing.models import CreditNote, CreditNoteLine, Invoice
from clinic.billing.queries.balances import creditable, creditable_cents, open_cents
from clinic.billing.queries.invoices import day_for, shown_number
from clinic.billing.queries.payments import require_nothing_under_way
from clinic.billing.rules.documents import (
    CreditKind,
    InvoiceState,
    Series,
    require_creditable,
    require_open,
    require_reason,
)
from clinic.billing.rules.invoices import credit_lines
from clinic.billing.rules.journal import Account, credited, let_off
from clinic.kernel import journal
from clinic.kernel.actor import Actor
from clinic.kernel.ids import new_id
from clinic.kernel.text import clean_line


def issue_credit_note(
    session: Session, invoice_id: UUID, *, kind: CreditKind, amount_cents: int, reason: str, by: Actor, now: datetime
) -> CreditNote:
    """Give `amount_cents` of an invoice back, shared out to its lines; the patient reads the reason.

    An `offset` that lets off all that is open pays the invoice. Of a `refund` this is the document only: the money
    enters the journal when it moves. Raises UnknownInvoice, WrongState, PaymentUnderWay, RefundRefused for more than is
    left of the lines or open, and AmountRefused without a reason.
    """
    why = require_reason(clean_line(reason, field="reason"))
    found = lock_invoice(session, invoice_id)
    require_nothing_under_way(session, found.id)
    rest = open_cents(session, found.id)
    require_creditable(kind, InvoiceState(found.state), number=shown_number(found))
    if kind is CreditKind.OFFSET:
        require_open(amount_cents, open_cents=rest, most=creditable_cents(session, found.id))
    note = _write(session, found, kind, cents=amount_cents, reason=why, by=by, now=now)
    if kind is CreditKind.OFFSET and amount_cents == rest:
        mark_paid(session, found, by=by, now=now)
        invoice_paid(session, found, by=by, now=now)
    return note


def _write(
    session: Session, found: Invoice, kind: CreditKind, *, cents: int, reason: str, by: Actor, now: datetime
) -> CreditNote:
    parts = credit_lines(cents, creditable(session, found.id))
    note = CreditNote(id=new_id(), invoice_id=found.id, patient_id=found.patient_id, kind=kind.value, at=now)
    note.number, note.reason, note.total_cents = next_number(session, Series.CREDIT_NOTE), reason, cents
    note.issued_on, note.actor_id, note.actor_name = day_for(session, found, now), by.id, by.name
    session.add(note)
    session.flush()
    session.add_all(
        CreditNoteLine(credit_note_id=note.id, source_line_id=line_id, amount_cents=part)
        for line_id, part in parts.items()
    )
    session.flush()
    _enter(session, note)
    return note


def _enter(session: Session, note: CreditNote) -> None:
    postings: dict[CreditKind, dict[Account, int]] = {
        CreditKind.CREDIT: credited(note.total_cents),
        CreditKind.OFFSET: let_off(note.total_cents),
        CreditKind.REFUND: {},
    }
    kind, source = CreditKind(note.kind), Source("credit_note", note.id, note.kind)
    enter(session, source, postings[kind], patient_id=note.patient_id, on=note.issued_on, now=note.at)
    journal.note(
        session,
        "credit.issued",
        subject_kind="credit_note",
        subject_id=note.id,
        at=note.at,
        patient_ids=(note.patient_id,),
        number=note.number,
        credit=kind.value,
        cents=note.total_cents,
    )
