"""Prints how much longer the slot function takes, in memory, than a sweep that only subtracts busy from open."""

import random
import time
from collections.abc import Callable
from datetime import date
from datetime import time as clock_time
from functools import partial
from uuid import UUID

import ground  # also sets the path

from clinic.scheduling.rules import availability, slots, visits

DAYS, VISITS_A_DAY, ROUNDS = 14, 20, 15
FIRST, LAST = date(2026, 3, 2), date(2026, 3, 15)  # the clocks go forward on the 8th
ZONES = ("America/New_York", "America/Chicago")
VISIT = visits.VisitShape(30, visits.whole_visit(30), buffer_after=5, min_notice=120)
SESSION = visits.VisitShape(150, (visits.Segment(0, 30), visits.Segment(140, 10)), rest=45)

Rows = list[tuple[int, int, int]]


def rules_for(number: int) -> list[availability.WeeklyRule]:
    opens = clock_time(8 + number % 2)
    since = date(2026, 1, 1)
    return [
        rule
        for weekday in range(7)
        for rule in (
            availability.WeeklyRule(weekday, opens, clock_time(12), since),
            availability.WeeklyRule(weekday, clock_time(13), clock_time(19), since),
        )
    ]


def request_for(visit: visits.VisitShape) -> slots.SlotRequest:
    patient = slots.PatientSide("NJ", ZONES[0], busy=[(1772730000, 1772733600)])
    return slots.SlotRequest(visit, patient, FIRST, LAST, now=1772380000)


def booked_rows(physicians: int) -> Rows:
    """Return rows as a database driver hands them over, in order of physician and time."""
    begin, _ = slots.window_of(request_for(VISIT))
    chance = random.Random(7)  # noqa: S311 - a calendar made up alike in every run
    rows: Rows = []
    for number in range(physicians):
        for day in range(DAYS):
            quarters = sorted(chance.sample(range(32, 76, 2), VISITS_A_DAY))
            rows += [(number, begin + day * 86400 + q * 900, begin + day * 86400 + q * 900 + 1800) for q in quarters]
    return rows


def as_integers(rows: Rows) -> Rows:
    return [(int(number), int(low), int(high)) for number, low, high in rows]


def grouped(rows: Rows, physicians: int) -> list[list[tuple[int, int]]]:
    busy: list[list[tuple[int, int]]] = [[] for _ in range(physicians)]
    for number, low, high in rows:
        busy[number].append((low, high))
    return busy


def plain_sweep(rows: Rows, opened: list[tuple[tuple[int, int], ...]]) -> int:
    """The baseline: free stretches of 30 minutes in open minus busy, no other rule and no reasons."""
    free = 0
    for ranges, busy in zip(opened, grouped(rows, len(opened)), strict=True):
        position = 0
        for begin, end in ranges:
            start = begin
            while position < len(busy) and busy[position][1] <= begin:
                position += 1
            scan = position
            while start + 1800 <= end:
                while scan < len(busy) and busy[scan][1] <= start:
                    scan += 1
                if scan == len(busy) or busy[scan][0] >= start + 1800:
                    free += 1
                start += 900
    return free


def whole_search(rows: Rows, visit: visits.VisitShape, physicians: int) -> slots.SlotSearch:
    """Everything a page needs after its rows are read: hours expanded, rows grouped, all rules, reasons."""
    request = request_for(visit)
    window = slots.window_of(request)
    busy = grouped(rows, physicians)
    licences = [slots.LicencePeriod("NJ", date(2025, 1, 1), date(2026, 3, 12))]
    sides = []
    for number in range(physicians):
        zone = ZONES[number % 2]
        hours = availability.expand(rules_for(number), [], zone=zone, window=window)
        sides.append(slots.PhysicianSide(UUID(int=number), zone, hours.ranges, busy[number], licences))
    return slots.search(request, sides)


def best(task: Callable[[], object]) -> float:
    """Return the shortest of several runs in milliseconds."""
    times = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        task()
        times.append(time.perf_counter() - begun)
    return min(times) * 1000


def compare(physicians: int) -> None:
    rows = booked_rows(physicians)
    window = slots.window_of(request_for(VISIT))
    opened = [availability.expand(rules_for(n), [], zone=ZONES[n % 2], window=window).ranges for n in range(physicians)]
    reading = best(lambda: as_integers(rows))
    sweep = best(lambda: plain_sweep(rows, opened))
    ground.say(f"{physicians} physicians, {DAYS} days, {len(rows)} rows; {ground.load()}")
    ground.say("| search | rows to integers | plain sweep | whole search | to plain sweep | to reading | free |")
    ground.say("|---|---|---|---|---|---|---|")
    for name, visit in (("visit", VISIT), ("session", SESSION)):
        spent = best(partial(whole_search, rows, visit, physicians))
        found = whole_search(rows, visit, physicians)
        ground.say(
            f"| {name} | {reading:.2f} ms | {sweep:.2f} ms | {spent:.2f} ms | {spent / sweep:.2f} "
            f"| {spent / reading:.2f} | {len(found.slots)} of {found.considered} |"
        )


if __name__ == "__main__":
    for count in (1, 20):
        compare(count)
