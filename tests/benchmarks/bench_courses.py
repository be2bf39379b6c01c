"""Prints how long a whole course takes to plan over a loaded quarter, against loading the free times it is made of."""

import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

import ground
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from clinic.kernel.ids import new_id
from clinic.scheduling.queries import course_slots
from clinic.treatment.models import PlanPhase, TreatmentPlan
from clinic.treatment.queries.candidates import course_facts, ground_of
from clinic.treatment.queries.courses import CourseProposal, propose_course
from clinic.treatment.queries.plans import plan as plan_by_id
from clinic.treatment.rules.courses import CourseWish
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW
from tests.domains.treatment.plan_makers import CourseClinic

SHORT = "--short" in sys.argv
PHYSICIANS, PLANS, QUARTER = (3, 12, 91) if SHORT else (15, 300, 91)
FIRST = NOW.date()


@dataclass(frozen=True)
class Spent:
    """Milliseconds that one plan took, and what came of it."""

    load: float
    plan: float
    times: int
    visits: int
    is_refused: bool


def plans_for(session: Session, patients: Sequence[UUID], physicians: Sequence[UUID]) -> list[UUID]:
    """Add one plan through the product's own actions, and copies of it for the other patients and physicians."""
    maker = CourseClinic(session)
    first = maker.plan(since=NOW)
    session.flush()
    plan, phases = TreatmentPlan.__table__, PlanPhase.__table__
    row = dict(session.execute(select(plan).where(plan.c.id == first.id)).mappings().one())
    entered = [dict(one) for one in session.execute(select(phases).where(phases.c.plan_id == first.id)).mappings()]
    rows = [
        {**row, "id": new_id(), "patient_id": patient_id, "physician_id": physicians[number % len(physicians)]}
        for number, patient_id in enumerate(patients)
    ]
    session.execute(insert(plan), rows)
    copies = [{**one, "id": new_id(), "plan_id": copy["id"]} for copy in rows for one in entered]
    session.execute(insert(phases), copies)
    return [copy["id"] for copy in rows]


def took(task: Callable[[], object]) -> float:
    """Return how many milliseconds something takes."""
    begun = time.perf_counter()
    task()
    return (time.perf_counter() - begun) * 1000


def measure(place: ground.Ground, plan_id: UUID, first_day: date) -> Spent:
    """Plan one course, and load the free times of the same days by themselves."""
    wish = CourseWish(first_day=first_day)
    found: list[CourseProposal] = []
    with place.session() as session:
        spent = took(lambda: found.append(propose_course(session, plan_id=plan_id, wish=wish, now=NOW)))
    with place.session() as session:
        course = course_facts(session, plan_by_id(session, plan_id), now=NOW)
        laid = ground_of(session, course, wish)
        assert laid.slots is not None
        wanted = {"first_day": laid.slots.first_day, "last_day": laid.slots.last_day, "now": NOW}
        codes = list(laid.slots.kinds)
        load = took(
            lambda: course_slots(session, patient_id=course.patient.id, visit_type_codes=codes, **wanted)  # type: ignore[arg-type]
        )
        times = sum(len(one.slots) for one in laid.slots.found.values())
    return Spent(load, spent, times, len(found[0].new), found[0].refusal is not None)


def middle(values: Sequence[float]) -> str:
    """Return the median and the 95th percentile."""
    return f"{statistics.median(values):.0f} ms (p95 {sorted(values)[int(len(values) * 0.95)]:.0f})"


def main() -> None:
    """Measure on a quarter in which most of every physician's day is taken."""
    with ground.ground(physicians=PHYSICIANS, patients=PHYSICIANS * ground.VISITS_A_DAY + PLANS) as place:
        booked = ground.fill_calendar(place.begin, place.physicians, place.patients, first=FIRST, days=range(QUARTER))
        with place.begin(by=COORDINATOR) as session:
            plans = plans_for(session, place.patients[-PLANS:], place.physicians)
        with place.server.superuser("bench") as owner:
            owner.execute("vacuum analyze")
        spent = [measure(place, plan_id, FIRST + timedelta(days=number % 45)) for number, plan_id in enumerate(plans)]
    planned = [one for one in spent if not one.is_refused]
    refused = [one for one in spent if one.is_refused]
    ground.say(f"{PLANS} courses, {PHYSICIANS} physicians, {booked} visits in {QUARTER} days; {ground.load()}")
    ground.say("| | courses | visits | free times | loading them | planning in all | planning to loading |")
    ground.say("|---|---|---|---|---|---|---|")
    for name, those in (("planned", planned), ("no course: why, and ways out", refused)):
        if those:
            ground.say(
                f"| {name} | {len(those)} | {statistics.mean(one.visits for one in those):.1f} "
                f"| {statistics.mean(one.times for one in those):.0f} | {middle([one.load for one in those])} "
                f"| {middle([one.plan for one in those])} "
                f"| **{sum(one.plan for one in those) / sum(one.load for one in those):.2f}** |"
            )


if __name__ == "__main__":
    sys.exit(main())
