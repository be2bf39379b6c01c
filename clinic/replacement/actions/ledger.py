"""Writing down what was done about a visit of an absence, for the list's history and for the audit trail."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.kernel.actor import Actor
from clinic.replacement.models import Replacement, ReplacementStep, ReplacementVisit
from clinic.replacement.rules.states import RowState, Step
from clinic.scheduling.models import Appointment


def write_step(
    session: Session, row: ReplacementVisit, step: Step, *, by: Actor, now: datetime, said: str = ""
) -> None:
    """Keep one step with the place that it is about."""
    session.add(
        ReplacementStep(
            replacement_id=row.replacement_id,
            appointment_id=row.appointment_id,
            at=now,
            actor_id=by.id,
            actor_name=by.name,
            step=step,
            physician_id=row.to_physician_id,
            starts_at=row.to_starts_at,
            sequence=_sequence(session, row, step),
            said=said,
        )
    )


def change_row(
    session: Session,
    row: ReplacementVisit,
    state: RowState,
    *,
    step: Step,
    said: str = "",
    by: Actor,
    now: datetime,
) -> None:
    """Give a row its state, write the step down, and count one more edit."""
    row.state, row.said = state, said
    row.touch(by=by, now=now)
    write_step(session, row, step, by=by, now=now, said=said)
    session.flush()


def note_replacement(session: Session, batch: Replacement, action: str, *, now: datetime, **details: str | int) -> None:
    """Add an entry to the audit trail."""
    session.flush()
    facts: dict[str, Any] = {"physician_id": str(batch.physician_id), **details}
    journal.note(session, action, subject_kind="replacement", subject_id=batch.id, at=now, **facts)


def _sequence(session: Session, row: ReplacementVisit, step: Step) -> int | None:
    if step not in {Step.MOVED, Step.UNDONE}:
        return None
    return session.get_one(Appointment, row.appointment_id).sequence
