"""Facts that other domains react to later: rows written in the fact's own transaction."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Integer, bindparam, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from clinic.kernel.db import Base, ExternalId
from clinic.kernel.ids import new_id
from clinic.kernel.journal import wake

OUTBOX_QUEUE = "default"
_RECORDED = "outbox.recorded"


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


_WAITING = select(Outbox.id).where(Outbox.id == bindparam("of_fact"), Outbox.state == OutboxState.PENDING)


def publish(session: Session, topic: str, *, subject_id: UUID, now: datetime, due_at: datetime | None = None) -> UUID:
    """Record the fact `topic` (`noun.pastparticiple`) about one subject; reactions run after the commit.

    What this session has recorded already and nobody reacted to yet is not recorded again: one reaction sees it all.
    """
    recorded: dict[tuple[str, UUID], UUID] = session.info.setdefault(_RECORDED, {})
    wake(session, OUTBOX_QUEUE)
    known = recorded.get((topic, subject_id))
    # A row that went with its savepoint is not there any more, and the fact has to be recorded again.
    if known is not None and session.scalar(_WAITING, {"of_fact": known}) is not None:
        return known
    row = Outbox(id=new_id(), topic=topic, subject_id=subject_id, due_at=due_at or now, created_at=now)
    session.add(row)
    recorded[topic, subject_id] = row.id
    return row.id
