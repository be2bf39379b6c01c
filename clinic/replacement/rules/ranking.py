"""What a new place costs: first how much changes for the patient, then who it is with, when, and how busy they are."""

from enum import IntEnum
from typing import NamedTuple

_DEAREST = 1_000_000
_TIER = (0, 10_000, 100_000)
_MINUTE = 60
_STRANGER, _OUTSIDE, _LONGEST_BUSY = 240, 360, 480
_BUSY_PART = 10


class Tier(IntEnum):
    """How much of the old appointment stays, the best first."""

    SAME_TIME = 0
    SAME_DAY = 1
    WINDOW = 2


TIER_WORDS = {
    Tier.SAME_TIME: "Same time, another physician",
    Tier.SAME_DAY: "Same day",
    Tier.WINDOW: "Another day",
}


class Seen(NamedTuple):
    """A free place as a patient and the clinic see it.

    Instants in epoch seconds, days as ordinals where the patient is; `is_known` physicians look after the patient
    already or stand in for the one who is out, `busy_minutes` are those taken on that day.
    """

    starts_at: int
    day: int
    is_known: bool
    is_outside: bool
    clock: int
    busy_minutes: int


def tier_of(seen: Seen, *, old_start: int, old_day: int) -> Tier:
    """Return how much of the old appointment stays."""
    if seen.starts_at == old_start:
        return Tier.SAME_TIME
    return Tier.SAME_DAY if seen.day == old_day else Tier.WINDOW


def cost_of(seen: Seen, *, old_start: int, old_day: int) -> int:
    """Return the cost of a place: a better tier is always cheaper, within one the distance from the old time leads.

    A physician who does not know the patient costs like four hours, an hour that the patient did not wish for like six,
    a full day of visits less than one hour. These are the clinic's own weights: they rank what a person then approves.
    """
    apart = abs(seen.starts_at - old_start) // _MINUTE
    soft = (0 if seen.is_known else _STRANGER) + (_OUTSIDE if seen.is_outside else 0) + seen.clock // _BUSY_PART
    load = min(seen.busy_minutes, _LONGEST_BUSY) // _BUSY_PART
    return min(_TIER[tier_of(seen, old_start=old_start, old_day=old_day)] + apart + soft + load, _DEAREST)
