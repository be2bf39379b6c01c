"""Issuing an invoice: lines, the patient's balance, a number without a gap, and its entry in the journal."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.billing.actions.journal import Source, enter
from clinic.billing.actions.numbers import next_number
from clinic.billing.actions.paying import mark_paid
from clinic.billing.actions.settling import invoice_paid
from clinic.billing.models import Invoice, InvoiceLine, Subscription
from clinic.billing.queries.balances import balance_cents
from clinic.billing.rules.documents import InvoiceKind, InvoiceState, Series
from clinic.billing.rules.invoices import Line, LineKind, totals, with_balance
from clinic.billing.rules.journal import invoice_finalized
from clinic.billing.rules.periods import Period, today_in
from clinic.kernel import journal
from clinic.kernel.actor import Actor
from clinic.kernel.ids import new_id
from clinic.kernel.outbox import publish
from clinic.people.models import Patient
from clinic.people.queries import patient

INVOICE_ISSUED = "invoice.issued"
"""The fact that an invoice has its number and never changes again; its subject is the invoice."""


def issue_invoice(
    session: Session,
    subscription: Subscription,
    *,
    kind: InvoiceKind,
    lines: Sequence[Line],
    period: Period,
    due_on: date,
    by: Actor,
    now: datetime,
    redemption_id: UUID | None = None,
) -> Invoice:
    """Write an invoice of `lines`, in which the patient's balance is used, under the subscription's lock.

    One that asks for nothing is paid at once, and the subscription goes on. The database refuses a second first or
    renewal invoice of a period.
    """
    asked = with_balance(lines, balance_cents(session, subscription.patient_id))
    row = _draft(session, subscription, asked, kind=kind, by=by, now=now)
    row.period_start_on, row.period_end_on = period
    row.due_on, row.next_attempt_on = due_on, due_on if row.total_cents else None
    session.add(row)
    session.flush()
    session.add_all(_rows(row.id, asked, redemption_id))
    session.flush()
    row.number, row.state, row.finalized_at = next_number(session, Series.INVOICE), InvoiceState.OPEN.value, now
    session.flush()
    _enter(session, row, today_in(subscription.zone, now), now=now)
    if not row.total_cents:
        mark_paid(session, row, by=by, now=now)
        invoice_paid(session, row, by=by, now=now)
    return row


def _draft(
    session: Session, subscription: Subscription, lines: Sequence[Line], *, kind: InvoiceKind, by: Actor, now: datetime
) -> Invoice:
    sums = totals(lines)
    row = Invoice(id=new_id(), subscription_id=subscription.id, patient_id=subscription.patient_id, kind=kind.value)
    row.state, row.subtotal_cents, row.discount_cents = InvoiceState.DRAFT.value, sums.subtotal, sums.discount
    row.balance_cents, row.tax_cents, row.total_cents = sums.balance, 0, sums.total
    row.billed_to = billed_to(patient(session, subscription.patient_id))
    row.created_at, row.version = now, 0
    row.touch(by=by, now=now)
    return row


def billed_to(person: Patient) -> str:
    """Return name and address as an invoice keeps them, one a line."""
    name = f"{person.legal_first_name} {person.legal_last_name}"
    return f"{name}\n{person.address_line}\n{person.city}, {person.state} {person.postal_code}"


def _rows(invoice_id: UUID, lines: Sequence[Line], redemption_id: UUID | None) -> list[InvoiceLine]:
    return [
        InvoiceLine(
            invoice_id=invoice_id,
            position=position,
            kind=line.kind.value,
            amount_cents=line.amount,
            service_start_on=line.service.start_on,
            service_end_on=line.service.end_on,
            price_id=line.price_id,
            source_line_id=line.of,
            redemption_id=redemption_id if line.kind is LineKind.DISCOUNT else None,
        )
        for position, line in enumerate(lines, start=1)
    ]


def _enter(session: Session, row: Invoice, day: date, *, now: datetime) -> None:
    postings = invoice_finalized(
        charged=row.subtotal_cents, discount=row.discount_cents, balance_used=row.balance_cents
    )
    enter(session, Source("invoice", row.id, "issued"), postings, patient_id=row.patient_id, on=day, now=now)
    publish(session, INVOICE_ISSUED, subject_id=row.id, now=now)
    journal.note(
        session,
        INVOICE_ISSUED,
        subject_kind="invoice",
        subject_id=row.id,
        at=now,
        patient_ids=(row.patient_id,),
        number=row.number,
        cents=row.total_cents,
    )
