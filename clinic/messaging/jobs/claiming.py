"""Claiming due messages for one worker, within the pace of the sender number."""

import os
import socket
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Float, Integer, bindparam, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningUpdate

from clinic.kernel.lease import database_clock, lease_end
from clinic.kernel.statements import is_always, other_than
from clinic.messaging.models import Lane, Message, SenderPace, SendingSwitch
from clinic.messaging.rules.kinds import MessageState
from clinic.messaging.rules.templates import keys_that_come_first

_MESSAGE = Message.metadata.tables[Message.__tablename__]
_SENDER = "sms"
# Built once: workers ask all the time.
_DUE = select(_MESSAGE.c.id).where(
    is_always(_MESSAGE.c.state, MessageState.PENDING.value),
    _MESSAGE.c.lane == bindparam("of_lane"),
    _MESSAGE.c.due_at <= bindparam("now"),
    _MESSAGE.c.expires_at > bindparam("now"),
    select(Lane.number).where(Lane.number == bindparam("of_lane"), Lane.paused_at.is_(None)).exists(),
    ~select(SendingSwitch.name).where(SendingSwitch.stopped_at.is_not(None)).exists(),
)
_IS_DUE = _DUE.limit(1)
_LEVEL = SenderPace.tokens + bindparam("rate", type_=Float) * func.extract(
    "epoch", database_clock() - SenderPace.filled_at
)
_FILL = (
    update(SenderPace)
    .where(SenderPace.name == _SENDER)
    .values(tokens=func.least(bindparam("most", type_=Float), _LEVEL), filled_at=database_clock())
    .returning(SenderPace.tokens)
    .execution_options(synchronize_session=False)
)
_SPEND = (
    update(SenderPace)
    .where(SenderPace.name == _SENDER)
    .values(tokens=SenderPace.tokens - bindparam("segments", type_=Integer))
    .execution_options(synchronize_session=False)
)
_GIVE_BACK = (
    update(_MESSAGE)
    .where(
        _MESSAGE.c.id == bindparam("of_message"),
        _MESSAGE.c.fence == bindparam("of_fence"),
        _MESSAGE.c.state == MessageState.CLAIMED.value,
    )
    .values(state=MessageState.PENDING.value, lease_until=None, lease_owner=None, updated_at=bindparam("at"))
)
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
    if session.scalar(_IS_DUE, {"of_lane": lane, "now": now}) is None:
        return Claims()  # Idle workers look often, and write nothing.
    tokens = _filled(session, segments_per_second)
    if tokens < 1:
        return Claims(wait_seconds=(1 - tokens) / segments_per_second)
    wanted = {"of_lane": lane, "now": now, "most": min(limit, int(tokens)), "owner": owner()}
    rows = session.execute(_claim(lease_seconds), wanted).all()
    if rows:
        _spend(session, sum(_SEGMENTS.get(row.language, 2) for row in rows))
    rows = sorted(rows, key=lambda row: (row.due_at, row.template_key not in keys_that_come_first()))
    return Claims(tuple(Claimed(row.id, row.fence) for row in rows))


def give_back(session: Session, claims: Collection[Claimed], *, now: datetime) -> None:
    """Put claimed messages back in line at once, for whoever comes next."""
    for claimed in claims:
        session.execute(_GIVE_BACK, {"of_message": claimed.message_id, "of_fence": claimed.fence, "at": now})


@cache
def _claim(lease_seconds: float) -> ReturningUpdate[Any]:
    comes_later = other_than(_MESSAGE.c.template_key, keys_that_come_first())
    oldest = _DUE.order_by(_MESSAGE.c.due_at, comes_later).limit(bindparam("most", type_=Integer))
    due = oldest.with_for_update(skip_locked=True).cte("due")
    return (
        update(_MESSAGE)
        .where(_MESSAGE.c.id == due.c.id)
        .values(
            state=MessageState.CLAIMED.value,
            fence=_MESSAGE.c.fence + 1,
            lease_until=lease_end(timedelta(seconds=lease_seconds)),
            lease_owner=bindparam("owner"),
            updated_at=bindparam("now"),
        )
        .returning(*(_MESSAGE.c[name] for name in ("id", "fence", "language", "due_at", "template_key")))
    )


def _filled(session: Session, rate: float) -> float:
    """Fill the sender's bucket to this instant and lock it until the claim commits; it holds one second's worth."""
    level = {"rate": rate, "most": max(rate, 2.0)}
    tokens = session.scalar(_FILL, level)
    if tokens is None:
        first = insert(SenderPace).values(name=_SENDER, tokens=max(rate, 2.0), filled_at=database_clock())
        session.execute(first.on_conflict_do_nothing())
        tokens = session.scalar(_FILL, level)
    assert tokens is not None
    return tokens


def _spend(session: Session, segments: int) -> None:
    session.execute(_SPEND, {"segments": segments})
