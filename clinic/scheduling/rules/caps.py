"""The most visits that a physician takes in a day or week: which days are full, and who is one too many."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from clinic.kernel.localtime import edge_epoch, local_day
from clinic.scheduling.rules.visits import Blocked, Range

_MIDNIGHT = time(0)
_A_DAY = timedelta(days=1)


class CapPer(StrEnum):
    """Over which local days of the physician visits are counted; a week is Monday to Sunday."""

    DAY = "day"
    WEEK = "week"


class Cap(NamedTuple):
    """At most `most` visits from `since` through `until` (included, None is without end); `words` say so.

    Only visits on those days count, so that a visit outside them never takes a place within.
    """

    per: CapPer
    most: int
    since: date
    until: date | None
    words: str = ""


class Counted(NamedTuple):
    """A visit that a cap counts; `is_fixed` keeps its place whatever the cap says, `order` ranks the others."""

    id: UUID
    day: date
    is_fixed: bool
    order: tuple[datetime, UUID]


class Room(NamedTuple):
    """A stretch in epoch seconds, half-open, in which a cap has places left."""

    begin: int
    end: int
    left: int


def cap_words(most: int, per: str, kind: str | None = None) -> str:
    """Return a cap in words: "at most 6 visits a day", "at most 1 visit a week (Follow-up)"."""
    visits = "visit" if most == 1 else "visits"
    return f"at most {most} {visits} a {per}" + (f" ({kind})" if kind else "")


def full_stretches(caps: Sequence[tuple[Cap, Mapping[date, int]]], *, zone: str, window: Range) -> tuple[Blocked, ...]:
    """Return the local days in the window on which one visit more would be over a cap.

    Each cap comes with the number of visits by local day, for whole weeks around the window.
    """
    if not caps:
        return ()
    first, last = local_day(window[0], zone), local_day(window[1], zone)
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    found: list[Blocked] = []
    for cap, counts in caps:
        taken = _by_bucket(cap, counts)
        found.extend(
            Blocked(edge_epoch(day, _MIDNIGHT, zone), edge_epoch(day + _A_DAY, _MIDNIGHT, zone), cap.words)
            for day in days
            if holds_on(cap, day) and taken.get(bucket(cap, day), 0) >= cap.most
        )
    return tuple(found)


def room_left(cap: Cap, counts: Mapping[date, int], *, zone: str, window: Range) -> tuple[Room, ...]:
    """Return how many visits more a cap takes in each of its days or weeks that the window touches."""
    taken = _by_bucket(cap, counts)
    first, last = local_day(window[0], zone), local_day(window[1], zone)
    groups: dict[date, list[date]] = {}
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        if holds_on(cap, day):
            groups.setdefault(bucket(cap, day), []).append(day)
    return tuple(
        Room(
            edge_epoch(days[0], _MIDNIGHT, zone),
            edge_epoch(days[-1] + _A_DAY, _MIDNIGHT, zone),
            max(0, cap.most - taken.get(one, 0)),
        )
        for one, days in groups.items()
    )


def beyond(cap: Cap, visits: Sequence[Counted]) -> frozenset[UUID]:
    """Return the ids of the visits that are too many under a cap.

    Places go to the fixed ones first, then by `order`.
    """
    groups: dict[date, list[Counted]] = {}
    for visit in visits:
        if holds_on(cap, visit.day):
            groups.setdefault(bucket(cap, visit.day), []).append(visit)
    ranked = (sorted(group, key=lambda visit: (not visit.is_fixed, visit.order)) for group in groups.values())
    return frozenset(visit.id for group in ranked for visit in group[cap.most :] if not visit.is_fixed)


def holds_on(cap: Cap, day: date) -> bool:
    """Tell whether a cap holds on a day."""
    return cap.since <= day and (cap.until is None or day <= cap.until)


def bucket(cap: Cap, day: date) -> date:
    """Return the first of the days that a cap counts together with `day`."""
    return day if cap.per == CapPer.DAY else day - timedelta(days=day.weekday())


def _by_bucket(cap: Cap, counts: Mapping[date, int]) -> dict[date, int]:
    taken: dict[date, int] = {}
    for day, count in counts.items():
        if holds_on(cap, day):
            taken[bucket(cap, day)] = taken.get(bucket(cap, day), 0) + count
    return taken
