"""Tables of physicians who are out: the absence, the visits that must go elsewhere, and who did what about each."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from clinic.kernel.db import Base, Edited, ExternalId, InternalId

_ROW_STATES = "'proposed', 'without', 'held', 'approved', 'moved', 'gone'"
_STEPS = "'found', 'approved', 'moved', 'refused', 'held', 'taken_up', 'undone', 'gone'"


class Replacement(Edited, Base):
    """One stretch in which a physician is out, half-open in UTC; its version rises with every new set of proposals.

    `override_id` is the closing of the hours that was made in the same press, if any.
    """

    __tablename__ = "replacement"
    __table_args__ = (
        CheckConstraint("state in ('open', 'closed')", name="state"),
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        Index("ix_replacement_open", "physician_id", postgresql_where=text("state = 'open'")),
        Index("ix_replacement_created", "created_at"),
    )

    id: Mapped[ExternalId]
    physician_id: Mapped[UUID] = mapped_column(ForeignKey("physician.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    state: Mapped[str]
    override_id: Mapped[UUID | None] = mapped_column(ForeignKey("availability_override.id"))
    started_by_id: Mapped[UUID | None]
    started_by_name: Mapped[str]


class ReplacementVisit(Edited, Base):
    """One visit of an absence: where it was when it was found, where it is proposed to go, and how that stands.

    `tier` is how much of the old appointment stays (0 the same time, 1 the same day, 2 another day), `lacking` is what
    keeps it from every place. `said` is what happened last in a sentence. `approved_*` is in whose name it is moved.
    """

    __tablename__ = "replacement_visit"
    __table_args__ = (
        UniqueConstraint("replacement_id", "appointment_id"),
        CheckConstraint(f"state in ({_ROW_STATES})", name="state"),
        CheckConstraint("(to_physician_id is null) = (to_starts_at is null)", name="whole_place"),
        CheckConstraint("state not in ('proposed', 'approved', 'moved') or to_starts_at is not null", name="has_place"),
        CheckConstraint("state <> 'without' or lacking is not null", name="says_why"),
        CheckConstraint("state <> 'approved' or approved_by_name is not null", name="has_approver"),
        CheckConstraint("tier between 0 and 2", name="tier"),
        Index("ix_replacement_visit_appointment", "appointment_id"),
        Index("ix_replacement_visit_approved", "replacement_id", postgresql_where=text("state = 'approved'")),
    )

    id: Mapped[ExternalId]
    replacement_id: Mapped[UUID] = mapped_column(ForeignKey("replacement.id"))
    appointment_id: Mapped[UUID] = mapped_column(ForeignKey("appointment.id"))
    from_starts_at: Mapped[datetime]
    state: Mapped[str]
    to_physician_id: Mapped[UUID | None] = mapped_column(ForeignKey("physician.id"))
    to_starts_at: Mapped[datetime | None]
    tier: Mapped[int | None] = mapped_column(SmallInteger)
    lacking: Mapped[str | None]
    said: Mapped[str] = mapped_column(default="")
    approved_by_id: Mapped[UUID | None]
    approved_by_name: Mapped[str | None]
    moved_at: Mapped[datetime | None]


class ReplacementStep(Base):
    """Append-only: what was done about a visit of an absence, by whom, and to where."""

    __tablename__ = "replacement_step"
    __table_args__ = (
        CheckConstraint(f"step in ({_STEPS})", name="step"),
        Index("ix_replacement_step_replacement", "replacement_id", "id"),
    )

    id: Mapped[InternalId]
    replacement_id: Mapped[UUID] = mapped_column(ForeignKey("replacement.id"))
    appointment_id: Mapped[UUID] = mapped_column(ForeignKey("appointment.id"))
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str]
    step: Mapped[str]
    physician_id: Mapped[UUID | None] = mapped_column(ForeignKey("physician.id"))
    starts_at: Mapped[datetime | None]
    sequence: Mapped[int | None] = mapped_column(Integer)
    said: Mapped[str] = mapped_column(default="")
