"""Prints how long the drift board takes over many plans, and the watch over them, against their rows by bare SQL."""

import random
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import ground
import psycopg
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from clinic.kernel.ids import new_id
from clinic.scheduling.models import Appointment
from clinic.treatment.actions.watching import AT_ONCE, watch_courses
from clinic.treatment.models import PlanPhase, ProtocolVersion, TreatmentPlan, TreatmentSession
from clinic.treatment.queries.drift import drift_board
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW, Clinic

IS_SHORT = "--short" in sys.argv
PLANS = 300 if IS_SHORT else 2_000
ROUNDS = 3 if IS_SHORT else 10
PHYSICIANS, TAKEN = 20, 8
BEGUN = NOW - timedelta(days=300)
VISITS = """
select p.id, a.starts_at, a.ends_at, a.state, v.purpose, s.plan_id, s.phase, s.outcome
from treatment_plan p join appointment a on a.patient_id = p.patient_id
     join visit_type v on v.code = a.visit_type_code left join treatment_session s on s.appointment_id = a.id
where p.phase <> 'ended' and a.state in ('booked', 'confirmed', 'in_progress', 'completed')
order by a.starts_at, a.id
"""


def fill(session: Session, physicians: Sequence[UUID], patients: Sequence[UUID]) -> None:
    """Give every patient a plan with touch-ups: eight that took place, a look by the physician, every other a date."""
    Clinic(session).visit_type("touch_up_session", purpose="session", patient_minutes=120)
    Clinic(session).visit_type("follow_up", purpose="follow_up")
    version_id = session.scalars(select(ProtocolVersion.id)).first()
    chance = random.Random(11)  # noqa: S311 - a clinic made up alike in every run
    plans, phases, visits, records = [], [], [], []
    for number, patient_id in enumerate(patients):
        plan = plan_row(patient_id, physicians[number % PHYSICIANS], version_id)
        plans.append(plan)
        phases += [phase_row(plan["id"], None, "induction", 0), phase_row(plan["id"], "induction", "maintenance", 5)]
        last = NOW - timedelta(days=chance.randrange(5, 80), hours=number // PHYSICIANS)
        for place in range(TAKEN):
            at = last - timedelta(days=35 * (TAKEN - 1 - place))
            visits.append(visit_row(plan, at, "touch_up_session", "completed"))
            records.append(record_row(plan["id"], visits[-1]["id"], "maintenance"))
        visits.append(visit_row(plan, last + timedelta(days=2), "follow_up", "completed"))
        if number % 2:
            at = NOW + timedelta(days=chance.randrange(1, 60), hours=number // PHYSICIANS)
            visits.append(visit_row(plan, at, "touch_up_session", "booked"))
            records.append(record_row(plan["id"], visits[-1]["id"], "maintenance"))
    for table, rows in (
        (TreatmentPlan, plans),
        (PlanPhase, phases),
        (Appointment, visits),
        (TreatmentSession, records),
    ):
        session.execute(insert(table.__table__), rows)


STAMPS = {"version": 1, "created_at": BEGUN, "updated_at": BEGUN, "updated_by": ""}


def plan_row(patient_id: UUID, physician_id: UUID, version_id: UUID | None) -> dict[str, object]:
    """Return the columns of a plan in maintenance."""
    return STAMPS | {
        "id": new_id(),
        "patient_id": patient_id,
        "physician_id": physician_id,
        "protocol_version_id": version_id,
        "phase": "maintenance",
        "phase_since": BEGUN + timedelta(days=5),
        "started_at": BEGUN,
        "adjustments": {},
        "prior_sessions": 0,
        "patient_hours": [],
        "are_patient_hours_strict": False,
        "support_hours": [],
    }


def phase_row(plan_id: object, old: str | None, new: str, day: int) -> dict[str, object]:
    """Return the columns of a phase that a plan entered."""
    at = BEGUN + timedelta(days=day)
    return {"id": new_id(), "plan_id": plan_id, "from_phase": old, "to_phase": new, "at": at, "actor_name": "Bench"}


def visit_row(plan: dict[str, object], at: datetime, kind: str, state: str) -> dict[str, object]:
    """Return the columns of a visit; physicians' times may overlap, since nothing is booked by this."""
    row = ground.visit_row(plan["physician_id"], plan["patient_id"], at)  # type: ignore[arg-type]
    overbooked = {"overbook_reason": "bench", "overbook_by": new_id(), "overbook_by_name": "Bench"}
    return row | overbooked | {"visit_type_code": kind, "state": state}


def record_row(plan_id: object, appointment_id: object, phase: str) -> dict[str, object]:
    """Return the columns of a session's record."""
    return STAMPS | {"id": new_id(), "plan_id": plan_id, "appointment_id": appointment_id, "phase": phase}


def compare(place: ground.Ground) -> None:
    """Print a line each for the rows, the board and the watch."""
    with psycopg.connect(place.url.replace("postgresql+psycopg", "postgresql")) as plain:
        count = len(plain.execute(VISITS).fetchall())
        bare = ground.best(lambda: plain.execute(VISITS).fetchall(), rounds=ROUNDS)
    ground.say(f"{PLANS} plans, {count} visits, best of {ROUNDS}; {ground.load()}")
    ground.say("| asked for | time | a plan | to its rows by bare SQL |")
    ground.say("|---|---|---|---|")
    line("the rows by bare SQL", bare, bare)
    line("the drift board", ground.best(lambda: board(place), rounds=ROUNDS), bare)
    line(f"a watch that opens {AT_ONCE} tasks", ground.best(lambda: watch(place), rounds=1), bare)
    for _ in range(PLANS * 3 // AT_ONCE):
        watch(place)
    line("a watch with nothing to do", ground.best(lambda: watch(place), rounds=ROUNDS), bare)
    with place.session() as session:
        found = Counter(row.status for row in drift_board(session, now=NOW))
        ground.say(", ".join(f"{count} {status}" for status, count in found.items()))


def line(name: str, spent: float, bare: float) -> None:
    """Print one measurement."""
    ground.say(f"| {name} | {spent:.0f} ms | {spent / PLANS * 1000:.0f} us | **{spent / bare:.2f}** |")


def board(place: ground.Ground) -> None:
    """Judge every plan once."""
    with place.session() as session:
        assert len(drift_board(session, now=NOW)) == PLANS


def watch(place: ground.Ground) -> None:
    """Watch over every plan once, as a worker does."""
    with place.begin(by=COORDINATOR) as session:
        watch_courses(session, now=NOW, by=COORDINATOR)


def main() -> None:
    """Measure and print."""
    with ground.ground(physicians=PHYSICIANS, patients=PLANS) as place:
        with place.begin(by=COORDINATOR) as session:
            fill(session, place.physicians, place.patients)
        with place.server.superuser("bench") as owner:
            owner.execute("vacuum analyze")
        compare(place)


if __name__ == "__main__":
    sys.exit(main())
