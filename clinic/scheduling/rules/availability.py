"""A physician's opening hours: weekly rules in the physician's own zone, with extra and closed stretches."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from clinic.kernel.localtime import edge_epoch, local_day
from clinic.scheduling.rules.visits import FOREVER, Range

_MIDNIGHT = time(0)
_A_DAY = timedelta(days=1)
_DAYS_A_WEEK = 7


class OverrideKind(StrEnum):
    """What an exception does to the weekly hours."""

    EXTRA = "extra"
    CLOSED = "closed"


class WeeklyRule(NamedTuple):
    """Hours on one weekday (0 is Monday) in the physician's local time.

    They hold from `effective_from` through `effective_until` (included, None is without end). `closes` at 00:00
    is the end of the day.
    """

    weekday: int
    opens: time
    closes: time
    effective_from: date
    effective_until: date | None = None


class Override(NamedTuple):
    """One stretch, half-open in epoch seconds, that is opened or closed whatever the week says; closed wins."""

    kind: OverrideKind
    starts_at: int
    ends_at: int


@dataclass(frozen=True, slots=True)
class Openings:
    """Sorted ranges that do not touch, and whether a closing took something away from them."""

    ranges: tuple[Range, ...]
    closed: bool = False


def expand(rules: Sequence[WeeklyRule], overrides: Sequence[Override], *, zone: str, window: Range) -> Openings:
    """Return the openings on every local day that the window touches, and on the days around it.

    The ranges are not cut at the window, so that a visit starting inside it can be seen to fit.
    """
    weekly = _weekly(tuple(rules), zone, days=_days_around(window, zone))
    if not overrides:
        return Openings(weekly)
    extra = [(begin, end) for kind, begin, end in overrides if kind is OverrideKind.EXTRA]
    closed = [(begin, end) for kind, begin, end in overrides if kind is OverrideKind.CLOSED]
    full = merged([*weekly, *extra])
    left = subtracted(full, merged(closed))
    return Openings(left, closed=_clipped(left, window) != _clipped(full, window))


def overlap(one: WeeklyRule, other: WeeklyRule) -> bool:
    """Tell whether two weekly rules hold at the same time on at least one date; times that only touch do not."""
    if one.weekday != other.weekday or not (one.opens < other.closes and other.opens < one.closes):
        return False
    first = max(one.effective_from, other.effective_from)
    last = min(one.effective_until or date.max, other.effective_until or date.max)
    return first.toordinal() + (one.weekday - first.weekday()) % _DAYS_A_WEEK <= last.toordinal()


def merged(ranges: Iterable[Range]) -> tuple[Range, ...]:
    """Return the same time as sorted ranges that neither overlap nor touch; empty ranges vanish."""
    result: list[Range] = []
    for begin, end in sorted(ranges):
        if begin >= end:
            continue
        if result and begin <= result[-1][1]:
            result[-1] = (result[-1][0], max(result[-1][1], end))
        else:
            result.append((begin, end))
    return tuple(result)


def subtracted(ranges: Iterable[Range], holes: Sequence[Range]) -> tuple[Range, ...]:
    """Return what is left of the ranges without the holes, which are sorted; merged like `merged`."""
    left: list[Range] = []
    for begin, end in ranges:
        rest = begin
        for hole_begin, hole_end in holes:
            left.append((rest, min(hole_begin, end)))
            rest = max(rest, hole_end)
        left.append((rest, end))
    return merged(left)


# Every search asks for the same days again, and most physicians keep the hours of some colleague.
@lru_cache(maxsize=4_096)
def _weekly(rules: tuple[WeeklyRule, ...], zone: str, *, days: tuple[date, date]) -> tuple[Range, ...]:
    first, last = days
    by_weekday = defaultdict(list)
    for rule in rules:
        by_weekday[rule.weekday].append(rule)
    every_day = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return merged(
        _on(day, rule, zone) for day in every_day for rule in by_weekday[day.weekday()] if _is_effective(rule, day)
    )


def _days_around(window: Range, zone: str) -> tuple[date, date]:
    return local_day(window[0], zone) - _A_DAY, local_day(window[1], zone) + _A_DAY


def _is_effective(rule: WeeklyRule, day: date) -> bool:
    return rule.effective_from <= day and (rule.effective_until is None or day <= rule.effective_until)


def _on(day: date, rule: WeeklyRule, zone: str) -> Range:
    closing_day = day if rule.closes > _MIDNIGHT else day + _A_DAY
    return edge_epoch(day, rule.opens, zone), edge_epoch(closing_day, rule.closes, zone)


def _clipped(ranges: Iterable[Range], window: Range) -> tuple[Range, ...]:
    return subtracted(ranges, [(0, window[0]), (window[1], FOREVER)])
