"""The course as a calendar: a table for each month, a cell for each day, windows of slack as hatched days."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

_A_DAY = timedelta(days=1)
_A_WEEK = 7
_AROUND = 10 * _A_DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One visit in a cell: `label` is its number or glyph, `word` says the rest, `look` its pattern."""

    label: str
    time: str
    word: str
    look: str
    href: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """One visit of the course with its day, and the days to which it could move."""

    day: date
    mark: Mark
    window: tuple[date, date] | None = None


@dataclass(slots=True, kw_only=True)
class Cell:
    """One day; `windows` are the labels of visits that could be here, a day of another month has no `day`."""

    day: date | None
    is_today: bool = False
    is_past: bool = False
    marks: list[Mark] = field(default_factory=list)
    windows: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """One table."""

    title: str
    key: str
    weeks: list[list[Cell]]


def months(visits: Sequence[Placed], *, today: date) -> list[Month]:
    """Return the months from the first to the last visit with their weeks, Sunday first; empty weeks are left out.

    Windows that reach far beyond the visits are cut off, so that a course stays on one look.
    """
    days = [one.day for one in visits]
    if not days:
        return []
    known = _cells(visits, earliest=min(days) - _AROUND, latest=max(days) + _AROUND, today=today)
    return [_month(first, known, today=today) for first in _firsts(min(known), max(known))]


def _cells(visits: Iterable[Placed], *, earliest: date, latest: date, today: date) -> Mapping[date, Cell]:
    found: dict[date, Cell] = {}
    for one in visits:
        found.setdefault(one.day, _blank(one.day, today)).marks.append(one.mark)
        for day in _days(one.window):
            if day != one.day and earliest <= day <= latest:
                found.setdefault(day, _blank(day, today)).windows.append(one.mark.label)
    return found


def _days(window: tuple[date, date] | None) -> Iterator[date]:
    if window is not None:
        for offset in range((window[1] - window[0]).days + 1):
            yield window[0] + offset * _A_DAY


def _blank(day: date, today: date) -> Cell:
    return Cell(day=day, is_today=day == today, is_past=day < today)


def _firsts(first: date, last: date) -> Iterator[date]:
    day = first.replace(day=1)
    while day <= last:
        yield day
        day = (day + 31 * _A_DAY).replace(day=1)


def _month(first: date, known: Mapping[date, Cell], *, today: date) -> Month:
    end = (first + 31 * _A_DAY).replace(day=1)
    sunday = first - ((first.weekday() + 1) % _A_WEEK) * _A_DAY
    weeks = []
    while sunday < end:
        days = [sunday + offset * _A_DAY for offset in range(_A_WEEK)]
        inside = [day for day in days if first <= day < end]
        if any(day in known for day in inside):
            weeks.append([_cell(day, known, today) if day in inside else Cell(day=None) for day in days])
        sunday += _A_WEEK * _A_DAY
    return Month(title=f"{first:%B} {first.year}", key=f"{first:%Y-%m}", weeks=weeks)


def _cell(day: date, known: Mapping[date, Cell], today: date) -> Cell:
    return known.get(day) or _blank(day, today)
