"""Tables of the waiting list: entries with their history, times that came free, and offers of them."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, SmallInteger, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from clinic.kernel.db import Base, Edited, ExternalId, InternalId


class WaitlistEntry(Edited, Base):
    """One wish for an earlier or a first time; `created_at` is since when somebody waits.

    With `appointment_id` that visit is to become earlier, without it a first visit of the kind is wanted. Days are
    inclusive, hours in minutes of the patient's day, `weekdays` a list with 0 = Monday, empty = any.
    """

    __tablename__ = "waitlist_entry"
    __table_args__ = (
        CheckConstraint("state in ('waiting', 'booked', 'left', 'over')", name="state"),
        CheckConstraint("(state = 'waiting') = (ended_at is null)", name="ended"),
        CheckConstraint("latest_on >= earliest_on", name="days_in_order"),
        CheckConstraint("from_minute >= 0 and until_minute > from_minute and until_minute <= 1440", name="hours"),
        CheckConstraint("notice_hours between 0 and 336", name="notice_hours"),
        Index("uq_waitlist_entry_visit", "appointment_id", unique=True, postgresql_where=text("state = 'waiting'")),
        Index(
            "uq_waitlist_entry_first",
            "patient_id",
            "visit_type_code",
            unique=True,
            postgresql_where=text("state = 'waiting' and appointment_id is null"),
        ),
        Index("ix_waitlist_entry_patient", "patient_id"),
        Index("ix_waitlist_entry_waiting", "latest_on", postgresql_where=text("state = 'waiting'")),
    )

    id: Mapped[ExternalId]
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id"))
    visit_type_code: Mapped[str] = mapped_column(ForeignKey("visit_type.code"))
    appointment_id: Mapped[UUID | None] = mapped_column(ForeignKey("appointment.id"))
    earliest_on: Mapped[date]
    latest_on: Mapped[date]
    weekdays: Mapped[list[int]] = mapped_column(JSONB)
    from_minute: Mapped[int] = mapped_column(SmallInteger, default=0)
    until_minute: Mapped[int] = mapped_column(SmallInteger, default=1440)
    notice_hours: Mapped[int] = mapped_column(SmallInteger, default=0)
    physician_id: Mapped[UUID | None] = mapped_column(ForeignKey("physician.id"))
    state: Mapped[str] = mapped_column(default="waiting")
    ended_at: Mapped[datetime | None]
    booked_id: Mapped[UUID | None] = mapped_column(ForeignKey("appointment.id"))


class WaitlistChange(Base):
    """Append-only: everything that happened to an entry, and the time that it was about."""

    __tablename__ = "waitlist_change"
    __table_args__ = (Index("ix_waitlist_change_entry", "entry_id", "id"),)

    id: Mapped[InternalId]
    entry_id: Mapped[UUID] = mapped_column(ForeignKey("waitlist_entry.id"))
    at: Mapped[datetime]
    actor_kind: Mapped[str]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str]
    happening: Mapped[str]
    starts_at: Mapped[datetime | None]
    physician_id: Mapped[UUID | None]
    reason: Mapped[str | None]


class Opening(Base):
    """A stretch of a physician's time that came free, half-open; looked at again from `due_at` on, never when null.

    It says nothing about whether the time is free still: each look asks the calendar.
    """

    __tablename__ = "opening"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        UniqueConstraint("physician_id", "starts_at", "ends_at"),
        Index("ix_opening_due", "due_at", postgresql_where=text("due_at is not null")),
    )

    id: Mapped[ExternalId]
    physician_id: Mapped[UUID] = mapped_column(ForeignKey("physician.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    created_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    looks: Mapped[int] = mapped_column(Integer, default=0)


class SlotOffer(Edited, Base):
    """A time offered to one who waits; `hold_id` is the held appointment that keeps it, `sentence` why this one."""

    __tablename__ = "slot_offer"
    __table_args__ = (
        CheckConstraint("state in ('open', 'accepted', 'declined', 'expired', 'unheard', 'withdrawn')", name="state"),
        CheckConstraint("channel in ('text', 'call')", name="channel"),
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        Index("uq_slot_offer_open", "entry_id", unique=True, postgresql_where=text("state = 'open'")),
        Index("ix_slot_offer_entry", "entry_id"),
        Index("ix_slot_offer_opening", "opening_id"),
        Index("ix_slot_offer_expiring", "expires_at", postgresql_where=text("state = 'open'")),
    )

    id: Mapped[ExternalId]
    entry_id: Mapped[UUID] = mapped_column(ForeignKey("waitlist_entry.id"))
    opening_id: Mapped[UUID] = mapped_column(ForeignKey("opening.id"))
    hold_id: Mapped[UUID] = mapped_column(ForeignKey("appointment.id"), unique=True)
    physician_id: Mapped[UUID] = mapped_column(ForeignKey("physician.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    channel: Mapped[str]
    state: Mapped[str] = mapped_column(default="open")
    expires_at: Mapped[datetime]
    sentence: Mapped[str]
