"""Bills of whole periods: the price that the subscription is at, less its discount, for the days that begin."""

from datetime import datetime

from sqlalchemy.orm import Session

from clinic.billing.actions.invoices import issue_invoice
from clinic.billing.actions.locks import today_of
from clinic.billing.actions.moves import price_is
from clinic.billing.models import Invoice, PlanPrice, Subscription
from clinic.billing.queries.discounts import rebate_for
from clinic.billing.queries.prices import price_for
from clinic.billing.rules.documents import InvoiceKind
from clinic.billing.rules.invoices import month
from clinic.billing.rules.periods import Period, Segment, period
from clinic.kernel.actor import Actor


def bill(session: Session, row: Subscription, *, kind: InvoiceKind, days: Period, by: Actor, now: datetime) -> Invoice:
    """Issue the invoice of a whole period at the price that the subscription has come to."""
    given = rebate_for(session, row.id, period=days)
    rebate, redemption_id = given or (None, None)
    price = session.get_one(PlanPrice, row.price_id)
    return issue_invoice(
        session,
        row,
        kind=kind,
        lines=month(price.amount_cents, price.id, period=days, rebate=rebate),
        period=days,
        due_on=today_of(row, now) if kind is InvoiceKind.FIRST else days.start_on,
        redemption_id=redemption_id,
        by=by,
        now=now,
    )


def bill_from_today(session: Session, row: Subscription, *, by: Actor, now: datetime) -> Invoice:
    """Issue the first invoice of a month from today; the month runs once that is paid."""
    today = today_of(row, now)
    for name, value in price_now(session, row, days=period(Segment(today), 0)).items():
        setattr(row, name, value)
    session.flush()
    return bill(session, row, kind=InvoiceKind.FIRST, days=period(Segment(today), 0), by=by, now=now)


def price_now(session: Session, row: Subscription, *, days: Period) -> dict[str, object]:
    """Return the columns of the price that a period is at: what was chosen, and changes that were told of in time."""
    return price_is(price_for(session, row, renews_on=days.start_on).id)
