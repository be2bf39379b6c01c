"""Running the standing orders of the outbox: each fact's reaction exactly once, in the transaction that settles it."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.kernel.clock import Clock
from clinic.kernel.outbox import Outbox, OutboxState
from clinic.kernel.transaction import Begin

OnParked = Callable[[Session, Outbox, datetime, Actor], None]

MOST_ATTEMPTS = 5
_LEASE = timedelta(seconds=30)
_LONGEST_WAIT = timedelta(minutes=10)
_LARGEST_EXPONENT = 8

_logger = logging.getLogger(__name__)


class StandingOrder(Protocol):
    """What follows a fact: touches only the database, in the transaction that settles the outbox row."""

    def __call__(self, session: Session, *, subject_id: UUID, now: datetime, by: Actor) -> None:
        """React to the fact about this subject."""


def run_outbox(
    begin: Begin,
    orders: Mapping[str, StandingOrder],
    *,
    clock: Clock,
    by: Actor,
    on_parked: OnParked,
    limit: int = 50,
) -> int:
    """React to due facts, oldest first; return how many were reacted to.

    Attempts are counted and committed before the work, so that a fact that kills its worker is parked in the end too;
    `on_parked` runs then and tells a person. A crashed worker's fact simply falls due again.
    """
    done = 0
    for row_id in _claim(begin, clock=clock, by=by, limit=limit):
        try:
            done += _react(begin, orders, row_id, clock=clock, by=by)
        except Exception as mistake:  # noqa: BLE001 - one failing reaction does not stop the others
            _logger.error("outbox row %s failed: %s", row_id, type(mistake).__name__)  # noqa: TRY400 - the class only
            _give_up_or_wait(begin, row_id, type(mistake).__name__, clock=clock, by=by, on_parked=on_parked)
    return done


def try_again(session: Session, *, row_id: UUID, now: datetime) -> bool:
    """Put a parked fact back in line, with its attempts forgotten; tell whether it was parked."""
    row = _locked(session, row_id)
    if row is None or row.state != OutboxState.PARKED:
        return False
    row.state, row.attempt_count, row.due_at, row.settled_at = OutboxState.PENDING, 0, now, None
    return True


def _claim(begin: Begin, *, clock: Clock, by: Actor, limit: int) -> list[UUID]:
    now = clock()
    with begin(by=by) as session:
        rows = session.scalars(
            select(Outbox)
            .where(Outbox.state == OutboxState.PENDING, Outbox.due_at <= now)
            .order_by(Outbox.due_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        ).all()
        for row in rows:
            row.attempt_count += 1
            row.due_at = now + _wait(row.attempt_count)
        return [row.id for row in rows]


def _react(begin: Begin, orders: Mapping[str, StandingOrder], row_id: UUID, *, clock: Clock, by: Actor) -> int:
    """Run one standing order and settle its row in one transaction; 0 when another worker has it or had it."""
    with begin(by=by) as session:
        row = _locked(session, row_id)
        if row is None or row.state != OutboxState.PENDING:
            return 0
        now = clock()
        orders[row.topic](session, subject_id=row.subject_id, now=now, by=by)
        row.state, row.settled_at, row.last_error_code = OutboxState.DONE, now, None
    return 1


def _give_up_or_wait(begin: Begin, row_id: UUID, code: str, *, clock: Clock, by: Actor, on_parked: OnParked) -> None:
    with begin(by=by) as session:
        row = _locked(session, row_id)
        if row is None or row.state != OutboxState.PENDING:
            return
        row.last_error_code = code
        if row.attempt_count >= MOST_ATTEMPTS:
            now = clock()
            row.state, row.settled_at = OutboxState.PARKED, now
            on_parked(session, row, now, by)


def _locked(session: Session, row_id: UUID) -> Outbox | None:
    rows = select(Outbox).where(Outbox.id == row_id).with_for_update(skip_locked=True)
    return session.scalar(rows, execution_options={"populate_existing": True})


def _wait(attempt_count: int) -> timedelta:
    return min(_LEASE * (1 << min(attempt_count - 1, _LARGEST_EXPONENT)), _LONGEST_WAIT)
