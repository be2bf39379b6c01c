"""Whether a promised visit still lies within a physician's hours, the clinic's closures and the caps."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from clinic.scheduling.rules.caps import Cap, Counted, beyond
from clinic.scheduling.rules.visits import MINUTE, Blocked, Range

OUTSIDE_HOURS = "Outside the physician's hours."


class Promise(NamedTuple):
    """A visit that holds a place in the calendar: `day` is the physician's local day, `state` where the patient is.

    Only what `can_strand` is judged: neither what has begun nor what was overbooked on purpose.
    """

    id: UUID
    kind: str
    starts_at: int
    state: str
    day: date
    can_strand: bool
    is_overbooked: bool
    booked_at: datetime


@dataclass(frozen=True, slots=True)
class Limits:
    """What one physician's visits must keep to: sorted openings, closures by the patient's state, caps by kind."""

    openings: Sequence[Range]
    closures: Mapping[str, Sequence[Blocked]]
    caps: Sequence[tuple[str | None, Cap]]
    engaged: Mapping[str, Sequence[Sequence[int]]]


def stranded(visits: Sequence[Promise], limits: Limits) -> dict[UUID, tuple[str, ...]]:
    """Return the visits that the limits would not allow, each with the reasons in words.

    Only the stretches that engage the physician count, as in the search for free times.
    """
    why: dict[UUID, list[str]] = defaultdict(list)
    for visit in visits:
        if visit.can_strand:
            why[visit.id].extend(_objections(visit, limits))
    for kind, cap in limits.caps:
        for visit_id in beyond(cap, [_counted(visit) for visit in visits if _is_counted(visit, kind)]):
            why[visit_id].append(f"More than the physician takes: {cap.words}.")
    return {visit_id: tuple(words) for visit_id, words in why.items() if words}


def _objections(visit: Promise, limits: Limits) -> Iterable[str]:
    needed = [
        (visit.starts_at + offset * MINUTE, visit.starts_at + (offset + length) * MINUTE)
        for offset, length in limits.engaged[visit.kind]
    ]
    if not all(_is_open(stretch, limits.openings) for stretch in needed):
        yield OUTSIDE_HOURS
    for begin, end, name in limits.closures.get(visit.state, ()):
        if any(begin < high and low < end for low, high in needed):
            yield f"The clinic is closed ({name})."


def _is_open(stretch: Range, openings: Sequence[Range]) -> bool:
    begin, end = stretch
    place = bisect_right(openings, begin, key=lambda opening: opening[0])
    return place > 0 and end <= openings[place - 1][1]


def _is_counted(visit: Promise, kind: str | None) -> bool:
    # An overbooking came on top of the places that there are, so it takes none away from visits promised before.
    return not visit.is_overbooked and kind in {None, visit.kind}


def _counted(visit: Promise) -> Counted:
    return Counted(visit.id, visit.day, not visit.can_strand, (visit.booked_at, visit.id))
