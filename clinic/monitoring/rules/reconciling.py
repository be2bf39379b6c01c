"""What has to change so that the rows of a patient say what the calendar expects: nothing twice, nothing lost."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from clinic.monitoring.rules.calendar import CareFacts, Due, Part
from clinic.monitoring.rules.calendar_sense import MOMENTS

_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Day:
    """One check-in of a patient: a day in the patient's calendar, and which part of it."""

    part: Part
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An assessment as it stands, with the day of its check-in and whether that one is planned, open or over."""

    id: UUID
    cause_key: str
    state: str
    moment: str
    appointment_id: UUID | None
    day: Day
    sheet_state: str
    closes_at: datetime

    @property
    def is_of_calendar(self) -> bool:
        """Tell whether the calendar asked, and not a person or a rule of safety."""
        return self.moment in MOMENTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """What is due goes to a day: a new assessment, or the one with this id, which moves or is asked after all."""

    due: Due
    day: Day
    asked_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What to write: where dues go, what is asked no more, and from when until when each planned day is open."""

    placed: tuple[Placed, ...]
    gone: tuple[UUID, ...]
    times: Mapping[Day, tuple[datetime, datetime]]

    @property
    def are_none(self) -> bool:
        """Tell whether everything stands as it should, but for times."""
        return not self.placed and not self.gone


def reconciled(
    dues: Sequence[Due], asked: Iterable[Asked], *, facts: CareFacts, open_days: Collection[Day], now: datetime
) -> Changes:
    """Return what has to change; done and missed ones never do. `open_days` have a check-in that was opened."""
    known = {each.cause_key: each for each in asked}
    placed = [
        found
        for due in dues
        if (found := _placed(due, known.get(due.cause_key), open_days=open_days, now=now)) is not None
    ]
    causes = {due.cause_key for due in dues}
    counting = {each.appointment_id for each in facts.sessions if each.counts}
    gone = tuple(
        each.id for each in known.values() if each.cause_key not in causes and _is_gone(each, counting, now=now)
    )
    standing = [
        replace_day(due, known[due.cause_key].day)
        for due in dues
        if due.cause_key in known and known[due.cause_key].state == "waiting"
    ]
    moved = {each.due.cause_key for each in placed}
    here = [each for each in standing if each.due.cause_key not in moved] + placed
    return Changes(placed=tuple(each for each in placed if _is_change(each, known)), gone=gone, times=_times(here))


def replace_day(due: Due, day: Day) -> Placed:
    """Return a due where it stands already."""
    return Placed(due=due, day=day)


def _is_change(placed: Placed, known: Mapping[str, Asked]) -> bool:
    before = known.get(placed.due.cause_key)
    return before is None or before.state != "waiting" or before.day != placed.day


def _placed(due: Due, before: Asked | None, *, open_days: Collection[Day], now: datetime) -> Placed | None:
    """Return where a due goes, None if it stays as it is: it was answered, missed, or its check-in is open."""
    if before is not None and before.state not in {"waiting", "canceled"}:
        return None
    if before is not None and before.state == "waiting" and before.sheet_state != "planned" and due.opens_at <= now:
        return None
    day = _free_day(due, open_days, now)
    return Placed(due=due, day=day, asked_id=None if before is None else before.id)


def _free_day(due: Due, open_days: Collection[Day], now: datetime) -> Day:
    """Return the day of a due, or the next one if that day was opened already and this is not to be seen yet."""
    day = Day(due.part, due.on)
    while day in open_days and due.opens_at > now:
        day = replace(day, on=day.on + _A_DAY)
    return day


def _is_gone(asked: Asked, counting: Collection[UUID], *, now: datetime) -> bool:
    """Tell whether a waiting question has lost its cause; what only ran out of time is closed elsewhere."""
    if asked.state != "waiting" or not asked.is_of_calendar or asked.closes_at <= now:
        return False
    if asked.sheet_state == "planned" or asked.day.part is Part.BEFORE:
        return True
    return asked.appointment_id is not None and asked.appointment_id not in counting


def _times(placed: Iterable[Placed]) -> dict[Day, tuple[datetime, datetime]]:
    """Return for each day from when until when it is open: what shares a day opens when the last of it is due."""
    found: defaultdict[Day, list[Due]] = defaultdict(list)
    for each in placed:
        found[each.day].append(each.due)
    return {day: _time_of(day, dues) for day, dues in found.items()}


def _time_of(day: Day, dues: Sequence[Due]) -> tuple[datetime, datetime]:
    shifts: Iterator[tuple[datetime, datetime]] = (
        (due.opens_at + (day.on - due.on), due.closes_at + (day.on - due.on)) for due in dues
    )
    opens, closes = zip(*shifts, strict=True)
    return max(opens), max(closes)
