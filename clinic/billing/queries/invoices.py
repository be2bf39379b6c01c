"""Invoices by their id and by their subscription, and the day that a document bears."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.billing.errors import UnknownInvoice
from clinic.billing.models import Invoice, Subscription
from clinic.billing.rules.documents import InvoiceState, Series, may_be_lost, number_text
from clinic.billing.rules.periods import today_in
from clinic.billing.rules.subscriptions import SubscriptionState


def invoice(session: Session, invoice_id: UUID) -> Invoice:
    """Return the invoice; raises UnknownInvoice."""
    found = session.get(Invoice, invoice_id)
    if found is None:
        raise UnknownInvoice("There is no such invoice. Open the patient's invoices again.")
    return found


def day_for(session: Session, found: Invoice, now: datetime) -> date:
    """Return the day that it is for an invoice: that of its subscription's zone."""
    zone = session.scalar(select(Subscription.zone).where(Subscription.id == found.subscription_id))
    assert zone is not None
    return today_in(zone, now)


def can_be_lost(session: Session, found: Invoice) -> bool:
    """Tell whether an invoice can be written off, since nothing is collected for its membership any more."""
    state = session.scalars(select(Subscription.state).where(Subscription.id == found.subscription_id)).one()
    return may_be_lost(InvoiceState(found.state), SubscriptionState(state))


def shown_number(found: Invoice) -> str:
    """Return the number of an invoice as people read it, or that it has none yet."""
    return "draft" if found.number is None else number_text(Series.INVOICE, found.number)
