"""Small tables of the ground floor: webhook inbox, request keys, heartbeats, the known answer of the key ring."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from clinic.kernel.db import Base, InternalId


class Inbox(Base):
    """One webhook delivery, stored once per provider id so that a replay has no effect."""

    __tablename__ = "inbox"
    __table_args__ = (UniqueConstraint("source", "external_id"),)

    id: Mapped[InternalId]
    source: Mapped[str]
    external_id: Mapped[str]
    payload: Mapped[dict[str, Any]]
    received_at: Mapped[datetime]
    handled_at: Mapped[datetime | None]
    attempt_count: Mapped[int] = mapped_column(Integer, default=0)


class RequestKey(Base):
    """The answer to a form that was sent once: the same key again returns the same row instead of a second one."""

    __tablename__ = "request_key"

    actor_key: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[UUID] = mapped_column(primary_key=True)
    request_hash: Mapped[bytes] = mapped_column(LargeBinary)
    result_id: Mapped[UUID | None]
    created_at: Mapped[datetime]


class Heartbeat(Base):
    """When a worker or the beat was last seen; shown on Today and by `clinic doctor`."""

    __tablename__ = "heartbeat"

    name: Mapped[str] = mapped_column(primary_key=True)
    seen_at: Mapped[datetime]
    detail: Mapped[str] = mapped_column(default="")


class KnownAnswer(Base):
    """One sealed sentence: a process whose keys cannot read it refuses to start."""

    __tablename__ = "known_answer"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    blob: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
