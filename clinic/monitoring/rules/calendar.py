"""The monitoring calendar: what is asked when by phase, and what it expects of one patient."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import count
from uuid import UUID

from clinic.kernel.localtime import edge_instant, first_instant_of, in_zone

LOOK_BACK = timedelta(days=45)
"""What was due longer ago than this is never asked; no row stays open for so long."""

_DAY_BEGINS = time(8)
_A_DAY = timedelta(days=1)


class Anchor(StrEnum):
    """From where a row counts its days: a session's start, its evening, its end, the phase, or when intake began."""

    BEFORE = "before"
    EVENING = "evening"
    AFTER = "after"
    PHASE = "phase"
    INTAKE = "intake"


OF_SESSIONS = frozenset({Anchor.BEFORE, Anchor.EVENING, Anchor.AFTER})


class Part(StrEnum):
    """The checklist before a session, or the rest of a day, which shares one link."""

    BEFORE = "before"
    DAY = "day"


class CallFor(StrEnum):
    """When silence asks for a call: after the first session, or after a strong effect in the evening."""

    FIRST_SESSION = "first_session"
    SEVERE_EFFECT = "severe_effect"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Somebody calls within so many business hours once nothing was answered for `after_hours`; `only` for these."""

    after_hours: int
    within_hours: int
    only: tuple[CallFor, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of the calendar; with `every_days` it comes again and again, `ask_for_pain` is for pain alone."""

    key: str
    title: str
    moment: str
    phases: tuple[str, ...]
    anchor: Anchor
    days: int = 0
    every_days: int | None = None
    ask: tuple[str, ...]
    ask_for_pain: tuple[str, ...] = ()
    is_required: bool
    closes_after_hours: int
    call: Call | None = None

    def instruments(self, *, has_pain: bool) -> tuple[str, ...]:
        """Return what the row asks of somebody."""
        return self.ask + (self.ask_for_pain if has_pain else ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """What is asked when. Check-ins open between `day_from` and `day_until`, those of an evening in their own hours.

    An instrument in `spacing_days` is not asked again within so many days. After `calls_after_missed` missed ones in a
    row somebody calls. Rows are planned `horizon_days` ahead. The list before a session opens at eight in the morning,
    or `list_before` the start where that is sooner, which is a policy of the clinic and no part of what is stored here.
    """

    version: int
    about: str
    rows: tuple[Row, ...]
    day_from: time
    day_until: time
    evening_from: time
    evening_until: time
    evening_after_minutes: int
    horizon_days: int
    calls_after_missed: int
    spacing_days: Mapping[str, int]
    list_before: timedelta = timedelta(hours=2)

    def row(self, key: str) -> Row | None:
        """Return the row with this key."""
        return next((row for row in self.rows if row.key == key), None)

    @property
    def instruments(self) -> frozenset[str]:
        """Return the keys of everything that is asked."""
        return frozenset(key for row in self.rows for key in row.instruments(has_pain=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionAt:
    """A session as the calendar sees it; `state` is booked, taken, missed or canceled."""

    appointment_id: UUID
    starts_at: datetime
    ends_at: datetime
    state: str
    phase: str

    @property
    def counts(self) -> bool:
        """Tell whether it takes or took place: nobody has to press a button for that."""
        return self.state in {"booked", "taken"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CareFacts:
    """What the calendar must know of one patient: where they live, their phase, their sessions."""

    patient_id: UUID
    zone: str
    phase: str
    phase_since: datetime
    plan_id: UUID
    sessions: tuple[SessionAt, ...] = ()
    is_paused: bool = False
    has_pain_indication: bool = False
    intake_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """One instrument that is due; `cause_key` tells it from every other time that it is asked."""

    cause_key: str
    row_key: str
    instrument_key: str
    moment: str
    part: Part
    on: date
    opens_at: datetime
    closes_at: datetime
    appointment_id: UUID | None
    is_required: bool
    position: int


def expected(calendar: Calendar, facts: CareFacts, now: datetime) -> tuple[Due, ...]:
    """Return what is or will be asked, up to the horizon, in order; what is too late to ask is not in it."""
    until = now + timedelta(days=calendar.horizon_days)
    found = sorted(_dues(calendar, facts, now=now, until=until), key=lambda due: (due.opens_at, due.position))
    return tuple(due for due in _spaced(found, calendar.spacing_days) if due.closes_at > now and due.opens_at <= until)


def row_key_of(cause_key: str) -> str:
    """Return the key of the row that a cause comes from."""
    return cause_key.partition(":")[0]


def _dues(calendar: Calendar, facts: CareFacts, *, now: datetime, until: datetime) -> Iterator[Due]:
    since = now - LOOK_BACK
    for place, row in enumerate(calendar.rows):
        asker = _Asker(calendar, facts, row, place)
        if row.anchor in OF_SESSIONS:
            yield from asker.after_sessions(since)
        elif facts.phase in row.phases:
            yield from asker.at_times(since, until)


@dataclass(frozen=True, slots=True)
class _Asker:
    """One row of the calendar as it applies to one patient."""

    calendar: Calendar
    facts: CareFacts
    row: Row
    place: int

    def after_sessions(self, since: datetime) -> Iterator[Due]:
        for each in self.facts.sessions:
            is_old = each.ends_at + self.row.days * _A_DAY < since
            if is_old or not each.counts or each.phase not in self.row.phases:
                continue
            opens_at, cause = self._session_time(each), f"{self.row.key}:{each.appointment_id}"
            if opens_at is None:
                continue
            closes_at = opens_at + timedelta(hours=self.row.closes_after_hours)
            if self.row.anchor is Anchor.BEFORE:
                # Readings of another day say nothing about this one, so a session that moves asks anew.
                cause, closes_at = f"{cause}:{self._local(each.starts_at):%Y%m%d}", each.ends_at
            yield from self._asked(cause, opens_at, closes_at, appointment_id=each.appointment_id)

    def at_times(self, since: datetime, until: datetime) -> Iterator[Due]:
        row = self.row
        anchor = self.facts.intake_at if row.anchor is Anchor.INTAKE else self.facts.phase_since
        if anchor is None:
            return
        first, step = self._local(anchor).date() + row.days * _A_DAY, (row.every_days or 0) * _A_DAY
        begun = (self._local(since).date() - first).days // step.days if step else 0
        for turn in count(max(0, begun)):
            opens_at = self._day_time(anchor, first + turn * step)
            if opens_at > until:
                return
            if opens_at >= since:
                cause = f"{row.key}:{self.facts.plan_id}:{anchor:%Y%m%d%H%M}:{turn}"
                yield from self._asked(cause, opens_at, opens_at + timedelta(hours=row.closes_after_hours))
            if not step:
                return

    def _session_time(self, session: SessionAt) -> datetime | None:
        """Return when a row about a session opens, None if there is no good time: an evening that is over by then."""
        calendar, ends = self.calendar, self._local(session.ends_at)
        if self.row.anchor is Anchor.BEFORE:
            return self._list_time(session)
        if self.row.anchor is Anchor.EVENING:
            first, last = self._at(ends.date(), calendar.evening_from), self._at(ends.date(), calendar.evening_until)
            rested = session.ends_at + timedelta(minutes=calendar.evening_after_minutes)
            return min(max(first, rested), last) if session.ends_at < last else None
        wall = min(max(ends.time(), calendar.day_from), calendar.day_until)
        return self._at(ends.date() + self.row.days * _A_DAY, wall.replace(second=0, microsecond=0))

    def _list_time(self, session: SessionAt) -> datetime | None:
        """Return when the list before a session opens: on its day, None if it begins as that day does."""
        day = self._local(session.starts_at).date()
        opens_at = min(self._at(day, _DAY_BEGINS), session.starts_at - self.calendar.list_before)
        opens_at = max(opens_at, first_instant_of(day, self.facts.zone))
        return opens_at if opens_at < session.starts_at else None

    def _day_time(self, anchor: datetime, day: date) -> datetime:
        """Return when a row about a day opens; what begins at once does so the same day, if that is not over."""
        opens_at = self._at(day, self.calendar.day_from)
        if self.row.days or opens_at >= anchor:
            return opens_at
        is_over = anchor >= self._at(day, self.calendar.day_until)
        return self._at(day + _A_DAY, self.calendar.day_from) if is_over else anchor

    def _asked(
        self, cause: str, opens_at: datetime, closes_at: datetime, *, appointment_id: UUID | None = None
    ) -> Iterator[Due]:
        row, on = self.row, self._local(opens_at).date()
        for position, key in enumerate(row.instruments(has_pain=self.facts.has_pain_indication)):
            yield Due(
                cause_key=f"{cause}:{key}",
                row_key=row.key,
                instrument_key=key,
                moment=row.moment,
                part=Part.BEFORE if row.anchor is Anchor.BEFORE else Part.DAY,
                on=on,
                opens_at=opens_at,
                closes_at=closes_at,
                appointment_id=appointment_id,
                is_required=row.is_required,
                position=self.place * 100 + position,
            )

    def _local(self, instant: datetime) -> datetime:
        return in_zone(instant, self.facts.zone)

    def _at(self, day: date, wall: time) -> datetime:
        return edge_instant(day, wall, self.facts.zone)


def _spaced(dues: Iterable[Due], spacing_days: Mapping[str, int]) -> Iterator[Due]:
    """Leave out what was asked too short a while ago, and the same instrument twice on a day."""
    last: dict[tuple[Part, str], date] = {}
    for due in dues:
        where = (due.part, due.instrument_key)
        before = last.get(where)
        if before is not None and (due.on - before).days <= spacing_days.get(due.instrument_key, 0):
            continue
        last[where] = due.on
        yield due
