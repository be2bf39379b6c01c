"""Running the standing orders of the outbox: each fact's reaction exactly once, in the transaction that settles it."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from sqlalchemy import Integer, bindparam, func, select, update
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
# Built once: every fact asks them. A fact is settled before its reaction, and with it or not at all.
_FACTS = Outbox.metadata.tables[Outbox.__tablename__]
_DUE = (
    select(_FACTS.c.id, _FACTS.c.due_at)
    .where(_FACTS.c.state == OutboxState.PENDING.value, _FACTS.c.due_at <= bindparam("now"))
    .order_by(_FACTS.c.due_at)
    .limit(bindparam("most", type_=Integer))
    .with_for_update(skip_locked=True)
    .cte("due")
)
_WAIT_SECONDS = func.least(
    _LEASE.total_seconds() * func.power(2.0, func.least(_FACTS.c.attempt_count, _LARGEST_EXPONENT)),
    _LONGEST_WAIT.total_seconds(),
)
_CLAIM = (
    update(_FACTS)
    .where(_FACTS.c.id == _DUE.c.id)
    .values(
        attempt_count=_FACTS.c.attempt_count + 1,
        due_at=bindparam("now", type_=_FACTS.c.due_at.type) + func.make_interval(0, 0, 0, 0, 0, 0, _WAIT_SECONDS),
    )
    .returning(_FACTS.c.id, _DUE.c.due_at.label("was_due_at"))
)
_MINE = (
    select(_FACTS.c.id)
    .where(_FACTS.c.id == bindparam("of_row"), _FACTS.c.state == OutboxState.PENDING.value)
    .with_for_update(skip_locked=True)
    .scalar_subquery()
)
_SETTLE = (
    update(_FACTS)
    .where(_FACTS.c.id == _MINE)
    .values(state=OutboxState.DONE.value, settled_at=bindparam("now"), last_error_code=None)
    .returning(_FACTS.c.topic, _FACTS.c.subject_id)
)

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
    """Count an attempt at each due fact and let it fall due again later; return their ids, the oldest first."""
    now = clock()
    with begin(by=by) as session:
        found = session.execute(_CLAIM, {"now": now, "most": limit}).all()
    return [row.id for row in sorted(found, key=lambda row: row.was_due_at)]


def _react(begin: Begin, orders: Mapping[str, StandingOrder], row_id: UUID, *, clock: Clock, by: Actor) -> int:
    """Run one standing order and settle its row in one transaction; 0 when another worker has it or had it."""
    with begin(by=by) as session:
        now = clock()
        fact = session.execute(_SETTLE, {"of_row": row_id, "now": now}).one_or_none()
        if fact is None:
            return 0
        orders[fact.topic](session, subject_id=fact.subject_id, now=now, by=by)
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
