"""Memberships of a physician's patients that wait for a decision: to approve, on hold, or to hand over."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, CompoundSelect, Row, ScalarSelect, func, select
from sqlalchemy.orm import Session

from clinic.billing.models import BillingPlan, PaymentMethod, PlanPrice, RenewalConsent, Subscription, SubscriptionEvent
from clinic.billing.rules.subscriptions import SubscriptionState, Wish
from clinic.people.models import Patient

_S = SubscriptionState
_SHOWN = sorted((_S.PENDING, _S.MEDICAL_HOLD, _S.SUSPENDED))


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One membership that waits; a pending one is ready once the patient agreed to renewals and left a card."""

    subscription_id: UUID
    patient_id: UUID
    patient_name: str
    plan_name: str
    state: SubscriptionState
    since: datetime
    past_due_since: datetime | None
    hold_started_on: date | None
    has_consent: bool
    has_card: bool
    is_handed_over: bool

    @property
    def is_ready(self) -> bool:
        """Tell whether a physician can approve it now."""
        return self.has_consent and self.has_card


def waiting_memberships(session: Session, panel: CompoundSelect[UUID]) -> list[Waiting]:
    """Return the memberships of these patients that wait for a physician, the longest waiting first."""
    name: ColumnElement[str] = Patient.legal_last_name + ", " + Patient.legal_first_name
    wanted = (
        select(
            Subscription,
            name.label("patient_name"),
            BillingPlan.name,
            _agreed().label("agreed"),
            _carded().label("carded"),
            _handed_over().label("handed_over"),
        )
        .join(Patient, Patient.id == Subscription.patient_id)
        .join(PlanPrice, PlanPrice.id == Subscription.price_id)
        .join(BillingPlan, BillingPlan.id == PlanPrice.plan_id)
        .where(Subscription.state.in_(_SHOWN), Subscription.patient_id.in_(panel))
        .order_by(Subscription.state_since, name, Subscription.id)
    )
    return [_waiting(found) for found in session.execute(wanted)]


def count_to_decide(panel: CompoundSelect[UUID]) -> ScalarSelect[int]:
    """Return the statement that counts those about which a physician does something now: to approve, to hand over."""
    is_ready = (Subscription.state == _S.PENDING) & _agreed() & _carded()
    is_waiting = (Subscription.state == _S.SUSPENDED) & ~_handed_over()
    return (
        select(func.count())
        .select_from(Subscription)
        .where(is_ready | is_waiting, Subscription.patient_id.in_(panel))
        .scalar_subquery()
    )


def _agreed() -> ColumnElement[bool]:
    return select(RenewalConsent.id).where(RenewalConsent.subscription_id == Subscription.id).exists()


def _handed_over() -> ColumnElement[bool]:
    said = SubscriptionEvent.subscription_id == Subscription.id, SubscriptionEvent.event == Wish.HANDED_OVER
    return select(SubscriptionEvent.id).where(*said, SubscriptionEvent.at >= Subscription.state_since).exists()


def _carded() -> ColumnElement[bool]:
    in_use = (PaymentMethod.patient_id == Subscription.patient_id) & PaymentMethod.detached_at.is_(None)
    return select(PaymentMethod.id).where(in_use).exists()


def _waiting(found: Row[*tuple[Any, ...]]) -> Waiting:
    row = found.Subscription
    return Waiting(
        subscription_id=row.id,
        patient_id=row.patient_id,
        patient_name=found.patient_name,
        plan_name=found.name,
        state=SubscriptionState(row.state),
        since=row.state_since,
        past_due_since=row.past_due_since,
        hold_started_on=row.hold_started_on,
        has_consent=found.agreed,
        has_card=found.carded,
        is_handed_over=found.handed_over,
    )
