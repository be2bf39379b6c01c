"""Calls that settle tasks or put them off: what comes back, what never leaves, and two people at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from clinic.dashboards.work_queue import work_queue
from clinic.deskwork import Called, log_call, send_link
from clinic.kernel.actor import Actor, ActorKind, Role, system
from clinic.kernel.errors import ChangedMeanwhile
from clinic.kernel.ids import new_id
from clinic.people.models import ContactEntry, Patient
from clinic.people.rules.contact_log import CallOutcome
from clinic.worklist import actions, queries
from clinic.worklist.errors import CannotWait, TaskClosed
from clinic.worklist.rules import PutOff, WorkKind
from tests.conftest import Database
from tests.domains.scheduling.calendar_makers import NOW, RING, Clinic, at

DANA, SAM = (
    Actor(kind=ActorKind.STAFF, id=new_id(), name=name, roles=frozenset({Role.COORDINATOR}))
    for name in ("Dana Reyes", "Sam Whitfield")
)
HOUR = timedelta(hours=1)
COORDINATORS = (Role.COORDINATOR,)


def open_task(session: Session, patient: Patient, kind: WorkKind = WorkKind.MISSED_OFTEN, **more: object) -> UUID:
    wanted: dict[str, object] = {"subject_kind": "patient", "subject_id": patient.id, "reason": "Call."} | more
    return actions.open_item(
        session,
        kind=kind,
        dedupe_key=f"{kind}:{new_id()}",
        patient_id=patient.id,
        now=NOW,
        by=system("Test"),
        **wanted,  # type: ignore[arg-type]
    )


def put_off(
    session: Session, item_id: UUID, *, version: int = 1, until: datetime = NOW + HOUR, by: Actor = DANA
) -> None:
    actions.put_off(session, item_id=item_id, version=version, until=until, why=PutOff.NO_ANSWER, by=by, now=NOW)


def in_queue(session: Session, now: datetime = NOW) -> list[UUID]:
    return [one.id for one in work_queue(session, roles=COORDINATORS, now=now).waiting]


def call(session: Session, patient: Patient, outcome: str, *settled: UUID, by: Actor = DANA) -> Called:
    wanted = CallOutcome(outcome)
    return log_call(session, patient_id=patient.id, outcome=wanted, settled=settled, by=by, now=NOW)


@pytest.fixture
def clinic(session: Session) -> Clinic:
    return Clinic(session)


@pytest.fixture
def ana(clinic: Clinic) -> Patient:
    return clinic.patient()


def test_what_was_put_off_comes_back_by_itself_at_that_very_instant(session: Session, ana: Patient):
    item = open_task(session, ana)
    actions.claim(session, item_id=item, version=1, by=SAM, now=NOW)
    put_off(session, item, version=2)
    row = queries.item(session, item)
    assert (row.put_off_by_name, row.put_off_why, row.claimed_by) == ("Dana Reyes", PutOff.NO_ANSWER, None)
    assert in_queue(session, NOW + HOUR - timedelta(seconds=1)) == []
    assert in_queue(session, NOW + HOUR) == [item]
    assert [one.id for one in queries.put_off_items(session, roles=COORDINATORS, now=NOW)] == [item]
    assert queries.put_off_items(session, roles=COORDINATORS, now=NOW + HOUR) == []


def test_a_task_brought_back_or_done_and_undone_is_in_sight(session: Session, ana: Patient):
    item = open_task(session, ana)
    put_off(session, item)
    actions.bring_back(session, item_id=item, version=2, by=SAM, now=NOW)
    assert in_queue(session) == [item]
    put_off(session, item, version=3)
    version = actions.close_item(session, item_id=item, version=4, by=SAM, now=NOW)
    actions.reopen(session, item_id=item, version=version, by=SAM, now=NOW)
    assert in_queue(session) == [item]


def test_danger_cannot_be_put_off_not_even_behind_the_back_of_the_product(session: Session, ana: Patient):
    item = open_task(session, ana, WorkKind.DANGER_SUSPECTED)
    with pytest.raises(CannotWait):
        put_off(session, item)
    forced = (
        "update work_item set put_off_until = now(), put_off_why = 'no_answer', put_off_by_name = 'Sam' where id = :id"
    )
    with pytest.raises(IntegrityError, match="danger_does_not_wait"), session.begin_nested():
        session.execute(text(forced), {"id": item})


def test_a_closed_task_and_one_that_changed_are_not_put_off(session: Session, ana: Patient):
    item = open_task(session, ana)
    actions.claim(session, item_id=item, version=1, by=SAM, now=NOW)
    with pytest.raises(ChangedMeanwhile):
        put_off(session, item)
    actions.close_item(session, item_id=item, version=2, by=SAM, now=NOW)
    with pytest.raises(TaskClosed):
        put_off(session, item, version=3)


def test_a_call_that_reached_somebody_does_what_was_ticked_and_nothing_else(
    session: Session, clinic: Clinic, ana: Patient
):
    one, two = open_task(session, ana), open_task(session, ana, WorkKind.PAYMENT_FAILED)
    gone = open_task(session, ana, WorkKind.NEXT_DATES_DUE)
    strangers = open_task(session, clinic.patient())
    actions.close_item(session, item_id=gone, version=1, by=SAM, now=NOW)
    assert call(session, ana, "reached", one, gone, strangers).done == 1
    assert set(in_queue(session)) == {two, strangers}
    assert call(session, ana, "wrong_number").stays


def test_while_there_is_danger_nothing_about_that_person_leaves_the_queue(session: Session, ana: Patient):
    ids = {open_task(session, ana), open_task(session, ana, WorkKind.DANGER_SUSPECTED)}
    assert call(session, ana, "no_answer") == Called(stays=True)
    assert set(in_queue(session)) == ids


def test_a_visit_that_only_the_calendar_knows_of_becomes_a_task_that_is_back_before_it(session: Session):
    clinic = Clinic(session)
    clinic.visit_type()
    ana = clinic.patient()
    visit = clinic.visit(ana, clinic.physician(), at(23, 12, 30))
    assert in_queue(session) == [visit.id]
    called = call(session, ana, "left_message")
    assert (called.put_off, called.back_at) == (1, visit.starts_at - HOUR)
    assert in_queue(session) == []
    [back] = work_queue(session, roles=COORDINATORS, now=visit.starts_at - HOUR).waiting
    assert back.kind is WorkKind.UNCONFIRMED_VISIT
    assert back.item_id


def test_a_link_that_was_just_sent_is_not_sent_again_before_the_task_is_back(session: Session, clinic: Clinic):
    clinic.visit_type()
    ana = clinic.patient()
    visit = clinic.visit(ana, clinic.physician(), at(25, 10))
    item = open_task(session, ana, WorkKind.LINK_LOCKED, subject_kind="appointment", subject_id=visit.id)
    backs = []
    for seconds in (0, 5):
        wanted = {"by": DANA, "now": NOW + timedelta(seconds=seconds), "ring": RING}
        backs.append(send_link(session, item_id=item, **wanted))
        session.execute(text("update message set state = 'sent' where state = 'pending'"))
    assert backs[0] == backs[1] == NOW + timedelta(hours=24)
    assert session.scalar(text("select count(*) from message where template_key = 'BOOK_CONFIRM'")) == 2


def test_of_two_who_call_at_once_both_calls_stand_and_the_tasks_are_put_off_once(database: Database):
    with database.begin(by=DANA) as session:
        ana = Clinic(session).patient()
        ids = [open_task(session, ana), open_task(session, ana, WorkKind.PAYMENT_FAILED)]

    def once(by: Actor) -> Called:
        with database.begin(by=by) as session:
            return call(session, session.get_one(Patient, ana.id), "no_answer", by=by)

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(once, (DANA, SAM)))
    assert sorted(one.put_off for one in found) == [0, 2]
    with database.begin(by=DANA) as session:
        assert session.scalar(select(func.count()).select_from(ContactEntry)) == 2
        assert [queries.item(session, one).version for one in ids] == [2, 2]


def test_of_two_who_put_off_and_close_one_task_the_second_is_told(database: Database):
    with database.begin(by=DANA) as session:
        item = open_task(session, Clinic(session).patient())

    def act(step: Callable[[Session], object]) -> str:
        try:
            with database.begin(by=DANA) as session:
                step(session)
        except (TaskClosed, ChangedMeanwhile) as refusal:
            return refusal.code
        return "done"

    steps: list[Callable[[Session], object]] = [
        lambda session: put_off(session, item),
        lambda session: actions.close_item(session, item_id=item, version=1, by=SAM, now=NOW),
    ]
    with ThreadPoolExecutor(2) as pool:
        found = sorted(pool.map(act, steps))
    assert found in (["changed_meanwhile", "done"], ["done", "task_closed"])
