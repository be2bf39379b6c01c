"""Claiming due messages for one worker, within the pace of the sender number."""

import os
import socket
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningUpdate

from clinic.kernel.lease import database_clock, lease_end
from clinic.messaging.models import Lane, Message, SenderPace, SendingSwitch
from clinic.messaging.rules.kinds import MessageState
from clinic.messaging.rules.templates import keys_that_come_first

_MESSAGE = Message.metadata.tables[Message.__tablename__]
_SENDER = "sms"
_SEGMENTS = {"en": 1, "es": 2}  # what the template linter allows at most


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that this worker may send while its fence stands and the lease lasts."""

    message_id: UUID
    fence: int


@dataclass(frozen=True, slots=True)
class Claims:
    """What a claim brought: messages, and the seconds to wait when the sender's pace allowed none."""

    messages: tuple[Claimed, ...] = ()
    wait_seconds: float = 0.0


def owner() -> str:
    """Return the name under which this process holds leases."""
    return f"{socket.gethostname()}:{os.getpid()}"


def claim_due(
    session: Session, *, lane: int, limit: int, lease_seconds: float, segments_per_second: float, now: datetime
) -> Claims:
    """Claim up to `limit` messages of a lane that are due, oldest first; two workers never get the same one.

    Of those due at one instant, as all are that waited for the morning, what introduces the others is sent before them.
    """
    if session.scalar(_due(lane, now).limit(1)) is None:
        return Claims()  # Idle workers look often, and write nothing.
    tokens = _filled(session, segments_per_second)
    if tokens < 1:
        return Claims(wait_seconds=(1 - tokens) / segments_per_second)
    rows = session.execute(_claim(lane, min(limit, int(tokens)), lease_seconds=lease_seconds, now=now)).all()
    if rows:
        _spend(session, sum(_SEGMENTS.get(row.language, 2) for row in rows))
    rows = sorted(rows, key=lambda row: (row.due_at, row.template_key not in keys_that_come_first()))
    return Claims(tuple(Claimed(row.id, row.fence) for row in rows))


def give_back(session: Session, claims: Collection[Claimed], *, now: datetime) -> None:
    """Put claimed messages back in line at once, for whoever comes next."""
    for claimed in claims:
        session.execute(
            update(_MESSAGE)
            .where(
                _MESSAGE.c.id == claimed.message_id,
                _MESSAGE.c.fence == claimed.fence,
                _MESSAGE.c.state == MessageState.CLAIMED.value,
            )
            .values(state=MessageState.PENDING.value, lease_until=None, lease_owner=None, updated_at=now)
        )


def _claim(lane: int, limit: int, *, lease_seconds: float, now: datetime) -> ReturningUpdate[Any]:
    due = _due(lane, now).order_by(_MESSAGE.c.due_at).limit(limit).with_for_update(skip_locked=True).cte("due")
    return (
        update(_MESSAGE)
        .where(_MESSAGE.c.id == due.c.id)
        .values(
            state=MessageState.CLAIMED.value,
            fence=_MESSAGE.c.fence + 1,
            lease_until=lease_end(timedelta(seconds=lease_seconds)),
            lease_owner=owner(),
            updated_at=now,
        )
        .returning(*(_MESSAGE.c[name] for name in ("id", "fence", "language", "due_at", "template_key")))
    )


def _due(lane: int, now: datetime) -> Select[tuple[UUID]]:
    return select(_MESSAGE.c.id).where(
        _MESSAGE.c.state == MessageState.PENDING.value,
        _MESSAGE.c.lane == lane,
        _MESSAGE.c.due_at <= now,
        _MESSAGE.c.expires_at > now,
        select(Lane.number).where(Lane.number == lane, Lane.paused_at.is_(None)).exists(),
        ~select(SendingSwitch.name).where(SendingSwitch.stopped_at.is_not(None)).exists(),
    )


def _filled(session: Session, rate: float) -> float:
    """Fill the sender's bucket to this instant and lock it until the claim commits; it holds one second's worth."""
    elapsed = func.extract("epoch", database_clock() - SenderPace.filled_at)
    level = func.least(max(rate, 2.0), SenderPace.tokens + rate * elapsed)
    fill = (
        update(SenderPace)
        .where(SenderPace.name == _SENDER)
        .values(tokens=level, filled_at=database_clock())
        .returning(SenderPace.tokens)
        .execution_options(synchronize_session=False)
    )
    tokens = session.scalar(fill)
    if tokens is None:
        first = insert(SenderPace).values(name=_SENDER, tokens=max(rate, 2.0), filled_at=database_clock())
        session.execute(first.on_conflict_do_nothing())
        tokens = session.scalar(fill)
    assert tokens is not None
    return tokens


def _spend(session: Session, segments: int) -> None:
    spend = update(SenderPace).where(SenderPace.name == _SENDER).values(tokens=SenderPace.tokens - segments)
    session.execute(spend.execution_options(synchronize_session=False))
