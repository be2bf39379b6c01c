"""Local days of one physician: visits, open hours as instants, what lies free between, and how full it is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy.orm import Session

from clinic.dashboards.working_hours import WorkingHours, working_hours
from clinic.kernel.localtime import first_instant_of, in_zone
from clinic.people.models import Physician
from clinic.scheduling import queries
from clinic.scheduling.queries import VisitRow
from clinic.scheduling.rules.states import OCCUPYING, AppointmentState

Span = tuple[datetime, datetime]
"""Half-open instants in UTC."""

WORK = OCCUPYING - {AppointmentState.HELD} | {AppointmentState.COMPLETED, AppointmentState.NO_SHOW}
"""States of visits that took or take the physician's time; a hold is not one yet."""

_A_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
_SHORTEST_GAP = timedelta(minutes=10)
_DAYS = 7
_UNNAMED = "Time off"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnDay:
    """One local day of a physician; spans are instants in UTC, `closed` says why."""

    day: date
    whole: Span
    rows: Sequence[VisitRow]
    open: Sequence[Span]
    closed: Sequence[tuple[Span, str]]
    notes: Sequence[str]

    @property
    def visits(self) -> int:
        """Return how many visits take place, took place or were missed."""
        return sum(row.state in WORK for row in self.rows)

    @property
    def booked_minutes(self) -> int:
        """Return the minutes of the physician that visits take, their buffers included."""
        return _minutes(span for row in self.rows if row.state in WORK for span in row.busy)

    @property
    def open_minutes(self) -> int:
        """Return the minutes in which visits can be booked."""
        return _minutes(self.open)

    def gaps(self, now: datetime) -> list[Span]:
        """Return the open stretches between visits and holds that are not over, too short ones left out."""
        taken = sorted(span for row in self.rows if row.state in WORK | OCCUPYING for span in row.busy)
        left = [gap for span in self.open for gap in _without(span, taken)]
        return [(begin, end) for begin, end in left if end - begin >= _SHORTEST_GAP and end > now]


def days_of_week(session: Session, physician: Physician, *, day: date, now: datetime) -> list[OwnDay]:
    """Return Monday to Sunday of the week that has `day`, in the physician's own zone."""
    monday = monday_of(day)
    return _own_days(session, physician, [monday + number * _A_DAY for number in range(_DAYS)], now=now)


def own_day(session: Session, physician: Physician, *, day: date, now: datetime) -> OwnDay:
    """Return one day in the physician's own zone."""
    [found] = _own_days(session, physician, [day], now=now)
    return found


def visits_between(session: Session, physician: Physician, *, days: tuple[date, date], now: datetime) -> list[VisitRow]:
    """Return what starts on the physician's local days from first to last, in every state."""
    first, last = days
    return queries.board_rows(
        session, first_day=first, last_day=last, zone=physician.zone, now=now, physician_ids=[physician.id]
    )


def monday_of(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def _own_days(session: Session, physician: Physician, days: Sequence[date], *, now: datetime) -> list[OwnDay]:
    """Read visits and hours of days that follow each other, and share them out."""
    zone = physician.zone
    rows = visits_between(session, physician, days=(days[0], days[-1]), now=now)
    whole = first_instant_of(days[0], zone), first_instant_of(days[-1] + _A_DAY, zone)
    window = int(whole[0].timestamp()), int(whole[1].timestamp())
    hours = working_hours(session, {physician.id: zone}, window=window)[physician.id]
    return [_own_day(day, rows, hours, zone=zone) for day in days]


def _own_day(day: date, rows: Sequence[VisitRow], hours: WorkingHours, *, zone: str) -> OwnDay:
    whole = first_instant_of(day, zone), first_instant_of(day + _A_DAY, zone)
    shut = [(part, one) for one in hours.closed if (part := _part(one.begin, one.end, whole))]
    return OwnDay(
        day=day,
        whole=whole,
        rows=[row for row in rows if in_zone(row.starts_at, zone).date() == day],
        open=[part for begin, end in hours.open if (part := _part(begin, end, whole))],
        closed=[(part, one.name or _UNNAMED) for part, one in shut if one.state is None],
        notes=[f"{one.name} ({one.state})" for _, one in shut if one.state],
    )


def _part(begin: int, end: int, whole: Span) -> Span | None:
    """Return the part of a stretch of epoch seconds that lies in a day, if any."""
    first = max(datetime.fromtimestamp(begin, UTC), whole[0])
    last = min(datetime.fromtimestamp(end, UTC), whole[1])
    return (first, last) if first < last else None


def _without(span: Span, taken: Sequence[Span]) -> list[Span]:
    """Return what is left of a span without the taken ones, which are in order and may overlap."""
    left, at = [], span[0]
    for begin, end in taken:
        if begin > at:
            left.append((at, min(begin, span[1])))
        at = max(at, end)
    return [(begin, end) for begin, end in [*left, (at, span[1])] if begin < end]


def _minutes(spans: Iterable[Span]) -> int:
    return sum((end - begin) // _MINUTE for begin, end in spans)
