"""Moves what was approved, visit by visit, for whoever pressed the button and for the worker after a crash."""

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from clinic.kernel.actor import Actor, ActorKind, system
from clinic.kernel.clock import Clock
from clinic.kernel.crypto import KeyRing
from clinic.kernel.transaction import Begin
from clinic.replacement.actions.carrying import carry_out
from clinic.replacement.actions.locking import locked, rows_now
from clinic.replacement.actions.proposing import mark_gone
from clinic.replacement.actions.tasks import settle_task
from clinic.replacement.models import Replacement, ReplacementVisit
from clinic.replacement.rules.states import BatchState, RowState

AT_ONCE = 25
"""So many visits are moved before the page answers; the worker goes on with the rest."""

_KEPT_AFTER = timedelta(days=1)
"""A list closes by itself a day after the absence."""

_WORKER = system("Re-placement")
_logger = logging.getLogger(__name__)

Monotonic = Callable[[], float]


def carry_out_approved(
    begin: Begin, *, clock: Clock, ring: KeyRing, replacement_id: UUID | None = None, most: int = AT_ONCE
) -> int:
    """Move up to so many approved visits, each in a transaction of its own; return how many were looked at.

    One that breaks stays approved for the next look and does not stop the others.
    """
    with begin(by=_WORKER) as session:
        row = ReplacementVisit
        wanted = (
            select(row.id, row.approved_by_id, row.approved_by_name, row.replacement_id)
            .join(Replacement, Replacement.id == row.replacement_id)
            .where(row.state == RowState.APPROVED, Replacement.state == BatchState.OPEN)
            .order_by(row.from_starts_at, row.id)
            .limit(most)
        )
        if replacement_id is not None:
            wanted = wanted.where(row.replacement_id == replacement_id)
        waiting = session.execute(wanted).all()
    for row_id, who, name, batch_id in waiting:
        by = Actor(kind=ActorKind.STAFF, id=who, name=name or "", request_id=f"replacement-{batch_id}")
        try:
            with begin(by=by) as session:
                carry_out(session, row_id=row_id, by=by, now=clock(), ring=ring)
        except Exception as trouble:  # noqa: BLE001 - one broken row must not stop the others
            _logger.error("re-placement row %s: %s", row_id, type(trouble).__name__)  # noqa: TRY400 - the class only
    return len(waiting)


def work_on_replacements(
    begin: Begin, *, clock: Clock, ring: KeyRing, seconds: float, monotonic: Monotonic = time.monotonic
) -> int:
    """Move what waits for about `seconds`, and settle what others have settled; return how many were looked at."""
    until, done = monotonic() + seconds, 0
    _settle(begin, clock=clock)
    while monotonic() < until:
        count = carry_out_approved(begin, clock=clock, ring=ring)
        done += count
        if count < AT_ONCE:
            break
    return done


def _settle(begin: Begin, *, clock: Clock) -> None:
    """Say of rows whose visits are elsewhere by now that they are settled, and close what is done."""
    with begin(by=_WORKER) as session:
        open_ones = select(Replacement.id).where(Replacement.state == BatchState.OPEN).order_by(Replacement.created_at)
        ids = list(session.scalars(open_ones))
    for one in ids:
        with begin(by=_WORKER) as session:
            batch = locked(session, one)
            rows = rows_now(session, batch)
            mark_gone(session, batch, rows, by=_WORKER, now=clock())
            if batch.ends_at < clock() - _KEPT_AFTER:
                batch.state = BatchState.CLOSED
                batch.touch(by=_WORKER, now=clock())
            settle_task(session, batch, by=_WORKER, now=clock())
