"""The one task of a list: as long as a visit on it has no new place, somebody has to see to it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.replacement.actions.locking import rows_now
from clinic.replacement.models import Replacement
from clinic.replacement.rules.states import OPEN_ROWS, BatchState
from clinic.worklist.actions import close_for, open_item
from clinic.worklist.rules import WorkKind


def replacement_key(replacement_id: UUID) -> str:
    """Return the key of the task of one list."""
    return f"replacement:{replacement_id}"


def settle_task(session: Session, batch: Replacement, *, by: Actor, now: datetime) -> None:
    """Open the task while visits wait, due when the first of them begins, and close it when none does."""
    session.flush()
    waiting = [row for row in rows_now(session, batch) if row.state in OPEN_ROWS]
    key = replacement_key(batch.id)
    if not waiting or batch.state != BatchState.OPEN:
        close_for(session, dedupe_key=key, by=by, now=now)
        return
    open_item(
        session,
        kind=WorkKind.REPLACEMENT_OPEN,
        dedupe_key=key,
        reason="A physician is out, and visits still wait for another place. Open the list and approve or call.",
        subject_kind="replacement",
        subject_id=batch.id,
        patient_id=None,
        now=now,
        by=by,
        due_at=max(now, min(row.from_starts_at for row in waiting)),
    )
