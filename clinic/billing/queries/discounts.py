"""Discounts: what a period gets off its price, which codes exist, and hardship rates with what is asked of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from clinic.billing.errors import UnknownDiscount
from clinic.billing.models import (
    Discount,
    DiscountRedemption,
    HardshipRequest,
    Invoice,
    InvoiceLine,
    PlanPrice,
    Subscription,
)
from clinic.billing.rules.discounts import Rebate, counts
from clinic.billing.rules.periods import Period
from clinic.billing.rules.subscriptions import LIVE
from clinic.people.models import Patient

REASONS: Mapping[str, str] = MappingProxyType(
    {
        "income": "Low income",
        "job_lost": "Lost a job",
        "illness": "Illness in the family",
        "caring": "Cares for somebody",
        "other": "Another reason",
    }
)
"""Why a hardship rate is asked for, in words for staff; it never stands on an invoice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscountSeen:
    """The discount that a membership has; `rebate` says what it gives and for how many periods."""

    redemption_id: UUID
    discount_id: UUID
    name: str
    code: str | None
    rebate: Rebate
    periods_used: int
    starts_on: date
    review_on: date | None

    @property
    def is_hardship(self) -> bool:
        """Tell whether it is a hardship rate."""
        return self.code is None


def discount(session: Session, discount_id: UUID) -> Discount:
    """Return a discount, or raise UnknownDiscount."""
    found = session.get(Discount, discount_id)
    if found is None:
        raise UnknownDiscount("There is no such discount. Open the list of discounts again.")
    return found


def rebate_of(row: Discount) -> Rebate:
    """Return what a discount gives."""
    return Rebate(basis_points=row.basis_points, amount_cents=row.amount_cents, periods=row.periods)


def rebate_for(session: Session, subscription_id: UUID, *, period: Period) -> tuple[Rebate, UUID] | None:
    """Return what a period gets off its price, with the id of the redemption.

    A period with an invoice keeps what that one gave, so that a change in its midst is at the same discount; another
    gets the discount that the membership had when it began.
    """
    invoiced = session.scalars(_invoices(subscription_id, period)).all()
    if invoiced:
        carried = select(InvoiceLine.redemption_id).where(
            InvoiceLine.invoice_id.in_(invoiced), InvoiceLine.redemption_id.is_not(None)
        )
        wanted = _given().where(DiscountRedemption.id.in_(carried))
    else:
        wanted = _given().where(
            DiscountRedemption.subscription_id == subscription_id,
            DiscountRedemption.ended_at.is_(None),
            DiscountRedemption.starts_on <= period.start_on,
        )
    row = session.execute(wanted.limit(1)).first()
    if row is None:
        return None
    given, given_of = row
    rebate = rebate_of(given_of)
    is_running = bool(invoiced) or counts(rebate, periods_used=given.periods_used)
    return (rebate, given.id) if is_running else None


def discount_of(session: Session, subscription_id: UUID) -> DiscountSeen | None:
    """Return the discount that a membership has now."""
    wanted = _given().where(
        DiscountRedemption.subscription_id == subscription_id, DiscountRedemption.ended_at.is_(None)
    )
    row = session.execute(wanted).first()
    return _seen(*row) if row else None


def codes(session: Session) -> list[tuple[Discount, int]]:
    """Return every discount with a code and how many memberships got it, those that can be given first."""
    given = select(DiscountRedemption.discount_id, func.count().label("given")).group_by(DiscountRedemption.discount_id)
    counted = given.subquery()
    wanted = (
        select(Discount, func.coalesce(counted.c.given, 0))
        .outerjoin(counted, counted.c.discount_id == Discount.id)
        .where(Discount.code.is_not(None))
        .order_by(Discount.valid_until_on.desc().nulls_first(), Discount.code)
    )
    return [(row, given_times) for row, given_times in session.execute(wanted)]


def uses_of(session: Session, discount_id: UUID) -> int:
    """Return how many memberships have a discount or paid with it; one taken back unused counts no more."""
    wanted = select(func.count()).where(
        DiscountRedemption.discount_id == discount_id,
        or_(DiscountRedemption.ended_at.is_(None), DiscountRedemption.first_paid_at.is_not(None)),
    )
    return session.scalar(wanted) or 0


def highest_price(session: Session, *, on: date) -> int:
    """Return the highest price in cents that anything is sold at on a day."""
    until = PlanPrice.valid_until_on
    wanted = select(func.max(PlanPrice.amount_cents)).where(or_(until.is_(None), until >= on))
    return session.scalar(wanted) or 0


def hardship_request(session: Session, request_id: UUID) -> HardshipRequest:
    """Return a request for a hardship rate, or raise UnknownDiscount."""
    found = session.get(HardshipRequest, request_id)
    if found is None:
        raise UnknownDiscount("There is no such request. Open the list of hardship rates again.")
    return found


def hardship_of(session: Session, subscription_id: UUID) -> HardshipRequest | None:
    """Return the request for a hardship rate that waits, else the one that was decided last, else None."""
    wanted = select(HardshipRequest).where(HardshipRequest.subscription_id == subscription_id)
    return session.scalar(wanted.order_by(HardshipRequest.decided_at.desc().nulls_first()).limit(1))


def open_requests(session: Session) -> list[tuple[HardshipRequest, Patient]]:
    """Return the requests that wait for an administrator with the patient of each, the oldest first."""
    wanted = (
        select(HardshipRequest, Patient)
        .join(Subscription, Subscription.id == HardshipRequest.subscription_id)
        .join(Patient, Patient.id == Subscription.patient_id)
        .where(HardshipRequest.state == "open")
        .order_by(HardshipRequest.created_at)
    )
    return [(row, patient) for row, patient in session.execute(wanted)]


def hardship_rates(session: Session) -> list[tuple[DiscountSeen, Patient]]:
    """Return the hardship rates of living memberships with the patient of each, the first to be reviewed first."""
    wanted = (
        _given()
        .add_columns(Patient)
        .join(Subscription, Subscription.id == DiscountRedemption.subscription_id)
        .join(Patient, Patient.id == Subscription.patient_id)
        .where(
            Discount.hardship_reason.is_not(None),
            DiscountRedemption.ended_at.is_(None),
            Subscription.state.in_(sorted(LIVE)),
        )
        .order_by(Discount.review_on, DiscountRedemption.id)
    )
    return [(_seen(given, given_of), patient) for given, given_of, patient in session.execute(wanted)]


def hardship_rate(session: Session, redemption_id: UUID) -> tuple[DiscountSeen, Patient]:
    """Return one hardship rate that runs with its patient, or raise UnknownDiscount."""
    for seen, patient in hardship_rates(session):
        if seen.redemption_id == redemption_id:
            return seen, patient
    raise UnknownDiscount("There is no such hardship rate. Open the list of hardship rates again.")


def _given() -> Select[DiscountRedemption, Discount]:
    return select(DiscountRedemption, Discount).join(Discount, Discount.id == DiscountRedemption.discount_id)


def _invoices(subscription_id: UUID, period: Period) -> Select[UUID]:
    return select(Invoice.id).where(
        Invoice.subscription_id == subscription_id,
        Invoice.period_start_on == period.start_on,
        Invoice.kind != "change",
        Invoice.state != "void",
    )


def _seen(given: DiscountRedemption, given_of: Discount) -> DiscountSeen:
    return DiscountSeen(
        redemption_id=given.id,
        discount_id=given_of.id,
        name=given_of.name,
        code=given_of.code,
        rebate=rebate_of(given_of),
        periods_used=given.periods_used,
        starts_on=given.starts_on,
        review_on=given_of.review_on,
    )
