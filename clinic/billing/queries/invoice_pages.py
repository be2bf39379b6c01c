"""Invoices as people read them: a patient's list, one invoice with all that happened to it, and the balance."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from clinic.billing.models import (
    BillingPlan,
    CreditNote,
    Invoice,
    InvoiceLine,
    JournalEntry,
    Payment,
    PaymentMethod,
    PlanPrice,
    Posting,
    Refund,
    Subscription,
)
from clinic.billing.queries.balances import open_of
from clinic.billing.queries.invoices import invoice, shown_number
from clinic.billing.rules.documents import CreditKind, InvoiceKind, InvoiceState, Series, number_text
from clinic.billing.rules.invoices import LineKind
from clinic.billing.rules.journal import Account
from clinic.billing.rules.line_words import Said, line_words
from clinic.billing.rules.payments import PaymentState
from clinic.billing.rules.periods import Period, today_in
from clinic.people.queries import records_of

_NO_PLAN = Said("", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceRow:
    """An invoice in a list."""

    id: UUID
    number_text: str
    kind: InvoiceKind
    state: InvoiceState
    issued_on: date | None
    paid_on: date | None
    due_on: date
    period: Period
    total_cents: int
    open_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LineSeen:
    """A line with its words in both languages."""

    kind: LineKind
    said: Said
    cents: int
    service: Period


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentSeen:
    """An attempt to collect an invoice and the card that it asked."""

    id: UUID
    on: date
    cents: int
    state: PaymentState
    brand: str
    last4: str
    decline_code: str | None
    is_scheduled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundSeen:
    """Money on its way back to a card, or there."""

    id: UUID
    on: date
    cents: int
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditSeen:
    """A credit note."""

    id: UUID
    number_text: str
    invoice_id: UUID
    on: date
    kind: CreditKind
    cents: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoicePage:
    """One invoice with its lines, what was paid for it, and what went back of it."""

    row: InvoiceRow
    patient_id: UUID
    subscription_id: UUID
    billed_to: tuple[str, ...]
    lines: tuple[LineSeen, ...]
    subtotal_cents: int
    discount_cents: int
    balance_cents: int
    tax_cents: int
    payments: tuple[PaymentSeen, ...]
    refunds: tuple[RefundSeen, ...]
    credits: tuple[CreditSeen, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceMove:
    """What came onto a patient's balance, or below nothing was used of it, and the document's kind and memo."""

    on: date
    source_kind: str
    memo: str
    cents: int


def invoices_of(session: Session, patient_id: UUID) -> tuple[InvoiceRow, ...]:
    """Return a patient's invoices, the newest first."""
    whose = Invoice.patient_id.in_(records_of(patient_id))
    found = list(session.scalars(select(Invoice).where(whose).order_by(Invoice.number.desc())))
    return _rows(session, found)


def invoice_page(session: Session, invoice_id: UUID) -> InvoicePage:
    """Return an invoice as it is shown and printed; raises UnknownInvoice."""
    found = invoice(session, invoice_id)
    zone = session.get_one(Subscription, found.subscription_id).zone
    return InvoicePage(
        row=_rows(session, [found])[0],
        patient_id=found.patient_id,
        subscription_id=found.subscription_id,
        billed_to=tuple((found.billed_to or "").splitlines()),
        lines=_lines(session, found.id),
        subtotal_cents=found.subtotal_cents,
        discount_cents=found.discount_cents,
        balance_cents=found.balance_cents,
        tax_cents=found.tax_cents,
        payments=_payments(session, found.id, zone),
        refunds=_refunds(session, found.id, zone),
        credits=_credits(session, [found.id]),
    )


def credit_notes_of(session: Session, patient_id: UUID) -> tuple[CreditSeen, ...]:
    """Return the credit notes of a patient's invoices, the oldest first."""
    whose = Invoice.patient_id.in_(records_of(patient_id))
    return _credits(session, list(session.scalars(select(Invoice.id).where(whose))))


def balance_moves(session: Session, patient_id: UUID) -> tuple[BalanceMove, ...]:
    """Return what came onto a patient's balance and what was used of it, the newest first."""
    wanted = (
        select(JournalEntry.entered_on, JournalEntry.source_kind, JournalEntry.memo, Posting.amount_cents)
        .join(Posting, Posting.entry_id == JournalEntry.id)
        .where(Posting.account == Account.PATIENT_CREDIT, Posting.patient_id.in_(records_of(patient_id)))
        .order_by(Posting.id.desc())
    )
    return tuple(
        BalanceMove(on=on, source_kind=kind, memo=memo, cents=-cents)
        for on, kind, memo, cents in session.execute(wanted)
    )


def _rows(session: Session, found: Sequence[Invoice]) -> tuple[InvoiceRow, ...]:
    rest = open_of(session, found)
    wanted = select(Subscription.id, Subscription.zone).where(
        Subscription.id.in_({one.subscription_id for one in found})
    )
    zones = dict(session.execute(wanted).all())
    return tuple(
        InvoiceRow(
            id=each.id,
            number_text=shown_number(each),
            kind=InvoiceKind(each.kind),
            state=InvoiceState(each.state),
            issued_on=today_in(zones[each.subscription_id], each.finalized_at) if each.finalized_at else None,
            paid_on=today_in(zones[each.subscription_id], each.paid_at) if each.paid_at else None,
            due_on=each.due_on,
            period=Period(each.period_start_on, each.period_end_on),
            total_cents=each.total_cents,
            open_cents=rest[each.id],
        )
        for each in found
    )


def _lines(session: Session, invoice_id: UUID) -> tuple[LineSeen, ...]:
    source = aliased(InvoiceLine)
    priced = func.coalesce(InvoiceLine.price_id, source.price_id)
    wanted = (
        select(InvoiceLine, BillingPlan.name, BillingPlan.name_es)
        .outerjoin(source, source.id == InvoiceLine.source_line_id)
        .outerjoin(PlanPrice, PlanPrice.id == priced)
        .outerjoin(BillingPlan, BillingPlan.id == PlanPrice.plan_id)
        .where(InvoiceLine.invoice_id == invoice_id)
        .order_by(InvoiceLine.position)
    )
    found = []
    for line, name, name_es in session.execute(wanted):
        kind, service = LineKind(line.kind), Period(line.service_start_on, line.service_end_on)
        said = line_words(kind, Said(name, name_es) if name else _NO_PLAN, service)
        found.append(LineSeen(kind=kind, said=said, cents=line.amount_cents, service=service))
    return tuple(found)


def _payments(session: Session, invoice_id: UUID, zone: str) -> tuple[PaymentSeen, ...]:
    wanted = (
        select(Payment, PaymentMethod.brand, PaymentMethod.last4)
        .join(PaymentMethod, PaymentMethod.id == Payment.method_id)
        .where(Payment.invoice_id == invoice_id)
        .order_by(Payment.attempt)
    )
    return tuple(
        PaymentSeen(
            id=row.id,
            on=today_in(zone, row.state_since),
            cents=row.amount_cents,
            state=PaymentState(row.state),
            brand=brand,
            last4=last4,
            decline_code=row.decline_code,
            is_scheduled=row.is_scheduled,
        )
        for row, brand, last4 in session.execute(wanted)
    )


def _refunds(session: Session, invoice_id: UUID, zone: str) -> tuple[RefundSeen, ...]:
    wanted = select(Refund).join(CreditNote, CreditNote.id == Refund.credit_note_id)
    found = session.scalars(wanted.where(CreditNote.invoice_id == invoice_id).order_by(CreditNote.number))
    return tuple(
        RefundSeen(id=row.id, on=today_in(zone, row.updated_at), cents=row.amount_cents, state=row.state)
        for row in found
    )


def _credits(session: Session, invoice_ids: Sequence[UUID]) -> tuple[CreditSeen, ...]:
    """Return credit notes; a refund that did not reach its card went onto the balance, and says so."""
    wanted = select(CreditNote, Refund.state).outerjoin(Refund, Refund.credit_note_id == CreditNote.id)
    found = session.execute(wanted.where(CreditNote.invoice_id.in_(invoice_ids)).order_by(CreditNote.number))
    return tuple(
        CreditSeen(
            id=row.id,
            number_text=number_text(Series.CREDIT_NOTE, row.number),
            invoice_id=row.invoice_id,
            on=row.issued_on,
            kind=CreditKind.CREDIT if refund == "failed" else CreditKind(row.kind),
            cents=row.total_cents,
            reason=row.reason,
        )
        for row, refund in found
    )
