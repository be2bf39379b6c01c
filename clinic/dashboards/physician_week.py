"""One week of a physician's hours, day by day on the wall clock: what is open, and what closes it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.dashboards.working_hours import Closing, WorkingHours, working_hours
from clinic.kernel.localtime import edge_epoch, in_zone
from clinic.people.queries import physician
from clinic.scheduling.rules.visits import Range

_DAYS = 7
_A_DAY = timedelta(days=1)
_MIDNIGHT = time(0)
_MINUTES_A_DAY = 24 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Minutes of one local day, from its midnight on the wall clock; `why` names what closes it, empty when open."""

    begins: int
    ends: int
    why: str = ""

    @property
    def is_whole_day(self) -> bool:
        """Tell whether it is the day from midnight to midnight."""
        return self.begins == 0 and self.ends == _MINUTES_A_DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class DayHours:
    """One local day: what is open, what is closed for everybody, and what is closed for one state's patients only."""

    day: date
    open: tuple[Stretch, ...]
    closed: tuple[Stretch, ...]
    notes: tuple[str, ...]


def physician_week(session: Session, *, physician_id: UUID, monday: date) -> list[DayHours]:
    """Return the seven days from a Monday in the physician's own zone."""
    zone = physician(session, physician_id).zone
    window = _start(monday, zone), _start(monday + _DAYS * _A_DAY, zone)
    found = working_hours(session, {physician_id: zone}, window=window)[physician_id]
    return [_day(monday + number * _A_DAY, found, zone=zone) for number in range(_DAYS)]


def _day(day: date, found: WorkingHours, *, zone: str) -> DayHours:
    window = _start(day, zone), _start(day + _A_DAY, zone)
    opened = [Closing(begin, end, "", None) for begin, end in found.open]
    shut = [one for one in found.closed if one.begin < window[1] and window[0] < one.end]
    return DayHours(
        day=day,
        open=tuple(_stretches(opened, window=window, zone=zone)),
        closed=tuple(_stretches((one for one in shut if one.state is None), window=window, zone=zone)),
        notes=tuple(f"{one.name} ({one.state})" for one in shut if one.state),
    )


def _stretches(ranges: Iterable[Closing], *, window: Range, zone: str) -> Iterator[Stretch]:
    first, last = window
    for begin, end, name, _ in ranges:
        if begin < last and first < end:
            ends = _MINUTES_A_DAY if end >= last else _minute(end, zone)
            yield Stretch(begins=_minute(max(begin, first), zone), ends=ends, why=name)


def _start(day: date, zone: str) -> int:
    return edge_epoch(day, _MIDNIGHT, zone)


def _minute(epoch: int, zone: str) -> int:
    at = in_zone(datetime.fromtimestamp(epoch, UTC), zone)
    return at.hour * 60 + at.minute
