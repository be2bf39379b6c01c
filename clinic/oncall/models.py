"""Tables of on-call contacts, shifts, pages and the notices that a page sent."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from clinic.kernel.db import Base, Edited, ExternalId


class OnCallContact(Edited, Base):
    """Where one member of staff is paged by text, null once taken away; e-mail goes to the account's own address."""

    __tablename__ = "on_call_contact"

    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff_account.id"), primary_key=True)
    phone_id: Mapped[UUID | None] = mapped_column(ForeignKey("phone.id"))


class OnCallShift(Edited, Base):
    """From when to when somebody is on call, first in line or as the backup; `removed_at` ends it early."""

    __tablename__ = "on_call_shift"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        CheckConstraint("place in ('first', 'backup')", name="place"),
        Index("ix_on_call_shift_time", "starts_at", "ends_at", postgresql_where=text("removed_at is null")),
    )

    id: Mapped[ExternalId]
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff_account.id"))
    place: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class OnCallPage(Base):
    """One call for a person that goes on, step by step, until somebody acknowledges it.

    `kind` is what happened (danger_words, lane_paused, sending_stopped); `subject_id` is the received text where there
    is one. `next_step_at` is null once it was acknowledged.
    """

    __tablename__ = "on_call_page"
    __table_args__ = (
        CheckConstraint("(acknowledged_at is null) = (acknowledged_by is null)", name="acknowledged"),
        Index("ix_on_call_page_open", "next_step_at", postgresql_where=text("acknowledged_at is null")),
    )

    id: Mapped[ExternalId]
    dedupe_key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    subject_id: Mapped[UUID | None]
    patient_id: Mapped[UUID | None] = mapped_column(ForeignKey("patient.id"))
    opened_at: Mapped[datetime]
    step: Mapped[int] = mapped_column(SmallInteger, default=0)
    next_step_at: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_account.id"))


class OnCallNotice(Base):
    """Append-only: that a step of a page went to somebody, by which channel; the message tells what became of it."""

    __tablename__ = "on_call_notice"
    __table_args__ = (UniqueConstraint("page_id", "step", "staff_id", "channel"),)

    id: Mapped[ExternalId]
    page_id: Mapped[UUID] = mapped_column(ForeignKey("on_call_page.id"))
    step: Mapped[int] = mapped_column(Integer)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff_account.id"))
    channel: Mapped[str]
    message_id: Mapped[UUID | None] = mapped_column(ForeignKey("message.id"))
    at: Mapped[datetime]
