"""Tables of subscriptions: where each stands, what its periods count from, and what of its period is used."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, LargeBinary, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from clinic.kernel.db import Base, Edited, ExternalId
from clinic.kernel.sealed import EncryptedText

STATES = "'pending', 'incomplete', 'active', 'past_due', 'paused', 'medical_hold', 'suspended', 'canceled', 'expired'"
LIVE = "'pending', 'incomplete', 'active', 'past_due', 'paused', 'medical_hold', 'suspended'"
IN_PERIOD = "'active', 'past_due', 'medical_hold'"


class Subscription(Edited, Base):
    """One patient's membership; a patient has at most one that lives.

    Days are days in `zone`, which never changes. `[period_start_on, period_end_on)` is the period that runs, none
    before the first payment. A medical hold keeps `frozen_days`, the days that were left of it; `held_from` is the
    state that it goes back to. `resume_on` ends a patient's own pause.
    """

    __tablename__ = "subscription"
    __table_args__ = (
        CheckConstraint(f"state in ({STATES})", name="state"),
        CheckConstraint("period_end_on > period_start_on", name="period"),
        CheckConstraint("(period_start_on is null) = (period_end_on is null)", name="whole_period"),
        CheckConstraint(f"state not in ({IN_PERIOD}) or period_start_on is not null", name="has_period"),
        CheckConstraint("(state = 'medical_hold') = (frozen_days is not null)", name="frozen_days"),
        CheckConstraint("(state = 'medical_hold') = (hold_started_on is not null)", name="hold_started_on"),
        CheckConstraint("(state = 'medical_hold') = (held_from is not null)", name="held_from"),
        CheckConstraint("frozen_days >= 0", name="frozen_days_left"),
        CheckConstraint("state not in ('past_due', 'suspended') or past_due_since is not null", name="past_due_since"),
        CheckConstraint("not (is_ending and is_pausing)", name="ends_before_it_pauses"),
        CheckConstraint(f"(state in ({LIVE})) = (ended_at is null)", name="ended_at"),
        CheckConstraint("state = 'pending' or state = 'expired' or approved_at is not null", name="approved"),
        Index("uq_subscription_live", "patient_id", unique=True, postgresql_where=text(f"state in ({LIVE})")),
        Index("ix_subscription_patient", "patient_id"),
        Index("ix_subscription_renewing", "period_end_on", postgresql_where=text("state = 'active'")),
    )

    id: Mapped[ExternalId]
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id"))
    price_id: Mapped[UUID] = mapped_column(ForeignKey("plan_price.id"))
    next_price_id: Mapped[UUID | None] = mapped_column(ForeignKey("plan_price.id"))
    method_id: Mapped[UUID | None] = mapped_column(ForeignKey("payment_method.id"))
    state: Mapped[str]
    state_since: Mapped[datetime]
    held_from: Mapped[str | None]
    zone: Mapped[str]
    period_start_on: Mapped[date | None]
    period_end_on: Mapped[date | None]
    is_ending: Mapped[bool] = mapped_column(default=False)
    is_pausing: Mapped[bool] = mapped_column(default=False)
    resume_on: Mapped[date | None]
    hold_started_on: Mapped[date | None]
    frozen_days: Mapped[int | None] = mapped_column(SmallInteger)
    past_due_since: Mapped[datetime | None]
    approved_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("physician.id"))
    approved_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class SubscriptionAnchor(Base):
    """Append-only: from `counts_from_on` on, period n of the segment is `anchor_on` plus n months, clamped.

    A hold's remainder is a segment of its own with `days`, since it is no month.
    """

    __tablename__ = "subscription_anchor"
    __table_args__ = (
        CheckConstraint("number >= 0", name="number"),
        CheckConstraint("days > 0", name="days"),
        UniqueConstraint("subscription_id", "number"),
    )

    id: Mapped[ExternalId]
    subscription_id: Mapped[UUID] = mapped_column(ForeignKey("subscription.id"))
    number: Mapped[int] = mapped_column(SmallInteger)
    anchor_on: Mapped[date]
    days: Mapped[int | None] = mapped_column(SmallInteger)
    at: Mapped[datetime]


class SubscriptionEvent(Base):
    """Append-only: each state that a subscription entered and each wish noted in it, why and by whom.

    `version` is the subscription's own from then on, so that it tells which of two came first.
    """

    __tablename__ = "subscription_event"
    __table_args__ = (
        CheckConstraint(f"to_state in ({STATES})", name="to_state"),
        UniqueConstraint("subscription_id", "version"),
    )

    id: Mapped[ExternalId]
    subscription_id: Mapped[UUID] = mapped_column(ForeignKey("subscription.id"))
    version: Mapped[int] = mapped_column(Integer)
    event: Mapped[str]
    from_state: Mapped[str | None]
    to_state: Mapped[str]
    reason_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    reason = EncryptedText("reason_sealed")
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str]


class RenewalConsent(Base):
    """Append-only: a patient's own, separate yes to automatic renewal: the words by their hash, when and from where."""

    __tablename__ = "renewal_consent"
    __table_args__ = (Index("ix_renewal_consent_subscription", "subscription_id"),)

    id: Mapped[ExternalId]
    subscription_id: Mapped[UUID] = mapped_column(ForeignKey("subscription.id"))
    wording: Mapped[str]
    wording_hash: Mapped[str]
    language: Mapped[str]
    at: Mapped[datetime]
    address_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    address = EncryptedText("address_sealed")
    actor_name: Mapped[str]
