"""A year of one made-up patient in memory: sessions that move, are missed and canceled, outages, and the sweeps.

What the actions do with rows is done here with objects, by the same rules: `expected`, `reconciled`, `opening_of`.
"""

import random
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from clinic.kernel.localtime import edge_instant, in_zone, is_open
from clinic.monitoring.rules.calendar import CareFacts, Due, Part, SessionAt, expected
from clinic.monitoring.rules.opening import Sheet, opening_of
from clinic.monitoring.rules.reconciling import Asked, Day, reconciled
from tests.domains.monitoring.calendar_cases import CALENDAR, EAST, PANHANDLE

BEGIN = datetime(2026, 3, 1, 14, 0, tzinfo=edge_instant(date(2026, 3, 1), CALENDAR.day_from, EAST).tzinfo)
_A_DAY = timedelta(days=1)
_TIMES = ("06:30", "08:00", "12:30", "17:00", "19:50", "21:00")
"""When a sweep comes by; in truth it does every few seconds."""


@dataclass
class Row:
    """One assessment."""

    id: UUID
    due: Due
    slot: "Slot"
    state: str = "waiting"


@dataclass
class Slot:
    """One check-in."""

    id: UUID
    day: Day
    opens_at: datetime
    closes_at: datetime
    state: str = "planned"
    opened_at: datetime | None = None
    rows: list[Row] = field(default_factory=list)

    @property
    def waiting(self) -> list[Row]:
        return [row for row in self.rows if row.state == "waiting"]


@dataclass
class Year:
    """One patient's year; `opened` are the instants at which a check-in opened, `problems` what must not be."""

    seed: int
    rows: dict[str, Row] = field(default_factory=dict)
    live: dict[Day, Slot] = field(default_factory=dict)
    over: list[Slot] = field(default_factory=list)
    opened: list[datetime] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    answered: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)  # noqa: S311 - a patient made up alike in every run
        self.zone = PANHANDLE if self.seed % 4 == 0 else EAST
        self.facts = CareFacts(
            patient_id=self.new_id(),
            zone=self.zone,
            phase="evaluation",
            phase_since=BEGIN,
            plan_id=self.new_id(),
            intake_at=BEGIN,
            has_pain_indication=self.seed % 3 == 0,
        )

    def new_id(self) -> UUID:
        return UUID(int=self.chance.getrandbits(128), version=4)

    def run(self, days: int = 365) -> "Year":
        """Live through the days; now and then nothing works for up to three of them."""
        first, outage_until = in_zone(BEGIN, self.zone).date(), date.min
        for number in range(days):
            day = first + number * _A_DAY
            self._happen(number, day)
            if self.chance.random() < 1 / 90:
                outage_until = day + self.chance.randrange(1, 4) * _A_DAY
            if day >= outage_until:
                self._sweep_through(day, keeps=number % 20 == 0 or self.is_changed)
        return self

    is_changed = True

    def _happen(self, number: int, day: date) -> None:
        """Let phases change, and sessions be booked, moved, missed and canceled."""
        before = self.facts
        for at, phase in ((14, "induction"), (44, "maintenance"), (270, "taper"), (330, "aftercare")):
            if number == at:
                self.facts = replace(self.facts, phase=phase, phase_since=self._at(day, "11:20"))
        gap = {"induction": 4, "maintenance": 30, "taper": 40}.get(self.facts.phase)
        if gap and number % gap == 2:
            self._book(day + self.chance.randrange(3, 12) * _A_DAY)
        self.facts = replace(self.facts, sessions=tuple(self._moved(each, day) for each in self.facts.sessions))
        self.is_changed = self.is_changed or before != self.facts

    def _book(self, day: date) -> None:
        begins = self._at(day, f"{self.chance.randrange(8, 17):02d}:{self.chance.choice((15, 30, 45))}")
        new = SessionAt(
            appointment_id=self.new_id(),
            starts_at=begins,
            ends_at=begins + timedelta(hours=2),
            state="booked",
            phase=self.facts.phase,
        )
        self.facts = replace(self.facts, sessions=(*self.facts.sessions, new))

    def _moved(self, each: SessionAt, day: date) -> SessionAt:
        luck = self.chance.random()
        if each.state != "booked" or in_zone(each.starts_at, self.zone).date() < day - _A_DAY:
            return each
        if in_zone(each.starts_at, self.zone).date() < day:
            return replace(each, state="missed" if luck < 1 / 12 else "taken")
        if luck < 1 / 40:
            return replace(each, state="canceled")
        if luck < 1 / 15:
            shift = self.chance.randrange(1, 6) * _A_DAY
            return replace(each, starts_at=each.starts_at + shift, ends_at=each.ends_at + shift)
        return each

    def _sweep_through(self, day: date, *, keeps: bool) -> None:
        ends = self._at(day, "23:59")
        if not keeps and all(slot.state == "planned" and slot.opens_at > ends for slot in self.live.values()):
            return
        for place, clock in enumerate(_TIMES):
            now = self._at(day, clock)
            if keeps and place == 0:
                self._keep(now)
                self.is_changed = False
            if any(
                min(slot.opens_at if slot.state == "planned" else now + _A_DAY, slot.closes_at) <= now
                for slot in self.live.values()
            ):
                self._close(now)
                self._open_lists(now)
                self._open(now)
            if place == 3:
                self._answer(now)

    def _keep(self, now: datetime) -> None:
        dues = expected(CALENDAR, self.facts, now)
        causes = {due.cause_key for due in dues}
        asked = [_asked(row) for cause, row in self.rows.items() if row.state == "waiting" or cause in causes]
        open_days = {day for day, slot in self.live.items() if slot.state == "open"}
        changes = reconciled(dues, asked, facts=self.facts, open_days=open_days, now=now)
        for placed in changes.placed:
            self._place(placed.due, placed.day)
        gone = set(changes.gone)
        for row in self.rows.values():
            if row.id in gone:
                row.state = "canceled"
        for day, (opens_at, closes_at) in changes.times.items():
            slot = self.live.get(day)
            if slot and slot.state == "planned" and opens_at < closes_at:
                slot.opens_at = max(opens_at, slot.opens_at) if opens_at <= now else opens_at
                slot.closes_at = closes_at
        self._settle()

    def _place(self, due: Due, day: Day) -> None:
        shift = day.on - due.on
        if day not in self.live:
            self.live[day] = Slot(self.new_id(), day, due.opens_at + shift, due.closes_at + shift)
        row = self.rows.get(due.cause_key)
        if row is None:
            row = self.rows[due.cause_key] = Row(self.new_id(), due, self.live[day])
        row.due, row.state = due, "waiting"
        self._put(row, self.live[day])

    def _put(self, row: Row, slot: Slot) -> None:
        if row in row.slot.rows:
            row.slot.rows.remove(row)
        row.slot = slot
        slot.rows.append(row)

    def _settle(self) -> None:
        for slot in [slot for slot in self.live.values() if not slot.waiting]:
            self._end(slot)

    def _end(self, slot: Slot) -> None:
        slot.state = "over" if slot.state == "open" else "canceled"
        self.over.append(slot)
        self.live.pop(slot.day, None)

    def _close(self, now: datetime) -> None:
        for slot in [slot for slot in self.live.values() if slot.closes_at <= now]:
            for row in slot.waiting:
                row.state = "missed" if slot.state == "open" else "canceled"
            self._end(slot)

    def _open_lists(self, now: datetime) -> None:
        for slot in self.live.values():
            if slot.day.part is Part.BEFORE and slot.opens_at <= now and is_open(now, self.zone):
                slot.state, slot.opened_at = "open", slot.opened_at or now

    def _open(self, now: datetime) -> None:
        days = {slot.id: slot for slot in self.live.values() if slot.day.part is Part.DAY}
        sheets = [
            Sheet(
                id=one.id,
                on=one.day.on,
                is_planned=one.state == "planned",
                opens_at=one.opens_at,
                opened_at=one.opened_at,
            )
            for one in days.values()
        ]
        was_asked = any(self._is_today(one, now) for one in self.over[-4:] if one.day.part is Part.DAY)
        step = opening_of(sheets, zone=self.zone, now=now, was_asked_today=was_asked, day_from=CALENDAR.day_from)
        if step.later is not None:
            for slot in days.values():
                if slot.state == "planned" and slot.opens_at <= now and step.later < slot.closes_at:
                    slot.opens_at = step.later
        elif step.into is not None:
            self._follow(days, days[step.into], [days[one] for one in step.joining], now=now, opens=step.is_opened)

    def _is_today(self, slot: Slot, now: datetime) -> bool:
        opened = slot.opened_at
        return opened is not None and in_zone(opened, self.zone).date() == in_zone(now, self.zone).date()

    def _follow(self, days: dict[UUID, Slot], into: Slot, joining: list[Slot], *, now: datetime, opens: bool) -> None:
        there = {row.due.instrument_key for row in into.waiting}
        for slot in sorted(joining, key=lambda one: one.day.on, reverse=True):
            for row in slot.waiting:
                if row.due.instrument_key in there:
                    row.state = "missed"
                else:
                    there.add(row.due.instrument_key)
                    self._put(row, into)
            into.closes_at = max(into.closes_at, slot.closes_at)
            self._end(slot)
        if opens:
            self._look(into, now)
            into.state, into.opened_at = "open", now
            into.closes_at += now - into.opens_at
        for slot in days.values():
            if into.state == "open" and slot is not into and slot.state == "open":
                for row in slot.waiting:
                    row.state = "missed" if row.due.instrument_key in there else row.state
        self._settle()

    def _look(self, slot: Slot, now: datetime) -> None:
        """Write down what must not be about a check-in that opens."""
        self.opened.append(now)
        asked = Counter(row.due.instrument_key for row in slot.waiting)
        if not is_open(now, self.zone):
            self.problems.append(f"night: {now}")
        if not asked or max(asked.values()) > 1:
            self.problems.append(f"doubled or empty: {now} {asked}")
        if any(row.due.moment == "evening" and row.due.opens_at > now for row in slot.waiting):
            self.problems.append(f"asked before its time: {now}")

    def _answer(self, now: datetime) -> None:
        for slot in self.live.values():
            if slot.state == "open" and is_open(now, self.zone) and self.chance.random() < 1 / 2:
                for row in slot.waiting:
                    row.state = "done"
                    self.answered[row.due.row_key] += 1
        self._settle()

    def _at(self, day: date, clock: str) -> datetime:
        hour, minute = map(int, clock.split(":"))
        return edge_instant(day, CALENDAR.day_from.replace(hour=hour, minute=minute), self.zone)

    def lost(self) -> list[str]:
        """Return the days after sessions on which nobody ever was to be asked about one: there may be none."""
        end = BEGIN + timedelta(days=351)
        planned = {(row.due.row_key, row.due.on) for row in self.rows.values()}
        wanted = [
            (key, in_zone(each.ends_at, self.zone).date() + days * _A_DAY)
            for each in self.facts.sessions
            if each.state == "taken" and each.ends_at < end
            for key, days in (("day_1", 1), ("day_3", 3))
        ]
        return [f"{key} on {day}" for key, day in wanted if (key, day) not in planned]


def _asked(row: Row) -> Asked:
    return Asked(
        id=row.id,
        cause_key=row.due.cause_key,
        state=row.state,
        moment=row.due.moment,
        appointment_id=row.due.appointment_id,
        day=row.slot.day,
        sheet_state=row.slot.state,
        closes_at=row.slot.closes_at,
    )
