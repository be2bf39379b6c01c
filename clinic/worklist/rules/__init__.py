"""Kinds of tasks as data: whose they are, by when, what the button does and how they leave the list."""

from datetime import datetime, timedelta

from clinic.worklist.rules.kinds import Closing, Kind, Outcome, State
from clinic.worklist.rules.names import WorkKind
from clinic.worklist.rules.table import KINDS

__all__ = ["KINDS", "Closing", "Kind", "Outcome", "State", "WorkKind", "closed_state", "due_at"]


def due_at(kind: WorkKind, now: datetime) -> datetime:
    """Return when a task of this kind that opens now should be dealt with."""
    return now + timedelta(hours=KINDS[kind].due_in_hours)


def closed_state(outcome: str) -> State:
    """Return `dismissed` for a task that turned out not to be needed, else `done`."""
    return State.DISMISSED if outcome == Outcome.NOT_NEEDED else State.DONE
