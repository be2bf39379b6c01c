"""Tables of discounts: codes, hardship rates asked for and given, and where each discount was used."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from clinic.kernel.db import Base, Edited, ExternalId

HARDSHIP_REASONS = "'income', 'job_lost', 'illness', 'caring', 'other'"


class Discount(Edited, Base):
    """Something off the membership line: a share in basis points or whole cents; a hardship rate has no code."""

    __tablename__ = "discount"
    __table_args__ = (
        CheckConstraint("(basis_points is null) <> (amount_cents is null)", name="one_kind"),
        CheckConstraint("basis_points between 1 and 10000", name="basis_points"),
        CheckConstraint("amount_cents > 0", name="amount_cents"),
        CheckConstraint("periods > 0", name="periods"),
        CheckConstraint("most_redemptions > 0", name="most_redemptions"),
        CheckConstraint("valid_until_on is null or valid_until_on >= valid_from_on", name="valid"),
        CheckConstraint(f"hardship_reason in ({HARDSHIP_REASONS})", name="hardship_reason"),
        CheckConstraint("(code is null) = (hardship_reason is not null)", name="code"),
        CheckConstraint("(hardship_reason is null) = (review_on is null)", name="review_on"),
        CheckConstraint("hardship_reason is null or basis_points in (2500, 5000, 7500, 10000)", name="hardship_rate"),
    )

    id: Mapped[ExternalId]
    code: Mapped[str | None] = mapped_column(unique=True)
    name: Mapped[str]
    basis_points: Mapped[int | None] = mapped_column(SmallInteger)
    amount_cents: Mapped[int | None] = mapped_column(Integer)
    periods: Mapped[int | None] = mapped_column(SmallInteger)
    most_redemptions: Mapped[int | None] = mapped_column(Integer)
    valid_from_on: Mapped[date]
    valid_until_on: Mapped[date | None]
    hardship_reason: Mapped[str | None]
    review_on: Mapped[date | None]
    approved_by: Mapped[str]


class DiscountRedemption(Edited, Base):
    """A discount that one subscription has; it counts as used from the first paid invoice that carries it."""

    __tablename__ = "discount_redemption"
    __table_args__ = (
        CheckConstraint("periods_used >= 0", name="periods_used"),
        Index(
            "uq_discount_redemption_live",
            "subscription_id",
            unique=True,
            postgresql_where=text("ended_at is null"),
        ),
        Index("ix_discount_redemption_discount", "discount_id"),
    )

    id: Mapped[ExternalId]
    discount_id: Mapped[UUID] = mapped_column(ForeignKey("discount.id"))
    subscription_id: Mapped[UUID] = mapped_column(ForeignKey("subscription.id"))
    starts_on: Mapped[date]
    periods_used: Mapped[int] = mapped_column(SmallInteger, default=0)
    first_paid_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class HardshipRequest(Edited, Base):
    """A coordinator's wish for a hardship rate, until an administrator approves or declines it."""

    __tablename__ = "hardship_request"
    __table_args__ = (
        CheckConstraint("state in ('open', 'approved', 'declined', 'withdrawn')", name="state"),
        CheckConstraint(f"reason in ({HARDSHIP_REASONS})", name="reason"),
        CheckConstraint("basis_points in (2500, 5000, 7500, 10000)", name="basis_points"),
        CheckConstraint("(state = 'open') = (decided_at is null)", name="decided_at"),
        CheckConstraint("(state = 'approved') = (discount_id is not null)", name="discount_id"),
        Index("uq_hardship_request_open", "subscription_id", unique=True, postgresql_where=text("state = 'open'")),
    )

    id: Mapped[ExternalId]
    subscription_id: Mapped[UUID] = mapped_column(ForeignKey("subscription.id"))
    state: Mapped[str]
    reason: Mapped[str]
    basis_points: Mapped[int] = mapped_column(SmallInteger)
    asked_by_id: Mapped[UUID | None]
    asked_by: Mapped[str]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None]
    discount_id: Mapped[UUID | None] = mapped_column(ForeignKey("discount.id"))
