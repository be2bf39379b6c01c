"""Prints a year of 2,000 patients through the calendar, and what keeping and opening costs against bare inserts."""

import sys
import time as stopwatch
from collections import Counter
from datetime import datetime, timedelta

import bench_drift
import ground
import psycopg
from sqlalchemy import func, select

from clinic.kernel.actor import system
from clinic.kernel.localtime import in_zone
from clinic.monitoring.jobs import work_on_check_ins
from clinic.monitoring.models import Assessment, CheckIn
from clinic.treatment.jobs import PARTS, keep_calendars_when_due
from tests.domains.monitoring.year_makers import Year
from tests.domains.scheduling.calendar_makers import NOW, RING

IS_SHORT = "--short" in sys.argv
PATIENTS = 100 if IS_SHORT else 2_000
SWEEP = system("Bench")
COPY_CHECK_INS = "insert into copied_check_in select * from check_in"
COPY_ASSESSMENTS = "insert into copied_assessment select * from assessment"


def years() -> None:
    """Live a year of every patient in memory and print what happened; anything lost, doubled or at night is told."""
    began, counts, trouble = stopwatch.perf_counter(), Counter[str](), Counter[str]()
    for seed in range(PATIENTS):
        year = Year(seed).run()
        counts.update(row.state for row in year.rows.values())
        days = Counter(in_zone(at, year.zone).date() for at in year.opened)
        counts["check-ins opened"] += len(year.opened)
        trouble["lost"] += len(year.lost())
        trouble["doubled or at night"] += len(year.problems)
        trouble["days with two"] += sum(times > 1 for times in days.values())
    spent = stopwatch.perf_counter() - began
    ground.say(f"A year of {PATIENTS} patients in memory: {spent:.0f} s, {spent / PATIENTS * 1000:.0f} ms a patient.")
    ground.say("| what | count | a patient |")
    ground.say("|---|---|---|")
    for name, count in sorted(counts.items()):
        ground.say(f"| {name} | {count} | {count / PATIENTS:.1f} |")
    for name in ("lost", "doubled or at night", "days with two"):
        ground.say(f"| **{name}** | **{trouble[name]}** | |")


def rows(place: ground.Ground) -> None:
    """Keep every calendar once and once more, open what is due, and print each against bare inserts of its rows."""
    first = timed(lambda: keep_all(place, NOW))
    with place.session() as session:
        together = select(CheckIn.opens_at).where(CheckIn.part == "day").group_by(CheckIn.opens_at)
        now = session.scalars(together.order_by(func.count().desc()).limit(1)).one()
    again = timed(lambda: keep_all(place, NOW + timedelta(days=1)))
    with psycopg.connect(place.url.replace("postgresql+psycopg", "postgresql")) as plain:
        bare = timed(lambda: copy(plain))
    opened = timed(lambda: open_all(place, now))
    with place.session() as session:
        asked = session.scalar(select(func.count()).select_from(Assessment))
        sheets = Counter(session.scalars(select(CheckIn.state)))
    ground.say(
        f"{PATIENTS} patients on PostgreSQL, {asked} questionnaires in {sheets.total()} check-ins; {ground.load()}"
    )
    ground.say("| done for everybody | time | a patient | to inserting the same rows |")
    ground.say("|---|---|---|---|")
    for name, spent in (
        ("the rows by bare SQL", bare),
        ("calendars kept the first time", first),
        ("calendars kept again, nothing to do", again),
        (f"{sheets['open']} check-ins opened and texted", opened),
    ):
        ground.say(f"| {name} | {spent:.1f} s | {spent / PATIENTS * 1000:.1f} ms | **{spent / bare:.0f}** |")


def timed(work: object) -> float:
    """Return the seconds that something takes."""
    began = stopwatch.perf_counter()
    work()  # type: ignore[operator]
    return stopwatch.perf_counter() - began


def keep_all(place: ground.Ground, now: datetime) -> None:
    """Let the daily round reach everybody."""
    keep_calendars_when_due(place.begin, clock=lambda: now, by=SWEEP, most=PARTS)


def open_all(place: ground.Ground, now: datetime) -> None:
    """Sweep until nothing is due."""
    while work_on_check_ins(place.begin, clock=lambda: now, ring=RING, by=SWEEP, seconds=600):
        pass


def copy(plain: psycopg.Connection) -> None:
    """Insert every row once more, one statement a table, with the indexes."""
    plain.execute("create temp table copied_check_in (like check_in including all)")
    plain.execute("create temp table copied_assessment (like assessment including all)")
    plain.execute(COPY_CHECK_INS)
    plain.execute(COPY_ASSESSMENTS)
    plain.commit()


def main() -> None:
    """Measure and print."""
    years()
    bench_drift.PLANS = PATIENTS
    with ground.ground(physicians=bench_drift.PHYSICIANS, patients=PATIENTS) as place:
        with place.begin(by=SWEEP) as session:
            bench_drift.fill(session, place.physicians, place.patients)
        with place.server.superuser("bench") as owner:
            owner.execute("vacuum analyze")
        rows(place)


if __name__ == "__main__":
    sys.exit(main())
