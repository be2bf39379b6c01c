"""The time axis of all drawings of a timeline: days to pixels, ticks that have room, labels that do not meet."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from clinic.web.charts.drawing import Size

WIDE, NARROW = Size("wide", 720), Size("narrow", 330)
"""A timeline is as wide as its column; on a phone it is another drawing and not a smaller one."""

MARGIN = 26.0
"""Labels nearer to each other than this are put on two rows, or left out."""

_LEFT = {"wide": 30, "narrow": 24}
_RIGHT = {"wide": 104, "narrow": 82}
_INSIDE = 9
"""So far from both edges lie the first and the last day, that their marks meet neither numbers nor words."""

_LETTER = 6.6
_ROOM = 10
_WEEK = 7
_WEEKS_UP_TO = 100
"""A stretch of up to so many days has ticks at weeks, a longer one at months."""


@dataclass(frozen=True, slots=True)
class Axis:
    """The days from first to last across one drawing."""

    size: Size
    first: date
    last: date

    @property
    def left(self) -> float:
        """Return where the days begin, right of the numbers."""
        return _LEFT[self.size.name]

    @property
    def right(self) -> float:
        """Return where the days end, left of the words."""
        return self.size.width - _RIGHT[self.size.name]

    @property
    def length(self) -> int:
        """Return how many days there are."""
        return (self.last - self.first).days + 1

    def x(self, day: date) -> float:
        """Return the middle of a day."""
        share = ((day - self.first).days + 0.5) / self.length
        return self.left + _INSIDE + (self.right - self.left - 2 * _INSIDE) * share

    def ticks(self) -> Iterator[tuple[float, str]]:
        """Give the places with a label: Mondays of a short stretch, months of a longer one, as many as have room."""
        days = list(self._mondays() if self.length <= _WEEKS_UP_TO else self._months())
        widest = max((len(_label(day, self)) for day in days), default=0) * _LETTER + _ROOM
        end = self.left - _ROOM
        for day in days:
            x, half = self.x(day), len(_label(day, self)) * _LETTER / 2
            if x - half >= end and x + half <= self.right + _ROOM:
                yield x, _label(day, self)
                end = x - half + widest

    def _mondays(self) -> Iterator[date]:
        day = self.first + timedelta(days=-self.first.weekday() % _WEEK)
        while day <= self.last:
            yield day
            day += timedelta(days=_WEEK)

    def _months(self) -> Iterator[date]:
        day = self.first.replace(day=1)
        while day <= self.last:
            if day >= self.first:
                yield day
            day = (day + timedelta(days=31)).replace(day=1)


def _label(day: date, axis: Axis) -> str:
    """Return `Nov 9` for a week, `Nov` for a month, and the year where one begins."""
    if axis.length <= _WEEKS_UP_TO:
        return f"{day:%b} {day.day}"
    return f"{day:%Y}" if day.month == 1 else f"{day:%b}"


def staggered(places: Sequence[float], *, room: float = MARGIN, rows: int = 2) -> list[int | None]:
    """Return the row of each label, from left to right: the first row where it has room, None where none has."""
    ends = [float("-inf")] * rows
    found: list[int | None] = []
    for x in places:
        row = next((number for number, end in enumerate(ends) if x - end >= room), None)
        if row is not None:
            ends[row] = x
        found.append(row)
    return found


def gathered(places: Iterable[float], *, room: float) -> list[list[int]]:
    """Return the numbers of places that lie so close that one mark has to stand for them, from left to right."""
    groups: list[list[int]] = []
    start = float("-inf")
    for number, x in enumerate(places):
        if x - start < room:
            groups[-1].append(number)
        else:
            groups.append([number])
            start = x
    return groups
