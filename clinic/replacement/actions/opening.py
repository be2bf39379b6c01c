"""Opening a list of visits that must go elsewhere, with the hours closed in the same press, and closing the list."""

from datetime import datetime
from functools import partial
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.kernel.ids import new_id
from clinic.people.queries import lock_physician
from clinic.replacement.actions.ledger import note_replacement
from clinic.replacement.actions.locking import lock_batch, require_decider
from clinic.replacement.actions.proposing import add_rows, propose
from clinic.replacement.actions.tasks import settle_task
from clinic.replacement.errors import AbsenceListed
from clinic.replacement.models import Replacement
from clinic.replacement.rules.states import BatchState
from clinic.scheduling.actions import add_override, apply, preview
from clinic.scheduling.models import AvailabilityOverride
from clinic.scheduling.rules.availability import OverrideKind


def open_replacement(
    session: Session,
    *,
    physician_id: UUID,
    starts_at: datetime,
    ends_at: datetime,
    closes_hours: bool,
    by: Actor,
    now: datetime,
) -> Replacement:
    """List every visit that a physician's absence leaves without one, with proposed places; nothing is moved yet.

    With `closes_hours` nobody can book the physician then from now on, and each visit left becomes a task. Raises
    ReplacementNotAllowed, HoursRefused and AbsenceListed while another open list has a part of the time.
    """
    require_decider(session, physician_id, by=by)
    lock_physician(session, physician_id)
    _require_unlisted(session, physician_id=physician_id, starts_at=starts_at, ends_at=ends_at)
    batch = Replacement(
        id=new_id(),
        physician_id=physician_id,
        starts_at=starts_at,
        ends_at=ends_at,
        state=BatchState.OPEN,
        started_by_id=by.id,
        started_by_name=by.name,
        created_at=now,
    )
    batch.override_id = _close_hours(session, batch, by=by, now=now) if closes_hours else None
    batch.touch(by=by, now=now)
    session.add(batch)
    session.flush()
    add_rows(session, batch, by=by, now=now)
    propose(session, batch, by=by, now=now)
    note_replacement(
        session,
        batch,
        "replacement.opened",
        now=now,
        starts_at=starts_at.isoformat(),
        ends_at=ends_at.isoformat(),
        closes_hours=int(closes_hours),
    )
    return batch


def close_replacement(session: Session, *, replacement_id: UUID, by: Actor, now: datetime) -> Replacement:
    """Close a list: what waits stays booked where it is, and closed hours stay closed."""
    batch = lock_batch(session, replacement_id, by=by)
    batch.state = BatchState.CLOSED
    batch.touch(by=by, now=now)
    settle_task(session, batch, by=by, now=now)
    note_replacement(session, batch, "replacement.closed", now=now)
    return batch


def _close_hours(session: Session, batch: Replacement, *, by: Actor, now: datetime) -> UUID:
    made: list[AvailabilityOverride] = []
    change = partial(
        add_override,
        physician_id=batch.physician_id,
        kind=OverrideKind.CLOSED,
        starts_at=batch.starts_at,
        ends_at=batch.ends_at,
        note="",
        by=by,
        now=now,
    )
    seen = preview(session, change, physician_id=batch.physician_id, now=now).ids
    apply(session, lambda at: made.append(change(at)), physician_id=batch.physician_id, by=by, now=now, seen=seen)
    return made[0].id


def _require_unlisted(session: Session, *, physician_id: UUID, starts_at: datetime, ends_at: datetime) -> None:
    row = Replacement
    standing = session.scalar(
        select(row.started_by_name).where(
            row.physician_id == physician_id,
            row.state == BatchState.OPEN,
            row.starts_at < ends_at,
            row.ends_at > starts_at,
        )
    )
    if standing is not None:
        raise AbsenceListed(
            f"{standing} has an open list for a part of this time. Go on with that one, or close it first.",
            field="first_day",
        )
