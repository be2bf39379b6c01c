"""Tables of what is sold: plans, versions of their prices, what a price entitles to, and announced changes of price."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from clinic.kernel.db import Base, Edited, ExternalId

KEYS = (
    "'sessions', 'shipments', 'units_on_hand', 'physician_visit_days', 'reply_business_days', 'group_sessions', "
    "'integration_sessions'"
)


class BillingPlan(Edited, Base):
    """A tier that patients can subscribe to, such as `starter`; its money stands in versions of its price.

    A plan that is meant for a month has another that follows it.
    """

    __tablename__ = "billing_plan"
    __table_args__ = (
        CheckConstraint("position >= 0", name="position"),
        CheckConstraint("followed_by_id <> id", name="followed_by"),
    )

    id: Mapped[ExternalId]
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    name_es: Mapped[str]
    meaning: Mapped[str]
    meaning_es: Mapped[str]
    position: Mapped[int] = mapped_column(SmallInteger)
    followed_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("billing_plan.id"))
    retired_at: Mapped[datetime | None]


class PlanPrice(Base):
    """One version of a plan's price for a month, in cents; a subscription stays with the version it was sold at.

    Only `valid_until_on` is ever written again, when the next version takes its place for new subscriptions.
    """

    __tablename__ = "plan_price"
    __table_args__ = (
        CheckConstraint("amount_cents > 0", name="amount_cents"),
        CheckConstraint("currency = 'USD'", name="currency"),
        CheckConstraint("number > 0", name="number"),
        CheckConstraint("valid_until_on is null or valid_until_on >= valid_from_on", name="valid"),
        UniqueConstraint("plan_id", "number"),
        Index("uq_plan_price_open", "plan_id", unique=True, postgresql_where=text("valid_until_on is null")),
    )

    id: Mapped[ExternalId]
    plan_id: Mapped[UUID] = mapped_column(ForeignKey("billing_plan.id"))
    number: Mapped[int] = mapped_column(SmallInteger)
    amount_cents: Mapped[int] = mapped_column(Integer)
    currency: Mapped[str] = mapped_column(default="USD")
    valid_from_on: Mapped[date]
    valid_until_on: Mapped[date | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str]


class PlanEntitlement(Base):
    """Append-only: one ceiling of one price in a period; `most` is null where there is none."""

    __tablename__ = "plan_entitlement"
    __table_args__ = (
        CheckConstraint(f"key in ({KEYS})", name="key"),
        CheckConstraint("most >= 0", name="most"),
        UniqueConstraint("price_id", "key"),
    )

    id: Mapped[ExternalId]
    price_id: Mapped[UUID] = mapped_column(ForeignKey("plan_price.id"))
    key: Mapped[str]
    most: Mapped[int | None] = mapped_column(SmallInteger)


class PriceChange(Edited, Base):
    """An announced move of living subscriptions from one price to another, at their first renewal from `effective_on`.

    It takes a subscription only when that one's notice arrived at least thirty days before.
    """

    __tablename__ = "price_change"
    __table_args__ = (
        CheckConstraint("from_price_id <> to_price_id", name="another_price"),
        Index("uq_price_change_open", "from_price_id", unique=True, postgresql_where=text("withdrawn_at is null")),
    )

    id: Mapped[ExternalId]
    from_price_id: Mapped[UUID] = mapped_column(ForeignKey("plan_price.id"))
    to_price_id: Mapped[UUID] = mapped_column(ForeignKey("plan_price.id"))
    effective_on: Mapped[date]
    announced_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]


class PriceNotice(Base):
    """That one subscription was told of a change of price, and when that arrived; `told_by` where a person told it."""

    __tablename__ = "price_notice"
    __table_args__ = (UniqueConstraint("change_id", "subscription_id"),)

    id: Mapped[ExternalId]
    change_id: Mapped[UUID] = mapped_column(ForeignKey("price_change.id"))
    subscription_id: Mapped[UUID] = mapped_column(ForeignKey("subscription.id"))
    planned_at: Mapped[datetime]
    arrived_at: Mapped[datetime | None]
    told_by: Mapped[str | None]
