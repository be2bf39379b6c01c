"""When a patient can be handed over to a physician, and what is said where not."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from clinic.people.rules import STATES
from clinic.scheduling.rules.slots import LicencePeriod

FARTHEST = timedelta(days=180)


class TransferState(StrEnum):
    """Where a hand-over stands."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    DONE = "done"


OPEN = (TransferState.PROPOSED, TransferState.ACCEPTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """A physician who may receive a patient, and what of it matters."""

    name: str
    is_present: bool
    is_active: bool
    takes_patients: bool
    licences: tuple[LicencePeriod, ...]


def why_not(receiver: Receiver, *, state: str, on: date) -> str | None:
    """Return why a patient in a state cannot be handed over on a day to this physician, or None."""
    if receiver.is_present:
        return f"{receiver.name} has this patient already. Choose somebody else."
    if not receiver.is_active:
        return f"{receiver.name} does not see patients now. Choose somebody else."
    if not receiver.takes_patients:
        return f"{receiver.name} takes no further patients now. Choose somebody else."
    if not is_licensed(receiver.licences, state=state, on=on):
        return f"{receiver.name} holds no {STATES[state]} license on that day. Choose somebody else or another day."
    return None


def why_not_on(on: date, *, today: date) -> str | None:
    """Return why a hand-over cannot be on a day, or None."""
    if on < today:
        return "This day has been. Choose today or a later day."
    return None if on <= today + FARTHEST else f"Choose a day within the next {FARTHEST.days} days."


def is_licensed(licences: Collection[LicencePeriod], *, state: str, on: date) -> bool:
    """Tell whether one of these licenses is for the state and holds on the day."""
    return any(
        one.state == state and one.valid_from <= on and (one.valid_until is None or on <= one.valid_until)
        for one in licences
    )
