"""Rows for bookkeeping: the journal posting by posting, invoices and payments; records by number, nobody by name."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from clinic.billing.rules.documents import Series, number_text

Cell = str | int | Decimal | date | None
Row = tuple[Cell, ...]

JOURNAL_HEAD = ("date", "document", "number", "entry", "record", "account", "debit", "credit")
INVOICES_HEAD = (
    "number", "date", "due", "record", "kind", "plan", "period_start", "period_end", "state", "charged", "discount",
    "from_balance", "tax", "total", "let_off", "paid", "open",
)  # fmt: skip
PAYMENTS_HEAD = ("date", "kind", "invoice", "record", "card", "amount", "gateway", "gateway_id")

_JOURNAL = text("""
    select e.entered_on, e.source_kind, coalesce(i.number, pi.number, ri.number) as invoice, n.number as note, e.memo,
      patient.record_number, p.account, p.amount_cents
    from journal_entry e join posting p on p.entry_id = e.id join patient on patient.id = e.patient_id
    left join invoice i on e.source_kind = 'invoice' and i.id = e.source_id
    left join payment m on e.source_kind = 'payment' and m.id = e.source_id
    left join invoice pi on pi.id = m.invoice_id
    left join refund r on e.source_kind = 'refund' and r.id = e.source_id
    left join credit_note n
      on n.id = coalesce(r.credit_note_id, case e.source_kind when 'credit_note' then e.source_id end)
    left join invoice ri on ri.id = n.invoice_id and e.source_kind = 'refund'
    where e.entered_on >= :first and e.entered_on < :end
    order by e.entered_on, min(p.id) over (partition by e.id), p.id
""")
_INVOICES = text("""
    select i.number, e.entered_on, i.due_on, patient.record_number, i.kind, i.state, i.period_start_on, i.period_end_on,
      i.subtotal_cents, i.discount_cents, i.balance_cents, i.tax_cents, i.total_cents,
      (select coalesce(sum(n.total_cents), 0) from credit_note n where n.invoice_id = i.id and n.kind = 'offset')
        as off,
      (select coalesce(sum(m.amount_cents), 0) from payment m where m.invoice_id = i.id and m.state = 'succeeded')
        as paid,
      (select plan.code from invoice_line l join plan_price price on price.id = l.price_id
       join billing_plan plan on plan.id = price.plan_id
       where l.invoice_id = i.id and l.kind = 'membership' order by l.position limit 1) as plan
    from journal_entry e join invoice i on i.id = e.source_id join patient on patient.id = i.patient_id
    where e.source_kind = 'invoice' and e.memo = 'issued' and e.entered_on >= :first and e.entered_on < :end
    order by i.number
""")
_PAYMENTS = text("""
    select e.entered_on, e.source_kind, i.number, patient.record_number, c.brand || ' ' || c.last4 as card,
      p.amount_cents, m.gateway, coalesce(r.gateway_refund_id, m.gateway_payment_id) as gateway_id
    from journal_entry e join posting p on p.entry_id = e.id and p.account = 'cash'
    left join refund r on e.source_kind = 'refund' and r.id = e.source_id
    join payment m on m.id = coalesce(r.payment_id, e.source_id)
    join payment_method c on c.id = m.method_id join invoice i on i.id = m.invoice_id
    join patient on patient.id = e.patient_id
    where e.entered_on >= :first and e.entered_on < :end order by e.entered_on, p.id
""")


def journal_rows(session: Session, *, first_on: date, end_on: date) -> Iterator[Row]:
    """Yield the postings of `[first_on, end_on)` under JOURNAL_HEAD, debits and credits in dollars above nothing."""
    for row in session.execute(_JOURNAL, _edges(first_on, end_on)).mappings():
        cents = row["amount_cents"]
        debit, credit = (dollars(cents), None) if cents > 0 else (None, dollars(-cents))
        document = (row["entered_on"], row["source_kind"], _number(row), row["memo"])
        yield (*document, row["record_number"], row["account"], debit, credit)


def invoice_rows(session: Session, *, first_on: date, end_on: date) -> Iterator[Row]:
    """Yield the invoices of `[first_on, end_on)` under INVOICES_HEAD, as they stand now."""
    for row in session.execute(_INVOICES, _edges(first_on, end_on)).mappings():
        rest = row["total_cents"] - row["off"] if row["state"] == "open" else 0
        cents = (row["subtotal_cents"], row["discount_cents"], row["balance_cents"], row["tax_cents"])
        sums = (*cents, row["total_cents"], row["off"], row["paid"], rest)
        about = (row["due_on"], row["record_number"], row["kind"], row["plan"])
        days = (row["period_start_on"], row["period_end_on"])
        number = number_text(Series.INVOICE, row["number"])
        yield (number, row["entered_on"], *about, *days, row["state"], *map(dollars, sums))


def payment_rows(session: Session, *, first_on: date, end_on: date) -> Iterator[Row]:
    """Yield what came in and went back in `[first_on, end_on)` under PAYMENTS_HEAD; what went back is below nothing."""
    for row in session.execute(_PAYMENTS, _edges(first_on, end_on)).mappings():
        number = number_text(Series.INVOICE, row["number"])
        head = (row["entered_on"], row["source_kind"], number, row["record_number"], row["card"])
        yield (*head, dollars(row["amount_cents"]), row["gateway"], row["gateway_id"])


def dollars(cents: int) -> Decimal:
    """Return cents as dollars with two digits after the point."""
    return Decimal(cents).scaleb(-2)


def _number(row: RowMapping) -> str:
    if row["note"] is not None:
        return number_text(Series.CREDIT_NOTE, row["note"])
    return number_text(Series.INVOICE, row["invoice"])


def _edges(first_on: date, end_on: date) -> dict[str, date]:
    return {"first": first_on, "end": end_on}
