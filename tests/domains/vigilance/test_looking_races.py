"""Workers that look at one patient at once, a crash between, and the round that several of them go."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from clinic.monitoring.models import Flag
from clinic.monitoring.rules.findings import FindingKind
from clinic.oncall.models import OnCallPage
from clinic.people.models import CareTeamMember
from clinic.vigilance.looking import look_at
from clinic.vigilance.rounds import PARTS, go_round
from clinic.worklist.models import WorkItem
from clinic.worklist.queries import open_keys
from clinic.worklist.rules import WorkKind
from tests.conftest import Database
from tests.domains.monitoring.check_in_makers import SWEEP
from tests.domains.scheduling.calendar_makers import NOW
from tests.domains.treatment.plan_makers import CourseClinic
from tests.domains.vigilance.watch import Watch


class Crash(Exception):
    """The worker dies here."""


@pytest.fixture
def patient_id(database: Database):
    """A patient who took half as much again, with symptoms: one urgent sign."""
    with database.sessions() as session:
        watch = Watch(session, CourseClinic(session))
        watch.find(FindingKind.TOOK_MORE, units_taken=3, units_ordered=2, had_symptoms=True)
        found = watch.patient_id
        session.commit()
    return found


def counts(database: Database) -> tuple[int, int, int]:
    """Return how many flags, tasks about flags and calls there are."""
    with database.sessions() as session:
        wanted = (
            select(func.count()).select_from(Flag),
            select(func.count()).select_from(WorkItem).where(WorkItem.kind == WorkKind.FLAG_REVIEW),
            select(func.count()).select_from(OnCallPage),
        )
        return tuple(session.scalar(each) for each in wanted)


def test_workers_that_look_at_once_raise_one_flag_and_call_once(database: Database, patient_id):
    together = threading.Barrier(4)

    def look() -> int:
        together.wait()
        with database.begin(by=SWEEP) as session:
            return len(look_at(session, patient_id=patient_id, by=SWEEP, now=NOW).new_flags)

    with ThreadPoolExecutor(4) as pool:
        raised = [future.result() for future in [pool.submit(look) for _ in range(4)]]
    assert sorted(raised) == [0, 0, 0, 1]
    assert counts(database) == (1, 1, 1)


def look_and_crash(database: Database, patient_id) -> None:
    with database.begin(by=SWEEP) as session:
        look_at(session, patient_id=patient_id, by=SWEEP, now=NOW)
        raise Crash


def test_a_crash_leaves_neither_flag_nor_task_nor_call_and_the_next_look_brings_all(database: Database, patient_id):
    with pytest.raises(Crash):
        look_and_crash(database, patient_id)
    assert counts(database) == (0, 0, 0)
    with database.begin(by=SWEEP) as session:
        look_at(session, patient_id=patient_id, by=SWEEP, now=NOW)
    assert counts(database) == (1, 1, 1)


def test_the_round_looks_at_each_part_once_a_day(database: Database, patient_id):
    assert go_round(database.begin, clock=lambda: NOW, by=SWEEP, most=PARTS // 2) == PARTS // 2
    assert go_round(database.begin, clock=lambda: NOW, by=SWEEP) == PARTS // 2
    assert go_round(database.begin, clock=lambda: NOW + timedelta(hours=10), by=SWEEP) == 0
    assert counts(database) == (1, 1, 1)
    assert go_round(database.begin, clock=lambda: NOW + timedelta(days=1), by=SWEEP) == PARTS
    assert counts(database) == (1, 1, 1)


def test_a_check_of_somebody_whom_no_physician_sees_becomes_a_coordinators_task(database: Database, patient_id):
    def go(days: int) -> list[str]:
        go_round(database.begin, clock=lambda: NOW + timedelta(days=days), by=SWEEP)
        with database.sessions() as session:
            return open_keys(session, WorkKind.CHECK_UNWATCHED)

    assert go(0) == []
    with database.begin(by=SWEEP) as session:
        session.execute(update(CareTeamMember).values(ends_at=NOW + timedelta(hours=1)))
    assert go(1) == [f"check_unwatched:{patient_id}"]
    assert go(2) == [f"check_unwatched:{patient_id}"]
    with database.begin(by=SWEEP) as session:
        session.execute(update(CareTeamMember).values(ends_at=None))
    assert go(3) == []
