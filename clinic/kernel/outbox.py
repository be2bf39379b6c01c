"""Facts that other domains react to later: rows written in the fact's own transaction."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Integer, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from clinic.kernel.db import Base, ExternalId
from clinic.kernel.ids import new_id
from clinic.kernel.journal import wake

OUTBOX_QUEUE = "default"


class OutboxState(StrEnum):
    """Whether somebody has reacted yet."""

    PENDING = "pending"
    DONE = "done"
    PARKED = "parked"


class Outbox(Base):
    """One fact waiting for its standing order; `parked` rows gave up after too many attempts and wait for a person."""

    __tablename__ = "outbox"
    __table_args__ = (
        CheckConstraint("state in ('pending', 'done', 'parked')", name="state"),
        Index("ix_outbox_pending_due", "due_at", postgresql_where=text("state = 'pending'")),
    )

    id: Mapped[ExternalId]
    topic: Mapped[str]
    subject_id: Mapped[UUID]
    due_at: Mapped[datetime]
    created_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(default=OutboxState.PENDING)
    attempt_count: Mapped[int] = mapped_column(Integer, default=0)
    last_error_code: Mapped[str | None]
    settled_at: Mapped[datetime | None]


def publish(session: Session, topic: str, *, subject_id: UUID, now: datetime, due_at: datetime | None = None) -> UUID:
    """Record the fact `topic` (`noun.pastparticiple`) about one subject; reactions run after the commit."""
    row = Outbox(id=new_id(), topic=topic, subject_id=subject_id, due_at=due_at or now, created_at=now)
    session.add(row)
    wake(session, OUTBOX_QUEUE)
    return row.id
