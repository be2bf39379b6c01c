"""Money that goes back when care ends in the midst of a month: to the card that paid it, the rest on the balance."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.billing.actions.credits import issue_credit_note
from clinic.billing.actions.locks import lock_subscription
from clinic.billing.actions.refunds import refund_invoice
from clinic.billing.models import Invoice, Subscription
from clinic.billing.queries.balances import creditable_cents
from clinic.billing.queries.payments import refundable_cents
from clinic.billing.queries.subscriptions import paid_in_month
from clinic.billing.rules.documents import CreditKind
from clinic.billing.rules.subscriptions import LIVE
from clinic.kernel.actor import Actor

UNUSED_DAYS = "Days of the membership that were not used"
PAID_AFTER_END = "It was paid after the membership had ended"


def give_back(session: Session, row: Subscription, cents: int, *, by: Actor, now: datetime) -> int:
    """Give cents of the month that runs back and return how many that were: cards first, then the balance."""
    paid = paid_in_month(session, row.id)
    rest = cents
    for invoice in paid:
        rest -= _to_card(session, invoice, rest, reason=UNUSED_DAYS, by=by, now=now)
    for invoice in paid:
        rest -= _to_balance(session, invoice, rest, reason=UNUSED_DAYS, by=by, now=now)
    return cents - rest


def return_late_money(session: Session, *, subject_id: UUID, now: datetime, by: Actor) -> None:
    """Give all of an invoice back that was paid after its membership had ended; once only."""
    found = session.get_one(Invoice, subject_id)
    row, _ = lock_subscription(session, found.subscription_id)
    if row.state not in LIVE:
        _to_card(session, found, found.total_cents, reason=PAID_AFTER_END, by=by, now=now)
        # What the balance paid of it goes there again; days of another plan that it took back were settled at the end.
        _to_balance(session, found, found.balance_cents, reason=PAID_AFTER_END, by=by, now=now)


def _to_card(session: Session, invoice: Invoice, cents: int, *, reason: str, by: Actor, now: datetime) -> int:
    part = min(cents, refundable_cents(session, invoice.id))
    if part > 0:
        refund_invoice(session, invoice.id, amount_cents=part, reason=reason, by=by, now=now)
    return max(0, part)


def _to_balance(session: Session, invoice: Invoice, cents: int, *, reason: str, by: Actor, now: datetime) -> int:
    part = min(cents, creditable_cents(session, invoice.id))
    if part > 0:
        kind = CreditKind.CREDIT
        issue_credit_note(session, invoice.id, kind=kind, amount_cents=part, reason=reason, by=by, now=now)
    return max(0, part)
