"""Taking back what was moved, as long as the patient was not told; the visit then waits on the list again."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.kernel.crypto import KeyRing
from clinic.replacement.actions.ledger import change_row, note_replacement
from clinic.replacement.actions.locking import lock_batch
from clinic.replacement.actions.tasks import settle_task
from clinic.replacement.errors import NothingToPlace
from clinic.replacement.models import ReplacementVisit
from clinic.replacement.rules.states import RowState, Step
from clinic.scheduling.actions import undo_move
from clinic.scheduling.queries import appointment


def undo_row(
    session: Session, *, row_id: UUID, by: Actor, now: datetime, ring: KeyRing, version: int | None = None
) -> None:
    """Put one moved visit back to the physician who is out; raises what `undo_move` raises, and NothingToPlace."""
    row = session.get(ReplacementVisit, row_id)
    if row is None:
        raise NothingToPlace("There is no such visit on the list. Look at it again.")
    batch = lock_batch(session, row.replacement_id, by=by)
    session.refresh(row)
    if version is not None:
        row.require_version(version)
    if row.state != RowState.MOVED:
        raise NothingToPlace("This visit was not moved, or it was taken back already. Look at the list again.")
    seen = appointment(session, row.appointment_id).version
    undo_move(session, appointment_id=row.appointment_id, version=seen, by=by, now=now, ring=ring)
    row.moved_at = None
    change_row(session, row, RowState.PROPOSED, step=Step.UNDONE, by=by, now=now)
    settle_task(session, batch, by=by, now=now)
    note_replacement(session, batch, "replacement.undone", now=now, appointment_id=str(row.appointment_id))
