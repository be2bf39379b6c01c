"""Where an intake stands, what a physician can decide, and what follows."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from clinic.intake.errors import DecisionRefused
from clinic.kernel.text import clean_note


class IntakeState(StrEnum):
    """Where an intake stands."""

    OPEN = "open"
    WAITING = "waiting"
    NEEDS_MORE = "needs_more"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    CLOSED = "closed"


class Decision(StrEnum):
    """What a physician decides."""

    ACCEPT = "accept"
    DECLINE = "decline"
    NEEDS_MORE = "needs_more"


class AskedOf(StrEnum):
    """Who gives what is missing: the patient by a text with the link, or a coordinator by a task."""

    PATIENT = "patient"
    COORDINATOR = "coordinator"


class Source(StrEnum):
    """Who began an intake."""

    WEB = "web"
    DESK = "desk"


WITH_PATIENT = frozenset({IntakeState.OPEN, IntakeState.NEEDS_MORE})
"""States in which the patient has something to do."""

DECIDED = frozenset({IntakeState.ACCEPTED, IntakeState.DECLINED})
"""States from which a changed answer leads back to the physician."""

AFTER: Mapping[Decision, IntakeState] = MappingProxyType(
    {
        Decision.ACCEPT: IntakeState.ACCEPTED,
        Decision.DECLINE: IntakeState.DECLINED,
        Decision.NEEDS_MORE: IntakeState.NEEDS_MORE,
    }
)

_SHORTEST, _LONGEST = 10, 1000


def written_reason(typed: str) -> str:
    """Return the physician's reason, or raise DecisionRefused at `reason`."""
    words = clean_note(typed, field="reason").strip()
    if len(words) < _SHORTEST:
        raise DecisionRefused("Say in a few words why, so that others understand it later.", field="reason")
    if len(words) > _LONGEST:
        raise DecisionRefused(f"Write at most {_LONGEST} characters.", field="reason")
    return words
