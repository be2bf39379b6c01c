"""What "Undo" would do to a visit that was just moved."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.people.queries import physician
from clinic.policies.queries import number
from clinic.policies.rules import PolicyKey
from clinic.scheduling.queries.telling import steps_of
from clinic.scheduling.queries.visits import VisitRow, appointment
from clinic.scheduling.rules.states import UPCOMING, AppointmentState, may_unmark_missed
from clinic.scheduling.rules.undoing import last_change, why_no_undo


@dataclass(frozen=True, slots=True)
class UndoableMove:
    """Where a visit would go back to, until when, and the version that "Undo" has to name."""

    starts_at: datetime
    physician_id: UUID
    physician_name: str
    until: datetime
    version: int


def undo_time(session: Session) -> timedelta:
    """Return for how long a move can be taken back: as long as its text waits (policy)."""
    return timedelta(seconds=number(session, PolicyKey.MOVE_TEXT_WAITS_SECONDS))


def undoable_move(session: Session, *, appointment_id: UUID, now: datetime) -> UndoableMove | None:
    """Return what taking the last move back would do, or None where it is not to be offered."""
    visit, steps, within = appointment(session, appointment_id), steps_of(session, appointment_id), undo_time(session)
    if visit.state not in UPCOMING or why_no_undo(steps, now=now, within=within) is not None:
        return None
    moved = last_change(steps)
    assert moved is not None
    assert moved.from_place is not None
    back = moved.from_place
    name = physician(session, back.physician_id).full_name
    return UndoableMove(back.starts_at, back.physician_id, name, until=moved.at + within, version=visit.version)


def may_undo_no_show(session: Session, row: VisitRow, *, now: datetime) -> bool:
    """Tell whether a no-show can still be taken back: on the local day on which it was written down."""
    marked = last_change(steps_of(session, row.id))
    return (
        row.state == AppointmentState.NO_SHOW
        and marked is not None
        and may_unmark_missed(now, marked.at, zone=row.patient_zone)
    )
