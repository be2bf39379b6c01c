"""What a patient's balance holds, what of an invoice is open, and what of it can still go back."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from functools import cache
from uuid import UUID

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session

from clinic.billing.models import CreditNote, CreditNoteLine, Invoice, InvoiceLine, Posting
from clinic.billing.queries.invoices import invoice
from clinic.billing.rules.documents import CreditKind, InvoiceState
from clinic.billing.rules.invoices import Creditable, LineKind
from clinic.billing.rules.journal import Account
from clinic.billing.rules.money import allocate
from clinic.kernel.statements import among
from clinic.people.queries import records_of


def balance_cents(session: Session, patient_id: UUID) -> int:
    """Return the cents that the clinic keeps for a patient; below nothing the next invoice takes them."""
    return -_on_account(session, patient_id, Account.PATIENT_CREDIT)


def owed_cents(session: Session, patient_id: UUID) -> int:
    """Return the cents of a patient's open invoices, as the journal has them."""
    return _on_account(session, patient_id, Account.RECEIVABLE)


def open_cents(session: Session, invoice_id: UUID) -> int:
    """Return the cents that an invoice still asks for; raises UnknownInvoice."""
    found = invoice(session, invoice_id)
    return open_of(session, [found])[found.id]


def open_of(session: Session, invoices: Collection[Invoice]) -> Mapping[UUID, int]:
    """Return the cents that each invoice still asks for: its total less what was let off, nothing once it is over."""
    ids = [each.id for each in invoices if each.state == InvoiceState.OPEN]
    found = {each.id: each.total_cents if each.state == InvoiceState.OPEN else 0 for each in invoices}
    for invoice_id, off in session.execute(_let_off(), {"of_invoices": ids}) if ids else ():
        found[invoice_id] -= int(off)
    return found


@cache
def _let_off() -> Select[UUID, int]:
    return (
        select(CreditNote.invoice_id, func.sum(CreditNote.total_cents))
        .where(among(CreditNote.invoice_id, "of_invoices"), CreditNote.kind == CreditKind.OFFSET)
        .group_by(CreditNote.invoice_id)
    )


def creditable(session: Session, invoice_id: UUID) -> tuple[Creditable, ...]:
    """Return the membership lines of an invoice, less discounts and later changes, with what went back of each."""
    lines = lines_of(session, invoice_id)
    sold = [each for each in lines if each.kind == LineKind.MEMBERSHIP]
    discount = -sum(each.amount_cents for each in lines if each.kind == LineKind.DISCOUNT)
    off = allocate(discount, [each.amount_cents for each in sold])
    ids = [each.id for each in sold]
    taken, given = taken_back(session, ids), credited(session, ids)
    return tuple(
        Creditable(line.id, max(0, line.amount_cents - less - taken[line.id]), given[line.id])
        for line, less in zip(sold, off, strict=True)
    )


def creditable_cents(session: Session, invoice_id: UUID) -> int:
    """Return the cents of an invoice that can still go back, to the card or onto the balance."""
    return sum(max(0, each.amount - each.credited) for each in creditable(session, invoice_id))


def lines_of(session: Session, invoice_id: UUID) -> list[InvoiceLine]:
    """Return the lines of an invoice in their order."""
    wanted = select(InvoiceLine).where(InvoiceLine.invoice_id == invoice_id).order_by(InvoiceLine.position)
    return list(session.scalars(wanted))


def taken_back(session: Session, line_ids: Collection[UUID]) -> Mapping[UUID, int]:
    """Return the cents above nothing of each line that invoices of a change took back, void ones apart."""
    wanted = (
        select(InvoiceLine.source_line_id, -func.sum(InvoiceLine.amount_cents))
        .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
        .where(InvoiceLine.source_line_id.in_(line_ids), Invoice.state != InvoiceState.VOID)
        .group_by(InvoiceLine.source_line_id)
    )
    return _by_line(session.execute(wanted).all())


def credited(session: Session, line_ids: Collection[UUID]) -> Mapping[UUID, int]:
    """Return the cents of each line that credit notes gave back."""
    wanted = (
        select(CreditNoteLine.source_line_id, func.sum(CreditNoteLine.amount_cents))
        .where(CreditNoteLine.source_line_id.in_(line_ids))
        .group_by(CreditNoteLine.source_line_id)
    )
    return _by_line(session.execute(wanted).all())


def _by_line(rows: Collection[tuple[UUID | None, int]]) -> Mapping[UUID, int]:
    found: dict[UUID, int] = defaultdict(int)
    found.update({line_id: int(cents) for line_id, cents in rows if line_id is not None})
    return found


def _on_account(session: Session, patient_id: UUID, account: Account) -> int:
    return int(session.scalar(_sum(), {"of_account": account, "of_patient": patient_id}) or 0)


@cache
def _sum() -> Select[int]:
    whose = Posting.patient_id.in_(records_of(bindparam("of_patient")))
    cents = func.coalesce(func.sum(Posting.amount_cents), 0)
    return select(cents).where(Posting.account == bindparam("of_account"), whose)
