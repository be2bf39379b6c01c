"""Kinds of tasks as data: whose they are, by when, what the button does and how they leave the list."""

from datetime import datetime, timedelta

from clinic.worklist.rules.harm import Harm, HoldsUp, Hurt, Place, Timing, back_at, place, span, why
from clinic.worklist.rules.hurts import HURTS, NEVER_WAIT, NO_OUTCOME
from clinic.worklist.rules.kinds import Closing, Kind, Outcome, PutOff, State
from clinic.worklist.rules.names import WorkKind
from clinic.worklist.rules.table import KINDS

__all__ = [
    "HURTS",
    "KINDS",
    "NEVER_WAIT",
    "NO_OUTCOME",
    "Closing",
    "Harm",
    "HoldsUp",
    "Hurt",
    "Kind",
    "Outcome",
    "Place",
    "PutOff",
    "State",
    "Timing",
    "WorkKind",
    "back_at",
    "closed_state",
    "due_at",
    "place",
    "span",
    "why",
]


def due_at(kind: WorkKind, now: datetime) -> datetime:
    """Return when a task of this kind that opens now should be dealt with."""
    return now + timedelta(hours=KINDS[kind].due_in_hours)


def closed_state(outcome: str) -> State:
    """Return `dismissed` for a task that turned out not to be needed, else `done`."""
    return State.DISMISSED if outcome == Outcome.NOT_NEEDED else State.DONE
