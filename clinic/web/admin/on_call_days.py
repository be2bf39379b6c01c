"""The rota day by day as its page shows it: who is when first in line or the backup, and when nobody is."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from clinic.kernel.localtime import first_instant_of, in_zone
from clinic.oncall.queries import ShiftRow
from clinic.oncall.rules import Place, Span

_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Somebody's shift on one day, or with no shift a time when nobody is there."""

    shift: ShiftRow | None
    hours: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One day of the rota."""

    on: date
    first: tuple[Entry, ...]
    backup: tuple[Entry, ...]


def days_of(shifts: list[ShiftRow], gaps: list[Span], *, first_day: date, last_day: date, zone: str) -> list[Day]:
    """Return the days from the first to the last, in the clinic's zone."""
    count = (last_day - first_day).days + 1
    return [_day(first_day + timedelta(days=number), shifts, gaps, zone=zone) for number in range(count)]


def _day(on: date, shifts: list[ShiftRow], gaps: list[Span], *, zone: str) -> Day:
    whole = Span(first_instant_of(on, zone), first_instant_of(on + _A_DAY, zone))
    firsts = [(one.span, one) for one in shifts if one.place is Place.FIRST]
    backups = [(one.span, one) for one in shifts if one.place is Place.BACKUP]
    nobody = [(gap, None) for gap in gaps]
    return Day(
        on=on,
        first=_entries([*firsts, *nobody], whole, zone),
        backup=_entries(backups, whole, zone),
    )


def _entries(found: Iterable[tuple[Span, ShiftRow | None]], whole: Span, zone: str) -> tuple[Entry, ...]:
    here = [(span, shift) for span, shift in found if span.starts_at < whole.ends_at and span.ends_at > whole.starts_at]
    return tuple(
        Entry(shift=shift, hours=_hours(span, whole, zone))
        for span, shift in sorted(here, key=lambda pair: (pair[0], pair[1] is None))
    )


def _hours(span: Span, whole: Span, zone: str) -> str:
    """Return `all day`, `until 8:00 AM`, `from 5:00 PM` or `8:00 AM to 5:00 PM`."""
    begins, ends = span.starts_at > whole.starts_at, span.ends_at < whole.ends_at
    if begins and ends:
        return f"{_clock(span.starts_at, zone)} to {_clock(span.ends_at, zone)}"
    if begins:
        return f"from {_clock(span.starts_at, zone)}"
    return f"until {_clock(span.ends_at, zone)}" if ends else "all day"


def _clock(at: datetime, zone: str) -> str:
    return f"{in_zone(at, zone):%-I:%M %p}"
