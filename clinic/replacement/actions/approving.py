"""Approving proposals, setting visits aside and taking them up again; each row as the person saw it."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.replacement.actions.ledger import change_row, note_replacement
from clinic.replacement.actions.locking import lock_batch, rows_now
from clinic.replacement.actions.proposing import propose
from clinic.replacement.actions.tasks import settle_task
from clinic.replacement.errors import NothingToPlace
from clinic.replacement.models import ReplacementVisit
from clinic.replacement.rules.lacking import Lacking
from clinic.replacement.rules.states import PROPOSABLE, STATE_WORDS, RowState, Step


class Pick(NamedTuple):
    """A row as it was shown."""

    row_id: UUID
    version: int


@dataclass(frozen=True, slots=True)
class Approved:
    """How many rows were approved, and what kept others from it, in sentences."""

    count: int
    left: tuple[str, ...]


def approve(session: Session, *, replacement_id: UUID, picks: Sequence[Pick], by: Actor, now: datetime) -> Approved:
    """Approve these proposals; one that changed since it was shown is left, and said so. Nothing moves yet.

    Raises NothingToPlace when none of them can be approved.
    """
    batch = lock_batch(session, replacement_id, by=by)
    seen = {pick.row_id: pick.version for pick in picks}
    rows = rows_now(session, batch, ids=seen.keys())
    left = [why for row in rows if (why := _changed(row, seen[row.id])) is not None]
    chosen = [row for row in rows if _changed(row, seen[row.id]) is None]
    if not chosen:
        raise NothingToPlace(left[0] if left else "Choose at least one visit that has a proposed place.")
    _approve(session, chosen, by=by, now=now)
    note_replacement(session, batch, "replacement.approved", now=now, rows=len(chosen))
    return Approved(len(chosen), tuple(left))


def approve_all(session: Session, *, replacement_id: UUID, version: int, by: Actor, now: datetime) -> Approved:
    """Approve every proposal of the list as it was shown; raises ChangedMeanwhile when the proposals are others now."""
    batch = lock_batch(session, replacement_id, by=by, version=version)
    chosen = [row for row in rows_now(session, batch) if row.state == RowState.PROPOSED]
    if not chosen:
        raise NothingToPlace("No visit on this list has a proposed place. Look again, or call the patients.")
    _approve(session, chosen, by=by, now=now)
    note_replacement(session, batch, "replacement.approved", now=now, rows=len(chosen))
    return Approved(len(chosen), ())


def set_aside(session: Session, *, replacement_id: UUID, pick: Pick, by: Actor, now: datetime) -> None:
    """Leave a visit for a person, for example to call first; its proposed place is free for the others."""

    def step(row: ReplacementVisit) -> None:
        row.to_physician_id = row.to_starts_at = row.tier = None
        change_row(session, row, RowState.HELD, step=Step.HELD, by=by, now=now)

    _change_one(session, step, replacement_id=replacement_id, pick=pick, allowed=PROPOSABLE, by=by, now=now)


def take_up(session: Session, *, replacement_id: UUID, pick: Pick, by: Actor, now: datetime) -> None:
    """Look for a place again for a visit that was set aside."""

    def step(row: ReplacementVisit) -> None:
        row.lacking = Lacking.EVERYTHING
        change_row(session, row, RowState.WITHOUT, step=Step.TAKEN_UP, by=by, now=now)

    _change_one(session, step, replacement_id=replacement_id, pick=pick, allowed={RowState.HELD}, by=by, now=now)
    batch = lock_batch(session, replacement_id, by=by)
    propose(session, batch, by=by, now=now, only={pick.row_id})


def _approve(session: Session, rows: Sequence[ReplacementVisit], *, by: Actor, now: datetime) -> None:
    for row in rows:
        row.approved_by_id, row.approved_by_name = by.id, by.name
        change_row(session, row, RowState.APPROVED, step=Step.APPROVED, by=by, now=now)


def _change_one(
    session: Session,
    step: Callable[[ReplacementVisit], None],
    *,
    replacement_id: UUID,
    pick: Pick,
    allowed: Collection[RowState],
    by: Actor,
    now: datetime,
) -> None:
    batch = lock_batch(session, replacement_id, by=by)
    for row in rows_now(session, batch, ids=[pick.row_id]):
        row.require_version(pick.version)
        if row.state in allowed:
            step(row)
            settle_task(session, batch, by=by, now=now)
            return
    raise NothingToPlace("This visit is not waiting any more. Look at the list again.")


def _changed(row: ReplacementVisit, seen: int) -> str | None:
    """Return why a row cannot be approved as it was shown."""
    if row.state != RowState.PROPOSED:
        state = STATE_WORDS[RowState(row.state)].casefold()
        return f"{row.updated_by} was quicker with one visit: it is {state} now."
    if row.version != seen:
        return f"{row.updated_by} changed a proposal after you opened the list. Look at it again."
    return None
