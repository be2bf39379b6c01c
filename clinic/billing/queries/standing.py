"""What a running period is paid for: the membership lines that stand, after changes, holds and credit notes."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.billing.models import CreditNote, CreditNoteLine, Invoice, InvoiceLine, Subscription, SubscriptionAnchor
from clinic.billing.rules.documents import Given, InvoiceKind, InvoiceState, Rest, standing_now
from clinic.billing.rules.invoices import LineKind, Standing
from clinic.billing.rules.money import allocate
from clinic.billing.rules.periods import Period, Segment
from clinic.billing.rules.periods import period as period_of

_OWED = (InvoiceState.OPEN, InvoiceState.PAID)


def standing_lines(session: Session, subscription: Subscription, period: Period) -> tuple[Standing, ...]:
    """Return what the running period of a subscription is paid for, or owed for, each line in the period's own days.

    It is what the period's invoice sold, unless a paid change took it back, and then what the change sold. A month that
    begins with its payment stands for the days that it runs, a hold moves the days, and a credit note lowers what
    stands from its day on.
    """
    begun = _invoice_of(session, subscription.id, period)
    if begun is None:
        return ()
    anchors = _anchors(session, subscription.id)
    runs = _runs(begun, anchors)
    paid = [begun, *_changes(session, begun)]
    rests = [Rest(each.anchor_on, each.days) for each in anchors if each.days and each.anchor_on >= runs.start_on]
    sold = list(_sold(session, paid, whole=(Period(begun.period_start_on, begun.period_end_on), runs)))
    given = _given(session, [each.line_id for each in sold])
    return tuple(standing_now(each, given[each.line_id], rests) for each in sold)


def _invoice_of(session: Session, subscription_id: UUID, period: Period) -> Invoice | None:
    wanted = (
        select(Invoice)
        .where(Invoice.subscription_id == subscription_id, Invoice.kind != InvoiceKind.CHANGE)
        .where(Invoice.state.in_(_OWED), Invoice.period_start_on < period.end_on)
        .order_by(Invoice.period_start_on.desc(), Invoice.number.desc())
        .limit(1)
    )
    return session.scalar(wanted)


def _changes(session: Session, begun: Invoice) -> list[Invoice]:
    wanted = select(Invoice).where(
        Invoice.subscription_id == begun.subscription_id,
        Invoice.kind == InvoiceKind.CHANGE,
        Invoice.state == InvoiceState.PAID,
        Invoice.number > begun.number,
    )
    return list(session.scalars(wanted.order_by(Invoice.number)))


def _anchors(session: Session, subscription_id: UUID) -> list[SubscriptionAnchor]:
    wanted = select(SubscriptionAnchor).where(SubscriptionAnchor.subscription_id == subscription_id)
    return list(session.scalars(wanted.order_by(SubscriptionAnchor.number)))


def _runs(begun: Invoice, anchors: Sequence[SubscriptionAnchor]) -> Period:
    """Return the days for which an invoice's period runs: a first one from the day of its payment."""
    asked = Period(begun.period_start_on, begun.period_end_on)
    if begun.kind != InvoiceKind.FIRST:
        return asked
    months = (each for each in anchors if each.days is None and each.anchor_on >= asked.start_on)
    first = next(months, None)
    return asked if first is None else period_of(Segment(first.anchor_on), 0)


def _sold(session: Session, paid: Sequence[Invoice], *, whole: tuple[Period, Period]) -> Iterator[Standing]:
    """Yield the membership lines that none of the invoices takes back; `whole` is the period as asked and as run."""
    wanted = select(InvoiceLine).where(InvoiceLine.invoice_id.in_([each.id for each in paid]))
    lines = list(session.scalars(wanted.order_by(InvoiceLine.invoice_id, InvoiceLine.position)))
    gone = {each.source_line_id for each in lines if each.kind == LineKind.UNUSED}
    for one in paid:
        mine = [each for each in lines if each.invoice_id == one.id]
        members = [each for each in mine if each.kind == LineKind.MEMBERSHIP]
        off = -sum(each.amount_cents for each in mine if each.kind == LineKind.DISCOUNT)
        for line, less in zip(members, allocate(off, [each.amount_cents for each in members]), strict=True):
            if line.id not in gone:
                service = Period(line.service_start_on, line.service_end_on)
                yield Standing(line.id, line.amount_cents, less, whole[1] if service == whole[0] else service)


def _given(session: Session, line_ids: Collection[UUID]) -> Mapping[UUID, list[Given]]:
    wanted = (
        select(CreditNoteLine.source_line_id, CreditNote.issued_on, CreditNoteLine.amount_cents)
        .join(CreditNote, CreditNote.id == CreditNoteLine.credit_note_id)
        .where(CreditNoteLine.source_line_id.in_(line_ids))
        .order_by(CreditNote.number)
    )
    found: dict[UUID, list[Given]] = defaultdict(list)
    for line_id, on, cents in session.execute(wanted):
        found[line_id].append(Given(on, cents))
    return found
