"""Invoices that no card has paid: who owes what, why, and whose turn it is, the longest waiting first."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, ScalarSelect, Select, func, select
from sqlalchemy.orm import Session

from clinic.billing.models import CreditNote, Invoice, Payment, PaymentMethod, Subscription
from clinic.billing.rules.payments import PaymentState
from clinic.billing.rules.subscriptions import SubscriptionState
from clinic.people.models import Patient


class Turn(StrEnum):
    """Whose turn it is about an invoice; the clinic acts in the first two."""

    SUSPENDED = "suspended"
    CARD = "card"
    BANK = "bank"
    AGAIN = "again"
    LOOKING = "looking"


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """One open invoice in cents with its last attempt, None without one; `since` is when the first attempt began."""

    invoice_id: UUID
    number: int
    patient_id: UUID
    patient_name: str
    open_cents: int
    due_on: date
    since: datetime
    subscription_state: SubscriptionState
    payment_state: PaymentState | None
    decline_code: str | None
    attempts: int
    next_attempt_on: date | None
    card: tuple[str, str] | None

    @property
    def turn(self) -> Turn:
        """Return whose turn it is: a person's, the patient's with a card or at the bank, or the next attempt's."""
        if self.subscription_state is SubscriptionState.SUSPENDED:
            return Turn.SUSPENDED
        under_way = _OF_PAYMENT.get(self.payment_state) if self.payment_state else None
        return under_way or (Turn.AGAIN if self.card and self.next_attempt_on else Turn.CARD)


_OF_PAYMENT: Mapping[PaymentState, Turn] = MappingProxyType(
    {
        PaymentState.PENDING: Turn.LOOKING,
        PaymentState.PROCESSING: Turn.LOOKING,
        PaymentState.REQUIRES_ACTION: Turn.BANK,
    }
)
_STUCK = sorted((PaymentState.FAILED, PaymentState.CANCELED, PaymentState.REQUIRES_ACTION))
_OF_INVOICE: ColumnElement[bool] = Payment.invoice_id == Invoice.id
_CARD_IN_USE: ColumnElement[bool] = (PaymentMethod.patient_id == Invoice.patient_id) & PaymentMethod.detached_at.is_(
    None
)
_NEEDS_SOMEBODY: ColumnElement[bool] = (Invoice.state == "open") & (
    select(Payment.id).where(_OF_INVOICE, Payment.state.in_(_STUCK)).correlate(Invoice).exists()
    | ~select(PaymentMethod.id).where(_CARD_IN_USE).correlate(Invoice).exists()
)
"""An attempt failed or waits for the patient, or there is no card to ask."""


def failed_payments(session: Session) -> list[Owed]:
    """Return every open invoice that needs somebody, in one statement."""
    return [_owed(found) for found in session.execute(_wanted())]


def count_failed() -> ScalarSelect[int]:
    """Return the statement that counts them."""
    return select(func.count()).select_from(Invoice).where(_NEEDS_SOMEBODY).scalar_subquery()


def _wanted() -> Select[*tuple[Any, ...]]:
    latest = select(func.max(Payment.attempt)).where(_OF_INVOICE).correlate(Invoice).scalar_subquery()
    begun = select(func.min(Payment.created_at)).where(_OF_INVOICE).correlate(Invoice).scalar_subquery()
    name: ColumnElement[str] = Patient.legal_last_name + ", " + Patient.legal_first_name
    since = func.coalesce(begun, Invoice.finalized_at).label("since")
    return (
        select(Invoice, Payment, PaymentMethod, Subscription.state, name.label("name"), _let_off(), since)
        .join(Subscription, Subscription.id == Invoice.subscription_id)
        .join(Patient, Patient.id == Invoice.patient_id)
        .outerjoin(Payment, _OF_INVOICE & (Payment.attempt == latest))
        .outerjoin(PaymentMethod, _CARD_IN_USE)
        .where(_NEEDS_SOMEBODY)
        .order_by(since, name, Invoice.number)
    )


def _let_off() -> ColumnElement[int]:
    """Return the cents of an invoice that are not asked for any more."""
    taken = select(func.coalesce(func.sum(CreditNote.total_cents), 0))
    return taken.where(CreditNote.invoice_id == Invoice.id, CreditNote.kind == "offset").scalar_subquery().label("off")


def _owed(found: Row[*tuple[Any, ...]]) -> Owed:
    invoice, last, card = found.Invoice, found.Payment, found.PaymentMethod
    return Owed(
        invoice_id=invoice.id,
        number=invoice.number,
        patient_id=invoice.patient_id,
        patient_name=found.name,
        open_cents=invoice.total_cents - found.off,
        due_on=invoice.due_on,
        since=found.since,
        subscription_state=SubscriptionState(found.state),
        payment_state=PaymentState(last.state) if last else None,
        decline_code=last.decline_code if last else None,
        attempts=last.attempt if last else 0,
        next_attempt_on=invoice.next_attempt_on,
        card=(card.brand, card.last4) if card else None,
    )
