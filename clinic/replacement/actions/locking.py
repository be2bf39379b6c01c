"""Locks in the one order, the list and then its rows, before any calendar; and who decides about a list."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor, Role
from clinic.people.models import Physician
from clinic.replacement.errors import ReplacementNotAllowed, ReplacementOver, UnknownReplacement
from clinic.replacement.models import Replacement, ReplacementVisit
from clinic.replacement.rules.states import BatchState


def require_decider(session: Session, physician_id: UUID, *, by: Actor) -> None:
    """Raise ReplacementNotAllowed unless asked by a coordinator or by the physician who is out."""
    if by.has(Role.COORDINATOR):
        return
    found = session.get(Physician, physician_id)
    if found is None or by.id is None or found.staff_id != by.id:
        raise ReplacementNotAllowed("Coordinators decide this, and physicians for themselves. Ask one of them.")


def lock_batch(session: Session, replacement_id: UUID, *, by: Actor, version: int | None = None) -> Replacement:
    """Return an open list as it is now, locked; everybody who changes it or its rows waits."""
    batch = locked(session, replacement_id)
    require_decider(session, batch.physician_id, by=by)
    if batch.state != BatchState.OPEN:
        raise ReplacementOver("This list was closed. Start a new one for what is left.")
    if version is not None:
        batch.require_version(version)
    return batch


def locked(session: Session, replacement_id: UUID) -> Replacement:
    """Return a list in whatever state, locked, or raise UnknownReplacement."""
    found = session.get(Replacement, replacement_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise UnknownReplacement("There is no such list. It may have been opened from an old page.")
    return found


def rows_now(session: Session, batch: Replacement, *, ids: Collection[UUID] | None = None) -> list[ReplacementVisit]:
    """Return rows of a locked list as they are now, by the time of their visits."""
    wanted = select(ReplacementVisit).where(ReplacementVisit.replacement_id == batch.id)
    if ids is not None:
        wanted = wanted.where(ReplacementVisit.id.in_(list(ids)))
    ordered = wanted.order_by(ReplacementVisit.from_starts_at, ReplacementVisit.id)
    return list(session.scalars(ordered.execution_options(populate_existing=True)))
