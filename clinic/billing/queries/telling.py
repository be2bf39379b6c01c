"""Whom the worker is to tell next: of a change of price, of a pause or a card that ends, and whose rate is reviewed."""

from datetime import date, datetime, timedelta
from functools import cache
from uuid import UUID

from sqlalchemy import Integer, Select, bindparam, exists, func, select
from sqlalchemy.orm import Session

from clinic.billing.models import (
    Discount,
    DiscountRedemption,
    HardshipRequest,
    PaymentMethod,
    PriceChange,
    PriceNotice,
    Subscription,
)
from clinic.billing.queries.prices import affected_by
from clinic.billing.rules.subscriptions import CHARGED, LIVE, SubscriptionState
from clinic.kernel.statements import among_these
from clinic.messaging.models import Message
from clinic.messaging.rules.kinds import MessageState


def untold_of_price(session: Session, *, most: int) -> list[tuple[UUID, UUID]]:
    """Return up to `most` pairs of an announced change and a membership that it reaches and that has no notice."""
    found: list[tuple[UUID, UUID]] = []
    for change in session.scalars(select(PriceChange).where(PriceChange.withdrawn_at.is_(None))):
        told = exists().where(PriceNotice.change_id == change.id, PriceNotice.subscription_id == Subscription.id)
        wanted = affected_by(change.from_price_id).where(~told).order_by(Subscription.id).limit(most - len(found))
        found += ((change.id, subscription_id) for subscription_id in session.scalars(wanted))
    return found


def arrived_notices(session: Session, *, most: int) -> list[tuple[UUID, datetime]]:
    """Return up to `most` notices whose text is known to have arrived by now, with when it did."""
    wanted = (
        select(PriceNotice.id, func.min(Message.final_at))
        .join(Message, Message.subject_id == PriceNotice.id)
        .where(
            Message.subject_kind == "price_notice",
            Message.state == MessageState.DELIVERED,
            Message.final_at.is_not(None),
            PriceNotice.arrived_at.is_(None),
        )
        .group_by(PriceNotice.id)
    )
    rows = session.execute(wanted.limit(most))
    return [(notice_id, arrived_at) for notice_id, arrived_at in rows if arrived_at is not None]


def resuming(session: Session, *, on: date, within: timedelta) -> list[UUID]:
    """Return paused memberships that go on within so long and whose patient has not been told of that day."""
    return list(session.scalars(_resuming(), {"on": on, "until": on + within}))


@cache
def _resuming() -> Select[UUID]:
    day = func.to_char(Subscription.resume_on, "YYYY-MM-DD")
    told = exists().where(
        Message.subject_kind == "subscription",
        Message.subject_id == Subscription.id,
        Message.template_key == "PAY_RESUMES",
        Message.dedupe_key.endswith(day),
    )
    wanted = select(Subscription.id).where(
        Subscription.state == SubscriptionState.PAUSED,
        Subscription.resume_on >= bindparam("on"),
        Subscription.resume_on <= bindparam("until"),
        ~told,
    )
    return wanted.order_by(Subscription.resume_on, Subscription.id)


def ending_cards(session: Session, *, on: date, most: int) -> list[UUID]:
    """Return up to `most` cards in use that end with this month and whose owner has not been told."""
    return list(session.scalars(_ending_cards(), {"year": on.year, "month": on.month, "most": most}))


@cache
def _ending_cards() -> Select[UUID]:
    told = exists().where(
        Message.subject_kind == "card",
        Message.subject_id == PaymentMethod.id,
        Message.template_key == "PAY_CARD_ENDS",
    )
    charged = exists().where(
        Subscription.patient_id == PaymentMethod.patient_id,
        among_these(Subscription.state, sorted(CHARGED)),
        Subscription.is_ending.is_(False),
    )
    wanted = select(PaymentMethod.id).where(
        PaymentMethod.detached_at.is_(None),
        PaymentMethod.expires_year == bindparam("year"),
        PaymentMethod.expires_month == bindparam("month"),
        charged,
        ~told,
    )
    return wanted.order_by(PaymentMethod.id).limit(bindparam("most", type_=Integer))


def rates_to_review(session: Session, *, before: date) -> list[UUID]:
    """Return hardship rates that living memberships have and whose review is due before a day."""
    return list(session.scalars(_rates().where(Discount.review_on <= before, Subscription.state.in_(sorted(LIVE)))))


def rates_of_ended(session: Session) -> list[UUID]:
    """Return hardship rates that are still given to memberships that are over."""
    return list(session.scalars(_rates().where(Subscription.state.not_in(sorted(LIVE)))))


def requests_of_ended(session: Session) -> list[UUID]:
    """Return requests for a hardship rate that wait although the membership is over."""
    wanted = select(HardshipRequest.id).join(Subscription, Subscription.id == HardshipRequest.subscription_id)
    return list(session.scalars(wanted.where(HardshipRequest.state == "open", Subscription.state.not_in(sorted(LIVE)))))


def _rates() -> Select[UUID]:
    return (
        select(DiscountRedemption.id)
        .join(Discount, Discount.id == DiscountRedemption.discount_id)
        .join(Subscription, Subscription.id == DiscountRedemption.subscription_id)
        .where(Discount.hardship_reason.is_not(None), DiscountRedemption.ended_at.is_(None))
        .order_by(Discount.review_on, DiscountRedemption.id)
    )
