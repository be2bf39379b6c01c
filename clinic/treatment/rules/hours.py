"""Hours of the week in which somebody can be there, as they are typed, stored and asked about."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from clinic.kernel.localtime import in_zone
from clinic.treatment.errors import HoursNotRead

_A_DAY = 24 * 60
_A_WEEK = 7 * _A_DAY
MOST_ROWS = 42
_SHORTEST = 15
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|24:00")
_PARTS_OF_A_ROW, _SUNDAY = 3, 6


class Stretch(NamedTuple):
    """Minutes of one weekday, half-open; 0 is Monday and 1440 its midnight."""

    weekday: int
    begin: int
    end: int


WeeklyHours = tuple[Stretch, ...]
"""In order, apart from each other; none means any time."""


def hours_of(listing: object, *, field: str) -> WeeklyHours:
    """Read rows of `[weekday, "HH:MM", "HH:MM"]`; raises HoursNotRead at `field`.

    Rows that overlap or touch become one. Midnight ends a day as 24:00, or as 00:00 where a browser knows no other way.
    """
    if not isinstance(listing, Sequence) or isinstance(listing, str | bytes):
        raise HoursNotRead("Choose days with their hours.", field=field)
    if len(listing) > MOST_ROWS:
        raise HoursNotRead(f"Choose at most {MOST_ROWS} rows of hours.", field=field)
    return _merged(sorted(_stretch(row, field=field) for row in listing))


def listing_of(hours: WeeklyHours) -> list[list[int | str]]:
    """Return the rows as they are stored."""
    return [[stretch.weekday, _clock(stretch.begin), _clock(stretch.end)] for stretch in hours]


def is_within(hours: WeeklyHours, *, starts_at: datetime, ends_at: datetime, zone: str) -> bool:
    """Tell whether a visit lies in one stretch by the wall clock of `zone`; hours may go on past midnight."""
    begin = _minute_of_week(starts_at, zone)
    end = begin + (_minute_of_week(ends_at, zone) - begin) % _A_WEEK
    return not hours or any(first <= begin and end <= last for first, last in _through_midnight(hours))


def _through_midnight(hours: WeeklyHours) -> list[list[int]]:
    """Return the stretches of two weeks in minutes, joined where one day's end is the next one's beginning."""
    week = [(each.weekday * _A_DAY + each.begin, each.weekday * _A_DAY + each.end) for each in hours]
    joined: list[list[int]] = []
    for begin, end in [*week, *((begin + _A_WEEK, end + _A_WEEK) for begin, end in week)]:
        if joined and joined[-1][1] == begin:
            joined[-1][1] = end
        else:
            joined.append([begin, end])
    return joined


def _minute_of_week(instant: datetime, zone: str) -> int:
    local = in_zone(instant, zone)
    return local.weekday() * _A_DAY + local.hour * 60 + local.minute


def _stretch(row: object, *, field: str) -> Stretch:
    if not isinstance(row, Sequence) or isinstance(row, str | bytes) or len(row) != _PARTS_OF_A_ROW:
        raise HoursNotRead("Choose a day, a beginning and an end.", field=field)
    weekday = row[0]
    if isinstance(weekday, bool) or not isinstance(weekday, int) or not 0 <= weekday <= _SUNDAY:
        raise HoursNotRead("Choose a day of the week.", field=field)
    begin, end = _minutes(row[1], field=field), _minutes(row[2], field=field) or _A_DAY
    if end <= begin:
        raise HoursNotRead(
            "These hours end before they begin. Turn them round; hours past midnight need a row of each day.",
            field=field,
        )
    if end - begin < _SHORTEST:
        raise HoursNotRead(f"Hours last at least {_SHORTEST} minutes.", field=field)
    return Stretch(weekday, begin, end)


def _minutes(typed: object, *, field: str) -> int:
    found = _CLOCK.fullmatch(typed) if isinstance(typed, str) else None
    if found is None:
        raise HoursNotRead("Write times like 09:30, from 00:00 to 24:00.", field=field)
    return _A_DAY if found[1] is None else int(found[1]) * 60 + int(found[2])


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _merged(stretches: Sequence[Stretch]) -> WeeklyHours:
    merged: list[Stretch] = []
    for each in stretches:
        last = merged[-1] if merged else None
        if last is not None and last.weekday == each.weekday and each.begin <= last.end:
            merged[-1] = last._replace(end=max(last.end, each.end))
        else:
            merged.append(each)
    return tuple(merged)
