"""Makes columns out of visits and hours: one for each physician of a day, or one for each day of a physician."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from clinic.dashboards.working_hours import WorkingHours
from clinic.kernel.localtime import edge_instant, in_zone
from clinic.people.models import Physician
from clinic.people.rules import STATES
from clinic.scheduling.queries import VisitRow
from clinic.scheduling.rules.states import OCCUPYING, UPCOMING, AppointmentState
from clinic.web.coordinator.board import laying
from clinic.web.coordinator.board.ages import Age
from clinic.web.coordinator.board.laying import Lane, Span
from clinic.web.coordinator.board.reading import Shown

_USUAL = (8, 18)
"""WorkingHours that every board shows, from and to."""

_MINUTE = 60
_SIZES = ((75, "is-long"), (45, "is-tall"), (26, "is-middle"), (0, "is-short"))
"""From so many minutes on a block has room for more lines."""
_DAY = 24


@dataclass(frozen=True, slots=True)
class Frame:
    """The hours of the clinic's clock that all columns of a board show."""

    zone: str
    first: int
    last: int

    def top(self, day: date) -> datetime:
        """Return the instant at the top of a day's column."""
        return edge_instant(day, time(self.first), self.zone)

    @property
    def whole(self) -> Span:
        """Return all minutes of a column."""
        return Span(0, (self.last - self.first) * _MINUTE)


@dataclass(frozen=True, slots=True)
class Block:
    """A visit or hold as it is drawn."""

    row: VisitRow
    age: Age | None
    begin: int
    place: str
    lane: Lane
    busy: Sequence[str]
    size: str
    is_faded: bool

    @property
    def look(self) -> str:
        """Return the names of the style sheet for all that its shape and edge say."""
        marks = {
            "is-faded": self.is_faded,
            "is-late": self.age is not None and self.age.is_late,
            "is-over": self.row.is_overbooked,
            "has-middle": bool(self.busy),
        }
        said = " ".join(mark for mark, holds in marks.items() if holds)
        return f"{self.place} n{self.lane.number} of{self.lane.of} {self.size} {said}".rstrip()

    @property
    def may_move(self) -> bool:
        """Tell whether it can be dragged: a promised visit that has not begun."""
        return self.row.state in UPCOMING


@dataclass(frozen=True, slots=True)
class Gap:
    """Time that can be booked, instants in UTC; `is_inside` lies in the free middle of a longer visit."""

    begin: int
    place: str
    starts_at: datetime
    ends_at: datetime
    is_inside: bool


class Closed(NamedTuple):
    """A closed stretch with its name; `is_partly` when only patients in one state are not seen."""

    place: str
    words: str
    is_partly: bool


@dataclass(frozen=True, slots=True)
class Column:
    """One column: whose, which day, what lies in it by time."""

    key: str
    physician: Physician
    day: date
    top: datetime
    blocks: Sequence[Block]
    gaps: Sequence[Gap]
    off: Sequence[str]
    closed: Sequence[Closed]
    works: Sequence[tuple[datetime, datetime]]
    now: str | None

    @property
    def items(self) -> list[Block | Gap]:
        """Return visits and gaps in the order of time, which is the order of the keyboard."""
        return sorted([*self.blocks, *self.gaps], key=lambda one: (one.begin, isinstance(one, Gap)))

    @property
    def visits(self) -> int:
        """Return how many visits stand in it, canceled ones left out."""
        return sum(one.row.state in _COUNTED for one in self.blocks)


_COUNTED = frozenset(AppointmentState) - {
    AppointmentState.HELD,
    AppointmentState.EXPIRED,
    AppointmentState.CANCELED,
    AppointmentState.LATE_CANCELED,
}


def frame_of(days: Sequence[date], shown: Sequence[Shown], hours: Sequence[WorkingHours], *, zone: str) -> Frame:
    """Return the hours to show: the usual ones, and all in which somebody works or a visit lies on these days."""
    first, last = _USUAL
    stretches = [(one.row.starts_at, one.row.ends_at) for one in shown]
    stretches += [(_instant(begin), _instant(end)) for each in hours for begin, end in each.open]
    for begin, end in stretches:
        local, until = in_zone(begin, zone), in_zone(end, zone)
        if local.date() in days:
            first = min(first, local.hour)
            last = max(last, _ceiling(until) if until.date() == local.date() else _DAY)
        elif until.date() in days and _ceiling(until):
            first, last = 0, max(last, _ceiling(until))
    return Frame(zone, first, last)


def column_of(
    physician: Physician,
    day: date,
    *,
    frame: Frame,
    shown: Sequence[Shown],
    hours: WorkingHours,
    lit: frozenset[AppointmentState] | None,
    now: datetime,
) -> Column:
    """Return one physician's column of one day with what starts on it; `lit` are the states that stand out or None."""
    top = frame.top(day)
    openings = laying.within((_span(range_, top) for range_ in hours.open), frame.whole)
    minute = int((now - top).total_seconds() // _MINUTE)
    return Column(
        key=f"{physician.id.hex[-8:]}-{day:%m%d}",
        physician=physician,
        day=day,
        top=top,
        blocks=_blocks(shown, top=top, lit=lit),
        gaps=_gaps(openings, shown, top=top, minute=minute),
        off=[laying.classes(one) for one in laying.outside(openings, frame.whole)],
        closed=_closings(hours, top=top, whole=frame.whole),
        works=[(_at(one.begin, top), _at(one.end, top)) for one in openings],
        now=laying.classes(Span(minute, minute)) if 0 <= minute < frame.whole.end else None,
    )


def _blocks(mine: Sequence[Shown], *, top: datetime, lit: frozenset[AppointmentState] | None) -> list[Block]:
    spans = [_between(one.row.starts_at, one.row.ends_at, top) for one in mine]
    found = laying.lanes([laying.drawn(span) for span in spans])
    return [
        Block(
            row=one.row,
            age=one.age,
            begin=span.begin,
            place=laying.classes(laying.drawn(span)),
            lane=lane,
            busy=_solid(one.row, span, top),
            size=next(size for least, size in _SIZES if span.minutes >= least),
            is_faded=lit is not None and one.row.state not in lit,
        )
        for one, span, lane in zip(mine, spans, found, strict=True)
    ]


def _solid(row: VisitRow, span: Span, top: datetime) -> list[str]:
    """Return the physician's stretches within the visit, where they are not simply all of it."""
    inside = laying.within((_between(begin, end, top) for begin, end in row.busy), span)
    if inside == [span]:
        return []
    return [laying.classes(Span(one.begin - span.begin, one.end - span.begin)) for one in inside]


def _gaps(openings: Sequence[Span], mine: Sequence[Shown], *, top: datetime, minute: int) -> list[Gap]:
    taken = [one.row for one in mine if one.row.state in OCCUPYING]
    busy = [_between(begin, end, top) for row in taken for begin, end in row.busy]
    found = laying.gaps(openings, busy, not_before=minute)
    around = [_between(row.starts_at, row.ends_at, top) for row in taken]
    return [_gap(one, top, is_inside=bool(laying.within(around, one))) for one in found]


def _gap(span: Span, top: datetime, *, is_inside: bool) -> Gap:
    return Gap(span.begin, laying.classes(span), _at(span.begin, top), _at(span.end, top), is_inside)


def _closings(hours: WorkingHours, *, top: datetime, whole: Span) -> list[Closed]:
    found = []
    for begin, end, name, state in hours.closed:
        words = f"{STATES[state]}: {name}" if state else name or "Closed"
        places = laying.within([_span((begin, end), top)], whole)
        found += [Closed(laying.classes(one), words, is_partly=state is not None) for one in places]
    return found


def _between(begin: datetime, end: datetime, top: datetime) -> Span:
    return Span(int((begin - top).total_seconds() // _MINUTE), int((end - top).total_seconds() // _MINUTE))


def _span(range_: tuple[int, int], top: datetime) -> Span:
    return _between(_instant(range_[0]), _instant(range_[1]), top)


def _at(minutes: int, top: datetime) -> datetime:
    return top + timedelta(minutes=minutes)


def _instant(epoch: int) -> datetime:
    return datetime.fromtimestamp(epoch, UTC)


def _ceiling(local: datetime) -> int:
    return local.hour + (1 if local.minute or local.second else 0)
