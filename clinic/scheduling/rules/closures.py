"""Days on which the whole clinic is closed, as stretches of each physician's own calendar."""

from collections.abc import Iterable, Sequence
from datetime import date, time, timedelta
from typing import NamedTuple

from clinic.kernel.localtime import edge_epoch, local_day
from clinic.scheduling.rules.visits import Blocked, Range

_MIDNIGHT = time(0)
_A_DAY = timedelta(days=1)


class Closure(NamedTuple):
    """Closed from `first_day` through `last_day`: whole days, or from `begins` to `ends` on each of them.

    `state` limits it to patients who are there, None closes for everybody.
    """

    name: str
    state: str | None
    first_day: date
    last_day: date
    begins: time | None = None
    ends: time | None = None


def stretches(closures: Sequence[Closure], *, zone: str, state: str, window: Range) -> tuple[Blocked, ...]:
    """Return when a physician of `zone` sees no patient who is in `state`, for the days around the window."""
    if not closures:
        return ()
    first, last = local_day(window[0], zone) - _A_DAY, local_day(window[1], zone) + _A_DAY
    found: list[Blocked] = []
    for closure in closures:
        if closure.state in {None, state} and closure.first_day <= last and closure.last_day >= first:
            days = max(first, closure.first_day), min(last, closure.last_day)
            found.extend(_of_one(closure, days, zone))
    return tuple(found)


def _of_one(closure: Closure, days: tuple[date, date], zone: str) -> Iterable[Blocked]:
    first, last = days
    if closure.begins is None or closure.ends is None:
        return [Blocked(*_whole_days(first, last, zone), closure.name)]
    every_day = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return [
        Blocked(edge_epoch(day, closure.begins, zone), edge_epoch(day, closure.ends, zone), closure.name)
        for day in every_day
    ]


def _whole_days(first: date, last: date, zone: str) -> Range:
    return edge_epoch(first, _MIDNIGHT, zone), edge_epoch(last + _A_DAY, _MIDNIGHT, zone)
