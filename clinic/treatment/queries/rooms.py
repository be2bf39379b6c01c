"""Where few places are left: days and weeks of physicians' caps, and months of a membership."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import takewhile
from typing import NamedTuple
from uuid import UUID

from clinic.scheduling.queries import CapRoom
from clinic.scheduling.queries.covering import Cover, CoveredDays
from clinic.treatment.rules.planning import Kind, Limit, Outline


class Rooms(NamedTuple):
    """The days or weeks of one cap in which it has few places left."""

    begins: list[int]
    ends: list[int]
    limits: list[Limit]


def small_rooms(caps: Sequence[CapRoom], code: str, *, visits: int) -> dict[UUID, list[Rooms]]:
    """Return by physician where fewer than so many visits more are taken; roomier caps limit no course."""
    found: dict[UUID, list[Rooms]] = {}
    for cap in caps:
        small = [room for room in cap.rooms if room.left < visits] if cap.kind in {None, code} else []
        if small:
            limits = [Limit((cap.physician_id, cap.number, room.begin), room.left) for room in small]
            rooms = Rooms([room.begin for room in small], [room.end for room in small], limits)
            found.setdefault(cap.physician_id, []).append(rooms)
    return found


def limits_at(rooms: Mapping[UUID, Sequence[Rooms]], physician_id: UUID, instant: int) -> list[Limit]:
    """Return the caps of which a visit with this physician at an instant takes one of few places."""
    found = (room_at(each, instant) for each in rooms.get(physician_id, ()))
    return [limit for limit in found if limit is not None]


def room_at(rooms: Rooms, instant: int) -> Limit | None:
    """Return the limit of the day, week or month at an instant, None where there is none."""
    place = bisect_right(rooms.begins, instant) - 1
    return rooms.limits[place] if place >= 0 and instant < rooms.ends[place] else None


def covered_months(cover: Cover, months: Sequence[CoveredDays], *, visits: int) -> Rooms:
    """Return the months of a membership in which fewer than so many sessions more are covered."""
    small = [
        (*cover.edges(days), Limit(("membership", days.first), days.left)) for days in months if days.left < visits
    ]
    return Rooms([begin for begin, _, _ in small], [end for _, end, _ in small], [limit for _, _, limit in small])


def without_sessions(outline: Outline) -> Outline:
    """Return what of an outline comes before the next session: a visit that is due is nobody's question of money."""
    return replace(outline, steps=tuple(takewhile(lambda step: step.kind is Kind.REVIEW, outline.steps)))
