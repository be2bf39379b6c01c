"""A slow reading of the calendar's rules, minute by minute, that shares no code with them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from clinic.scheduling.rules.availability import Override, OverrideKind, WeeklyRule
from clinic.scheduling.rules.caps import Cap, CapPer
from clinic.scheduling.rules.closures import Closure
from clinic.scheduling.rules.slots import PatientSide, PhysicianSide, SlotRequest
from clinic.scheduling.rules.visits import Range, VisitShape

MINUTE, HOUR = 60, 3600


@dataclass(frozen=True)
class Minutes:
    """The minutes of a few days by what they are."""

    opened: set[int]
    busy: set[int]
    own: set[int]
    closed: set[int]
    full: set[int]


def minutes_of(ranges: Iterable[Range]) -> set[int]:
    return {minute for begin, end in ranges for minute in range(begin, end, MINUTE)}


def local(epoch: int, zone: str) -> datetime:
    return datetime.fromtimestamp(epoch, UTC).astimezone(ZoneInfo(zone))


def naive(request: SlotRequest, physician: PhysicianSide) -> dict[int, str | None]:
    """Every start that is to be considered, with the first reason against it."""
    minutes = Minutes(
        opened=minutes_of(physician.open),
        busy=minutes_of(physician.busy),
        own=minutes_of(request.patient.busy),
        closed=minutes_of((begin, end) for begin, end, _ in physician.closures),
        full=minutes_of((begin, end) for begin, end, _ in physician.full),
    )
    answers = {}
    for start in sorted(minutes.opened):
        here, there = local(start, physician.zone), local(start, request.patient.zone)
        if here.minute % request.visit.step or not request.first_day <= there.date() <= request.last_day:
            continue
        answers[start] = naive_reason(start, request, physician, minutes=minutes)
    return answers


def naive_reason(start: int, request: SlotRequest, physician: PhysicianSide, *, minutes: Minutes) -> str | None:
    """The first reason against a start."""
    return against_its_day(start, request, physician, minutes=minutes) or against_its_time(
        start, request, minutes=minutes
    )


def against_its_day(start: int, request: SlotRequest, physician: PhysicianSide, *, minutes: Minutes) -> str | None:
    visit, patient = request.visit, request.patient
    ahead = local(start, patient.zone).date() - local(request.now, patient.zone).date()
    end = start + visit.patient_minutes * MINUTE
    if start < request.now:
        return "in_the_past"
    if start < request.now + visit.min_notice * MINUTE:
        return "too_soon"
    if ahead.days > visit.horizon_days:
        return "beyond_horizon"
    if start in minutes.closed or any(part & minutes.closed for part in engaged(visit, start)):
        return "clinic_closed"
    if not all(is_licensed(minute, physician, patient) for minute in range(start, end, MINUTE)):
        return "no_licence"
    return "cap_reached" if start in minutes.full else None


def against_its_time(start: int, request: SlotRequest, *, minutes: Minutes) -> str | None:
    visit, patient = request.visit, request.patient
    end = start + visit.patient_minutes * MINUTE
    if any(minute in minutes.busy for minute in reserved(visit, start)):
        return "physician_busy"
    if any(minute in minutes.own for minute in range(start, end, MINUTE)):
        return "patient_busy"
    if not is_suitable(start, end + visit.rest * MINUTE, patient):
        return "outside_patient_hours"
    return None if all(part <= minutes.opened for part in engaged(visit, start)) else "does_not_fit"


def engaged(visit: VisitShape, start: int) -> list[set[int]]:
    return [set(stretch(start, offset, length)) for offset, length in visit.engaged]


def reserved(visit: VisitShape, start: int) -> set[int]:
    (first, *_), (*_, last) = visit.engaged, visit.engaged
    before = stretch(start, first.offset - visit.buffer_before, visit.buffer_before)
    after = stretch(start, last.offset + last.length, visit.buffer_after)
    return {*before, *after}.union(*engaged(visit, start))


def stretch(start: int, offset: int, length: int) -> range:
    return range(start + offset * MINUTE, start + (offset + length) * MINUTE, MINUTE)


def is_licensed(minute: int, physician: PhysicianSide, patient: PatientSide) -> bool:
    day = local(minute, patient.zone).date()
    return any(
        state == patient.state and begins <= day and (ends is None or day <= ends)
        for state, begins, ends in physician.licences
    )


def is_suitable(start: int, end: int, patient: PatientSide) -> bool:
    there = local(start, patient.zone)
    begins, ends = (wall(there.date(), at, patient.zone) for at in (patient.earliest, patient.latest))
    return begins <= start and end <= ends


@cache
def wall(day: date, at: time, zone: str) -> int:
    """The first minute of that local day whose wall clock shows `at` or later, found by walking."""
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp()
    minute = int(noon) - 30 * HOUR
    while local(minute, zone).date() < day:
        minute += 30 * MINUTE
    while local(minute, zone).date() == day and local(minute, zone).time() < at:
        minute += 5 * MINUTE
    return minute


def naive_open(rules: Iterable[WeeklyRule], overrides: Iterable[Override], *, zone: str, days: list[date]) -> set[int]:
    """Every open minute of these local days, read off the wall clock."""
    opened: set[int] = set()
    for day in days:
        for weekday, opens, closes, since, until in rules:
            if weekday == day.weekday() and since <= day and (until is None or day <= until):
                opened.update(range(wall(day, opens, zone), wall_end(day, closes, zone), MINUTE))
    stretches = {
        kind: minutes_of((low, high) for what, low, high in overrides if what == kind) for kind in OverrideKind
    }
    return (opened | stretches[OverrideKind.EXTRA]) - stretches[OverrideKind.CLOSED]


def naive_closed(closures: Iterable[Closure], *, zone: str, state: str, days: list[date]) -> set[int]:
    """Every minute of these local days on which the clinic is closed to patients in a state."""
    closed: set[int] = set()
    for day in days:
        for closure in closures:
            if closure.state in {None, state} and closure.first_day <= day <= closure.last_day:
                begins, ends = closure.begins or time(0), closure.ends or time(0)
                closed.update(range(wall(day, begins, zone), wall_end(day, ends, zone), MINUTE))
    return closed


def naive_full(cap: Cap, starts: Iterable[int], *, zone: str, days: list[date]) -> set[int]:
    """Every minute of the local days on which a cap is reached by the visits that start then."""

    def counted(day: date) -> object:
        return day if cap.per == CapPer.DAY else day.isocalendar()[:2]

    def holds(day: date) -> bool:
        return cap.since <= day and (cap.until is None or day <= cap.until)

    taken = Counter(counted(day) for day in (local(start, zone).date() for start in starts) if holds(day))
    full = [day for day in days if holds(day) and taken[counted(day)] >= cap.most]
    return {minute for day in full for minute in range(wall(day, time(0), zone), wall_end(day, time(0), zone), MINUTE)}


def wall_end(day: date, at: time, zone: str) -> int:
    """The minute at which a stretch of that local day ends; 00:00 is the end of the day."""
    return wall(day, at, zone) if at > time(0) else wall(day + timedelta(days=1), at, zone)


def ranges_of(minutes: set[int]) -> list[Range]:
    """The same minutes as ranges that do not touch."""
    edges = sorted(minute for minute in minutes if minute - MINUTE not in minutes)
    ends = sorted(minute + MINUTE for minute in minutes if minute + MINUTE not in minutes)
    return list(zip(edges, ends, strict=True))
