"""What a person pays now: the open invoice, or for a suspended membership a fresh month from today."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.billing.actions.bills import bill_from_today
from clinic.billing.actions.locks import lock_subscription, today_of
from clinic.billing.actions.voiding import void_invoice
from clinic.billing.models import Invoice
from clinic.billing.queries.subscriptions import open_invoices
from clinic.billing.rules.documents import InvoiceKind
from clinic.billing.rules.subscriptions import CHARGED, SubscriptionState
from clinic.kernel.actor import Actor

_BEGINS_AGAIN = "The month that was not paid is not asked for any more."


def invoice_to_collect(session: Session, subscription_id: UUID, *, by: Actor, now: datetime) -> Invoice | None:
    """Return the invoice that a person or a new card pays now, or None where nothing is asked for.

    A suspended membership begins again with its payment: the unpaid month is void, and a month from today is billed.
    Raises UnknownSubscription, and PaymentUnderWay while the unpaid month may still be paid.
    """
    row, _ = lock_subscription(session, subscription_id)
    waiting = open_invoices(session, row.id)
    if row.state in CHARGED:
        return waiting[0] if waiting else None
    if row.state != SubscriptionState.SUSPENDED:
        return None
    today = today_of(row, now)
    fresh = [each for each in waiting if each.kind == InvoiceKind.FIRST and each.period_start_on == today]
    for each in waiting:
        if each not in fresh:
            void_invoice(session, each.id, reason=_BEGINS_AGAIN, by=by, now=now)
    return fresh[0] if fresh else bill_from_today(session, row, by=by, now=now)
