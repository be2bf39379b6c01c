"""How visits are counted for the report: what became of them, rates, weeks, lead times, moves that stand."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType

from clinic.scheduling.rules.changes import Change
from clinic.scheduling.rules.reasons import MoveReason
from clinic.scheduling.rules.states import AppointmentState
from clinic.scheduling.rules.visits import Range

SMALL = 20
"""A rate of fewer visits than this is said to be one of few."""

_A_WEEK = timedelta(days=7)
_S = AppointmentState


class Fate(StrEnum):
    """What became of a visit whose time has come; a late cancellation is no no-show."""

    TOOK_PLACE = "took_place"
    MISSED = "missed"
    LATE_CANCELED = "late_canceled"
    CANCELED = "canceled"
    UNKNOWN = "unknown"


FATES: Mapping[AppointmentState, Fate] = MappingProxyType(
    {
        _S.COMPLETED: Fate.TOOK_PLACE,
        _S.IN_PROGRESS: Fate.TOOK_PLACE,
        _S.NO_SHOW: Fate.MISSED,
        _S.LATE_CANCELED: Fate.LATE_CANCELED,
        _S.CANCELED: Fate.CANCELED,
        _S.BOOKED: Fate.UNKNOWN,
        _S.CONFIRMED: Fate.UNKNOWN,
    }
)
"""Every state but holds, which were never visits."""

USED_TIME = frozenset({Fate.TOOK_PLACE, Fate.MISSED})
"""The physician waited for a patient who did not come, so that time is used, too."""


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    part: int
    whole: int

    @property
    def percent(self) -> float | None:
        """Return the share in percent, None of nothing."""
        return 100 * self.part / self.whole if self.whole else None

    @property
    def is_small(self) -> bool:
        """Tell whether one visit more or less changes the rate a lot."""
        return self.whole < SMALL


@dataclass(frozen=True, slots=True)
class Tally:
    """How many visits came to what."""

    fates: Mapping[Fate, int] = field(default_factory=dict)

    def __getitem__(self, fate: Fate) -> int:
        """Return how many visits came to this."""
        return self.fates.get(fate, 0)

    @property
    def total(self) -> int:
        """Return how many visits there are."""
        return sum(self.fates.values())

    @property
    def no_shows(self) -> Share:
        """Return the missed ones of those that took place or were missed."""
        return Share(self[Fate.MISSED], self[Fate.TOOK_PLACE] + self[Fate.MISSED])

    @property
    def late_cancels(self) -> Share:
        """Return those canceled late of those that nobody had called off in time."""
        stood = self[Fate.TOOK_PLACE] + self[Fate.MISSED] + self[Fate.LATE_CANCELED]
        return Share(self[Fate.LATE_CANCELED], stood)


def tally(counted: Iterable[tuple[AppointmentState, int]]) -> Tally:
    """Return how many visits came to what, from counts by state; holds are left out."""
    fates: Counter[Fate] = Counter()
    for state, count in counted:
        if state in FATES:
            fates[FATES[state]] += count
    return Tally(dict(fates))


def mondays(first: date, last: date) -> list[date]:
    """Return the Monday of every week that the days touch."""
    monday, found = first - timedelta(days=first.weekday()), []
    while monday <= last:
        found.append(monday)
        monday += _A_WEEK
    return found


@dataclass(frozen=True, slots=True)
class Bucket:
    """Calendar days from booking to start, both included; `last` None is without end."""

    first: int
    last: int | None

    def holds(self, days: int) -> bool:
        """Tell whether so many days fall in here."""
        return self.first <= days and (self.last is None or days <= self.last)


BUCKETS = (
    Bucket(0, 0),
    Bucket(1, 1),
    Bucket(2, 3),
    Bucket(4, 7),
    Bucket(8, 14),
    Bucket(15, 28),
    Bucket(29, None),
)


def in_buckets(days: Mapping[int, int]) -> list[int]:
    """Return how many visits fall in each bucket, from counts by days; booked after the start counts as 0 days."""
    return [sum(count for lead, count in days.items() if bucket.holds(max(lead, 0))) for bucket in BUCKETS]


def median(days: Mapping[int, int]) -> int | None:
    """Return the smallest number of days within which at least half of the visits were, None for none."""
    half, seen = sum(days.values()) / 2, 0
    for lead in sorted(days):
        seen += days[lead]
        if seen >= half:
            return max(lead, 0)
    return None


@dataclass(frozen=True, slots=True)
class Step:
    """A move of one visit, or the taking back of the one before it; oldest first in a list."""

    change: Change
    reason: str | None = None
    is_by_patient: bool = False


class Mover(StrEnum):
    """Who wanted another time, as far as anybody said."""

    PATIENT = "patient"
    CLINIC = "clinic"
    NOT_SAID = "not_said"


def standing_moves(steps: Sequence[Step]) -> list[Mover]:
    """Return who wanted each move that was not taken back."""
    moves: list[Mover] = []
    for step in steps:
        if step.change == Change.MOVED:
            moves.append(_mover(step))
        elif moves:
            moves.pop()
    return moves


def _mover(step: Step) -> Mover:
    if step.is_by_patient or step.reason == MoveReason.PATIENT_REQUEST:
        return Mover.PATIENT
    return Mover.CLINIC if step.reason == MoveReason.CLINIC_REQUEST else Mover.NOT_SAID


def minutes_within(ranges: Iterable[Range], window: Range) -> int:
    """Return the minutes of ranges in epoch seconds that lie in the window; ranges do not overlap."""
    begin, end = window
    return sum(max(0, min(closes, end) - max(opens, begin)) for opens, closes in ranges) // 60
