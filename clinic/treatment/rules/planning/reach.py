"""How near two sessions can be at all, and for how long a cap's places matter."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from clinic.treatment.rules.planning.stages import Stage
from clinic.treatment.rules.planning.times import Tight

_WEEK = 7


class Reach(NamedTuple):
    """The fewest days between two sessions, how long each cap matters, by its number, and how many visits are kept."""

    least_days: int
    caps: list[dict[int, int]]
    kept: int


def reach_of(stages: Sequence[Stage], tight: Tight, *, kept: int) -> Reach:
    """Return what all outlooks of one search have in common."""
    least_days = least_step(stages)
    return Reach(least_days, _caps_in_reach(stages, tight, least_days=least_days), kept)


def least_step(stages: Sequence[Stage]) -> int:
    """Return the fewest calendar days, up to a week, that any times allow between two sessions."""
    sessions = [stage for stage in stages if stage.is_session]
    pairs = {
        (id(one.times), id(other.times), other.least_gap, other.low): (one, other) for one, other in pairwise(sessions)
    }
    fewest = _WEEK
    for one, other in pairs.values():
        fewest = next((days for days in range(fewest) if _can_be_apart(one, other, days=days)), fewest)
    return fewest


def _caps_in_reach(stages: Sequence[Stage], tight: Tight, *, least_days: int) -> list[dict[int, int]]:
    """Return after each step, for each cap, until which day of the last session a later step could take a place."""
    first = next((index for index, stage in enumerate(stages) if stage.is_session), len(stages))
    return [
        # A session before the first step may be nearer than two that are planned can be.
        _last_days(stages[index + 1 :], tight, ahead=least_days if index >= first else 0)
        for index in range(len(stages))
    ]


def _last_days(stages: Sequence[Stage], tight: Tight, *, ahead: int) -> dict[int, int]:
    days: dict[int, int] = {}
    for stage in stages:
        for number, key in enumerate(tight):
            if key in stage.caps:
                last = stage.caps[key] - (ahead if stage.is_session else 0)
                days[number] = max(last, days.get(number, last))
    return days


def _can_be_apart(before: Stage, after: Stage, *, days: int) -> bool:
    if days < after.low:
        return False
    for day in before.times.days:
        one, other = before.times.open_hours(day), after.times.open_hours(day + days)
        if one and other and other[1] >= one[0] + after.least_gap:
            return True
    return False
