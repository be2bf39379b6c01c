"""The end of a membership: nothing more is asked for, and what hangs on it leaves the lists."""

from datetime import datetime

from sqlalchemy.orm import Session

from clinic.billing.actions.moves import enter
from clinic.billing.actions.queueing import asked_no_more
from clinic.billing.actions.voiding import void_invoice
from clinic.billing.errors import PaymentUnderWay
from clinic.billing.models import Invoice, Subscription
from clinic.billing.queries.subscriptions import open_invoices
from clinic.billing.rules.documents import InvoiceKind
from clinic.billing.rules.subscriptions import Event
from clinic.kernel.actor import Actor
from clinic.kernel.transaction import whole
from clinic.worklist.rules import WorkKind

_TASKS = (
    WorkKind.MEMBERSHIP_APPROVAL,
    WorkKind.MISSED_PERIODS,
    WorkKind.HOLD_ENDS,
    WorkKind.FINANCIAL_HAND_OFF,
)


def finish(
    session: Session, row: Subscription, event: Event, *, by: Actor, now: datetime, reason: str | None = None
) -> None:
    """Let a locked subscription be over; raises WrongState.

    An open invoice is void. Where a payment of it may still come, the end does not wait for it: money that comes later
    goes back.
    """
    enter(session, row, event, by=by, now=now, reason=reason)
    drop_invoices(session, row, by=by, now=now)
    asked_no_more(session, row, *_TASKS, by=by, now=now)


def drop_invoices(session: Session, row: Subscription, *, by: Actor, now: datetime) -> None:
    """Ask for nothing of a subscription any more, where no payment is on its way."""
    for invoice in open_invoices(session, row.id):
        drop(session, invoice, reason="The membership ended.", by=by, now=now)


def drop_changes(session: Session, row: Subscription, *, by: Actor, now: datetime) -> None:
    """Give up changes of plan that nobody paid, where no payment is on its way."""
    for invoice in open_invoices(session, row.id):
        if invoice.kind == InvoiceKind.CHANGE:
            drop(session, invoice, reason="The change of plan was not paid.", by=by, now=now)


def drop(session: Session, invoice: Invoice, *, reason: str, by: Actor, now: datetime) -> bool:
    """Void an open invoice and tell whether that was possible; while nobody knows of a payment it is left."""
    try:
        with whole(session):
            void_invoice(session, invoice.id, reason=reason, by=by, now=now)
    except PaymentUnderWay:
        return False
    return True
