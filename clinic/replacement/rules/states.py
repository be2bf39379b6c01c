"""What becomes of an absence and of each of its visits."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class BatchState(StrEnum):
    """Whether anything on a list can still be changed."""

    OPEN = "open"
    CLOSED = "closed"


class RowState(StrEnum):
    """Where a visit that must go elsewhere stands."""

    PROPOSED = "proposed"
    WITHOUT = "without"
    HELD = "held"
    APPROVED = "approved"
    MOVED = "moved"
    GONE = "gone"


class Step(StrEnum):
    """What somebody did about a visit, as the list's history names it."""

    FOUND = "found"
    APPROVED = "approved"
    MOVED = "moved"
    REFUSED = "refused"
    HELD = "held"
    TAKEN_UP = "taken_up"
    UNDONE = "undone"
    GONE = "gone"


STATE_WORDS: Mapping[RowState, str] = MappingProxyType(
    {
        RowState.PROPOSED: "Proposed",
        RowState.WITHOUT: "No place found",
        RowState.HELD: "Set aside",
        RowState.APPROVED: "Being moved",
        RowState.MOVED: "Moved",
        RowState.GONE: "Settled elsewhere",
    }
)

STEP_WORDS: Mapping[Step, str] = MappingProxyType(
    {
        Step.FOUND: "Found",
        Step.APPROVED: "Approved",
        Step.MOVED: "Moved",
        Step.REFUSED: "Could not be moved",
        Step.HELD: "Set aside",
        Step.TAKEN_UP: "Taken up again",
        Step.UNDONE: "Move taken back",
        Step.GONE: "Settled elsewhere",
    }
)

OPEN_ROWS = frozenset({RowState.PROPOSED, RowState.WITHOUT, RowState.HELD, RowState.APPROVED})
"""States in which a visit still waits for somebody or for the worker."""

PROPOSABLE = frozenset({RowState.PROPOSED, RowState.WITHOUT})
"""States in which a new proposal may take the place of the old one."""
