"""The port for pharmacies: what a fill is to one, what it says about it, and what a channel must be able to do."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID


class StepWord(StrEnum):
    """What a pharmacy can say about a fill."""

    ACCEPTED = "accepted"
    CLARIFICATION = "clarification"
    COMPOUNDING = "compounding"
    VERIFIED = "verified"
    PACKED = "packed"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class FillOrder:
    """What a channel is told of a fill, and no more: nobody's name, no drug, no address leave the clinic by it.

    The prescription itself reaches the pharmacy by the prescriber's own certified system. `units` is a whole number
    above 0, `form` how the unit is made, `submitted_at` UTC.
    """

    reference: UUID
    units: int
    form: str
    submitted_at: datetime


@dataclass(frozen=True, slots=True)
class PackedLot:
    """Units of one lot in a fill; the same number always comes with the same two dates."""

    number: str
    compounded_on: date
    beyond_use_on: date
    units: int


@dataclass(frozen=True, slots=True)
class PharmacyStep:
    """One thing that a pharmacy did; `key` is the same when it is told again, `lots` stand on `verified` only."""

    key: str
    at: datetime
    word: StepWord
    lots: tuple[PackedLot, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Submitted:
    """A fill is with a channel; `is_by_hand` means that a person has to tell the pharmacy."""

    is_by_hand: bool


class PharmacyChannel(Protocol):
    """What the clinic asks of the way to a pharmacy; neither call leaves this computer in any channel there is."""

    @property
    def channel(self) -> str:
        """The name under which a pharmacy remembers its channel."""

    def submit(self, order: FillOrder) -> Submitted:
        """Hand over a fill; handing it over again is harmless."""

    def status(self, order: FillOrder, *, now: datetime) -> tuple[PharmacyStep, ...]:
        """Return everything that the pharmacy said about a fill up to `now`, oldest first."""
