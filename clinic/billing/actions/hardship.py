"""Hardship rates: a coordinator asks, an administrator approves, and somebody looks again within half a year."""

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.billing.actions.discounts import note_given, require_living, start, take_discount_back
from clinic.billing.actions.locks import lock_subscription
from clinic.billing.errors import DiscountRefused, UnknownDiscount, WrongState
from clinic.billing.models import Discount, DiscountRedemption, HardshipRequest, Subscription
from clinic.billing.queries.discounts import REASONS, discount, discount_of, hardship_request
from clinic.billing.rules.discounts import HARDSHIP_RATES, require_review
from clinic.billing.rules.periods import today_in
from clinic.kernel.actor import Actor, ActorKind, Role
from clinic.kernel.errors import Forbidden
from clinic.kernel.ids import new_id
from clinic.kernel.localtime import months_after
from clinic.kernel.transaction import refusing
from clinic.people.models import Patient
from clinic.worklist import actions as worklist
from clinic.worklist.rules import WorkKind

REVIEW_MONTHS = 6
LOOK_BEFORE = timedelta(days=14)
"""So long before its day a review stands on an administrator's list."""

NAME = "Reduced rate"
"""What stands on the invoice: nothing of the reason."""


def ask_hardship(
    session: Session, subscription_id: UUID, *, reason: str, basis_points: int, by: Actor, now: datetime
) -> HardshipRequest:
    """Ask an administrator for a hardship rate; raises UnknownSubscription, WrongState and DiscountRefused at a box."""
    subscription, patient = lock_subscription(session, subscription_id)
    require_living(subscription)
    if reason not in REASONS:
        raise DiscountRefused("Choose the reason.", field="reason")
    if basis_points not in HARDSHIP_RATES:
        raise DiscountRefused("Choose 25, 50, 75 or 100 percent.", field="basis_points")
    held = discount_of(session, subscription_id)
    if held is not None and held.is_hardship:
        raise DiscountRefused("This membership has a hardship rate already. An administrator can end it first.")
    row = HardshipRequest(
        id=new_id(),
        subscription_id=subscription_id,
        state="open",
        reason=reason,
        basis_points=basis_points,
        asked_by_id=by.id,
        asked_by=by.name,
        created_at=now,
    )
    waiting = DiscountRefused("A hardship rate is asked for already. An administrator decides about it.")
    with refusing(session, {"uq_hardship_request_open": waiting}):
        row.touch(by=by, now=now)
        session.add(row)
    note_given(session, row, "hardship.asked", patient_id=patient.id, now=now)
    _open_task(
        session,
        WorkKind.HARDSHIP_REQUEST,
        row.id,
        patient_id=patient.id,
        reason=f"{by.name} asks for {basis_points // 100} percent off.",
        by=by,
        now=now,
    )
    return row


def withdraw_hardship(session: Session, request_id: UUID, *, by: Actor, now: datetime) -> HardshipRequest:
    """Take a request back that nobody has decided about; raises UnknownDiscount and WrongState."""
    row, _, patient = _locked_request(session, request_id)
    _close(session, row, "withdrawn", by=by, now=now)
    note_given(session, row, "hardship.withdrawn", patient_id=patient.id, now=now)
    return row


def approve_hardship(
    session: Session, request_id: UUID, *, review_on: date, version: int, by: Actor, now: datetime
) -> DiscountRedemption:
    """Give the rate that was asked for, from the next month that is billed on, and end another discount.

    Raises UnknownDiscount, Forbidden for the one who asked, WrongState, ChangedMeanwhile, and DiscountRefused at
    `review_on`.
    """
    row, subscription, patient = _locked_request(session, request_id)
    row.require_version(version)
    require_other(row, by=by)
    require_living(subscription)
    today = today_in(subscription.zone, now)
    require_review(review_on, given_on=today, latest_on=months_after(today, REVIEW_MONTHS))
    held = discount_of(session, subscription.id)
    if held is not None:
        take_discount_back(session, held.redemption_id, by=by, now=now)
    rate = _rate(row, review_on=review_on, on=today, by=by, now=now)
    rate.touch(by=by, now=now)
    session.add(rate)
    session.flush()
    row.discount_id = rate.id
    _close(session, row, "approved", by=by, now=now)
    given = start(session, subscription, rate, on=today, by=by, now=now)
    note_given(session, row, "hardship.approved", patient_id=patient.id, now=now)
    return given


def decline_hardship(session: Session, request_id: UUID, *, version: int, by: Actor, now: datetime) -> HardshipRequest:
    """Decline what was asked for; the price stays. Raises UnknownDiscount, WrongState and ChangedMeanwhile."""
    row, _, patient = _locked_request(session, request_id)
    row.require_version(version)
    _close(session, row, "declined", by=by, now=now)
    note_given(session, row, "hardship.declined", patient_id=patient.id, now=now)
    return row


def extend_hardship(
    session: Session, redemption_id: UUID, *, review_on: date, by: Actor, now: datetime
) -> DiscountRedemption:
    """Let a hardship rate go on until another review; raises UnknownDiscount, and DiscountRefused at `review_on`."""
    given, subscription, patient = _locked_rate(session, redemption_id)
    today = today_in(subscription.zone, now)
    require_review(review_on, given_on=today, latest_on=months_after(today, REVIEW_MONTHS))
    rate = discount(session, given.discount_id)
    rate.review_on = review_on
    rate.touch(by=by, now=now)
    worklist.close_for(session, dedupe_key=f"{WorkKind.HARDSHIP_REVIEW}:{given.id}", by=by, now=now)
    note_given(session, given, "hardship.extended", patient_id=patient.id, now=now)
    return given


def end_hardship(session: Session, redemption_id: UUID, *, by: Actor, now: datetime) -> DiscountRedemption:
    """End a hardship rate after a review: the next month is at the full price. Raises UnknownDiscount."""
    given, _, _ = _locked_rate(session, redemption_id)
    return take_discount_back(session, given.id, by=by, now=now)


def open_review(session: Session, redemption_id: UUID, *, by: Actor, now: datetime) -> bool:
    """Put the review of a rate on an administrator's list once its time comes; tell whether it was due."""
    given, subscription, patient = _locked_rate(session, redemption_id)
    review_on = discount(session, given.discount_id).review_on
    if given.ended_at is not None or review_on is None:
        return False
    if today_in(subscription.zone, now) < review_on - LOOK_BEFORE:
        return False
    reason = f"It is to be looked at again by {review_on:%B} {review_on.day}. It goes on until you decide."
    _open_task(session, WorkKind.HARDSHIP_REVIEW, given.id, patient_id=patient.id, reason=reason, by=by, now=now)
    return True


def require_other(row: HardshipRequest, *, by: Actor) -> None:
    """Raise Forbidden unless an administrator other than the one who asked decides."""
    if by.kind is not ActorKind.STAFF or not by.has(Role.ADMIN):
        raise Forbidden("An administrator approves a hardship rate. Ask one.")
    if by.id == row.asked_by_id:
        raise Forbidden("You asked for this rate yourself. Another administrator approves it.")


def _rate(row: HardshipRequest, *, review_on: date, on: date, by: Actor, now: datetime) -> Discount:
    return Discount(
        id=new_id(),
        name=NAME,
        basis_points=row.basis_points,
        valid_from_on=on,
        hardship_reason=row.reason,
        review_on=review_on,
        approved_by=by.name,
        created_at=now,
    )


def _locked_request(session: Session, request_id: UUID) -> tuple[HardshipRequest, Subscription, Patient]:
    found = hardship_request(session, request_id)
    subscription, patient = lock_subscription(session, found.subscription_id)
    session.refresh(found, with_for_update=True)
    if found.state != "open":
        raise WrongState(f"This request was {found.state} already. Open the list again.")
    return found, subscription, patient


def _locked_rate(session: Session, redemption_id: UUID) -> tuple[DiscountRedemption, Subscription, Patient]:
    found = session.get(DiscountRedemption, redemption_id)
    if found is None or discount(session, found.discount_id).hardship_reason is None:
        raise UnknownDiscount("There is no such hardship rate. Open the list of hardship rates again.")
    subscription, patient = lock_subscription(session, found.subscription_id)
    session.refresh(found, with_for_update=True)
    return found, subscription, patient


def _close(session: Session, row: HardshipRequest, state: str, *, by: Actor, now: datetime) -> None:
    row.state, row.decided_at, row.decided_by = state, now, by.name
    row.touch(by=by, now=now)
    session.flush()
    worklist.close_for(session, dedupe_key=f"{WorkKind.HARDSHIP_REQUEST}:{row.id}", by=by, now=now)


def _open_task(
    session: Session, kind: WorkKind, about_id: UUID, *, patient_id: UUID, reason: str, by: Actor, now: datetime
) -> None:
    worklist.open_item(
        session,
        kind=kind,
        dedupe_key=f"{kind}:{about_id}",
        reason=reason,
        subject_kind="patient",
        subject_id=patient_id,
        patient_id=patient_id,
        now=now,
        by=by,
    )
