"""The minutes that a kind of visit takes from the patient and from the physician."""

from dataclasses import dataclass
from typing import NamedTuple

MINUTE = 60
FOREVER = 1 << 40
"""An instant after every other, in epoch seconds."""

Range = tuple[int, int]
"""Half-open `[start, end)` in epoch seconds."""


class Blocked(NamedTuple):
    """A stretch in epoch seconds, half-open, that is closed to visits for a reason that has a name."""

    begin: int
    end: int
    name: str


class Segment(NamedTuple):
    """A stretch in which the physician is engaged, in minutes from the start of the visit."""

    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class VisitShape:
    """What a visit type asks of both sides and of the calendar; all spans in minutes, the horizon in days.

    `engaged` is ordered and does not overlap. `buffer_before` lies before the first segment and `buffer_after`
    after the last. `rest` is the time after the visit that must still lie within the patient's day.
    """

    patient_minutes: int
    engaged: tuple[Segment, ...]
    buffer_before: int = 0
    buffer_after: int = 0
    min_notice: int = 0
    horizon_days: int = 60
    step: int = 15
    rest: int = 0


def whole_visit(minutes: int) -> tuple[Segment, ...]:
    """Return the segments of a visit in which the physician is present from beginning to end."""
    return (Segment(0, minutes),)


def patient_range(visit: VisitShape, starts_at: int) -> Range:
    """Return the time that a visit starting at `starts_at` takes from the patient."""
    return starts_at, starts_at + visit.patient_minutes * MINUTE


def reserved_segments(visit: VisitShape) -> tuple[Range, ...]:
    """Return the physician's segments with their buffers as `(from, to)` in seconds from the start of the visit."""
    last = len(visit.engaged) - 1
    reserved: list[Range] = []
    for index, (offset, length) in enumerate(visit.engaged):
        begin = offset - (visit.buffer_before if index == 0 else 0)
        end = offset + length + (visit.buffer_after if index == last else 0)
        reserved.append((begin * MINUTE, end * MINUTE))
    return tuple(reserved)


def margins(visit: VisitShape) -> Range:
    """Return how many seconds of the physician's a visit takes before the patient's part and after it."""
    reserved = reserved_segments(visit)
    return max(0, -reserved[0][0]), max(0, reserved[-1][1] - visit.patient_minutes * MINUTE)


def physician_ranges(visit: VisitShape, starts_at: int) -> tuple[Range, ...]:
    """Return the time that a visit starting at `starts_at` takes from the physician, buffers included.

    Exactly this is stored as the physician's busy time, so that the exclusion constraint keeps the buffers too.
    """
    return tuple((starts_at + begin, starts_at + end) for begin, end in reserved_segments(visit))
