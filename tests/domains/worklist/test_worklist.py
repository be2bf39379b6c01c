"""Tasks: opened once, oldest due first, taken and closed by people who saw the latest state."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor, Role, system
from clinic.kernel.errors import ChangedMeanwhile
from clinic.kernel.ids import new_id
from clinic.worklist import actions, queries
from clinic.worklist.errors import CameUpAgain, NoSuchTask, TaskClosed, TaskStillOpen
from clinic.worklist.rules import KINDS, Closing, Outcome, State, WorkKind, closed_state, due_at
from tests.conftest import Database

WORKER = system("Reminder worker")
COORDINATORS = (Role.COORDINATOR,)

Opener = Callable[..., UUID]


@pytest.fixture
def opened(session: Session, now: datetime) -> Opener:
    def put(key: str = "message:1", *, kind: WorkKind = WorkKind.DELIVERY_FAILED, **other: object) -> UUID:
        wanted: dict[str, object] = {
            "reason": "The phone company refused the text.",
            "subject_kind": "message",
            "subject_id": new_id(),
            "patient_id": new_id(),
            "now": now,
            "by": WORKER,
        }
        return actions.open_item(session, kind=kind, dedupe_key=key, **(wanted | other))  # type: ignore[arg-type]

    return put


@pytest.mark.parametrize("kind", list(WorkKind))
def test_every_kind_has_a_title_an_owner_a_button_and_a_way_off_the_list(kind: WorkKind):
    about = KINDS[kind]
    assert about.title
    assert about.owner_role in Role
    assert about.due_in_hours > 0 or kind in {WorkKind.DANGER_SUSPECTED, WorkKind.SESSION_EMERGENCY}
    assert about.action
    assert about.endpoint.partition(".")[2]
    assert about.closing in Closing
    assert about.argument in {
        None,
        "appointment_id",
        "patient_id",
        "phone_id",
        "page_id",
        "physician_id",
        "flag_id",
        "shipment_id",
        "fill_id",
        "waiting_id",
        "replacement_id",
    }


def test_danger_stands_above_everything_however_long_overdue(session: Session, opened: Opener, now: datetime):
    late = opened("a", due_at=now - timedelta(days=2))
    danger = opened("b", kind=WorkKind.DANGER_SUSPECTED, due_at=now)
    assert [row.id for row in queries.open_items(session, roles={Role.COORDINATOR})] == [danger, late]


def test_the_due_time_comes_from_the_kind_unless_given(session: Session, opened: Opener, now: datetime):
    usual = queries.item(session, opened("a"))
    assert usual.due_at == now + timedelta(hours=2) == due_at(WorkKind.DELIVERY_FAILED, now)
    given = queries.item(session, opened("b", due_at=now + timedelta(minutes=5)))
    assert given.due_at == now + timedelta(minutes=5)


def test_the_same_trouble_opens_one_task(session: Session, opened: Opener):
    assert opened("message:1") == opened("message:1")
    assert queries.count_open(session, roles=COORDINATORS) == 1


def test_after_it_was_closed_the_same_trouble_opens_a_new_task(session: Session, opened: Opener, now: datetime):
    first = opened("message:1")
    actions.close_item(session, item_id=first, version=1, by=WORKER, now=now)
    assert opened("message:1") != first


def test_the_reason_is_stored_sealed(session: Session, opened: Opener):
    found = opened(reason="Dana's phone is switched off.")
    assert queries.item(session, found).reason == "Dana's phone is switched off."
    stored = session.scalar(text("select encode(reason_sealed, 'escape') from work_item where id = :id"), {"id": found})
    assert "switched off" not in str(stored)


def test_the_list_shows_what_is_due_first_on_top_and_only_the_roles_own(
    session: Session, opened: Opener, now: datetime
):
    late = opened("late", due_at=now + timedelta(hours=9))
    soon = opened("soon", due_at=now + timedelta(hours=1))
    overdue = opened("overdue", due_at=now - timedelta(hours=1))
    admins = opened("lane", kind=WorkKind.LANE_PAUSED)
    assert [row.id for row in queries.open_items(session, roles=COORDINATORS)] == [overdue, soon, late]
    assert [row.id for row in queries.open_items(session, roles=COORDINATORS, limit=1, offset=1)] == [soon]
    assert [row.id for row in queries.open_items(session, roles={Role.ADMIN})] == [admins]
    assert queries.open_items(session, roles=()) == []
    assert queries.count_overdue(session, roles=COORDINATORS, now=now) == 1


def test_the_button_leads_to_the_visit_or_the_patient(session: Session, opened: Opener):
    visit, patient = new_id(), new_id()
    locked = queries.item(session, opened("a", kind=WorkKind.LINK_LOCKED, subject_id=visit, patient_id=patient))
    failed = queries.item(session, opened("b", subject_id=visit, patient_id=patient))
    paused = queries.item(session, opened("c", kind=WorkKind.LANE_PAUSED, subject_id=None, patient_id=None))
    assert (locked.about.endpoint, locked.page_arguments) == ("coordinator.visit", {"appointment_id": visit})
    assert (failed.about.endpoint, failed.page_arguments) == ("coordinator.patient", {"patient_id": patient})
    assert paused.page_arguments == {}


def test_a_claim_names_who_is_on_it(session: Session, opened: Opener, coordinator: Actor, now: datetime):
    found = opened()
    actions.claim(session, item_id=found, version=1, by=coordinator, now=now)
    row = queries.item(session, found)
    assert (row.claimed_by, row.claimed_name, row.version) == (coordinator.id, "Dana Reyes", 2)
    actions.release(session, item_id=found, version=2, by=coordinator, now=now)
    assert queries.item(session, found).claimed_name is None


def test_of_two_people_who_take_the_same_task_the_second_is_told(
    session: Session, opened: Opener, coordinator: Actor, staff_actor: Callable[..., Actor], now: datetime
):
    found = opened()
    actions.claim(session, item_id=found, version=1, by=coordinator, now=now)
    with pytest.raises(ChangedMeanwhile, match="Dana Reyes changed this after you opened it") as refused:
        actions.claim(session, item_id=found, version=1, by=staff_actor(Role.COORDINATOR, name="Sam Ortiz"), now=now)
    assert (refused.value.who, refused.value.at) == ("Dana Reyes", now)


def test_closing_says_how_it_ended_and_by_whom(session: Session, opened: Opener, coordinator: Actor, now: datetime):
    found = opened()
    version = actions.close_item(
        session, item_id=found, version=1, outcome=Outcome.NOT_NEEDED, note="Called her.", by=coordinator, now=now
    )
    row = queries.item(session, found)
    assert (row.is_open, row.outcome, row.closed_at, row.version) == (False, "not_needed", now, version)
    with pytest.raises(TaskClosed, match="Dana Reyes has taken care of this"):
        actions.close_item(session, item_id=found, version=version, by=coordinator, now=now)
    with pytest.raises(TaskClosed):
        actions.claim(session, item_id=found, version=version, by=coordinator, now=now)


@pytest.mark.parametrize(
    ("outcome", "state"),
    [(Outcome.DONE, State.DONE), (Outcome.SETTLED_ITSELF, State.DONE), (Outcome.NOT_NEEDED, State.DISMISSED)],
)
def test_what_was_not_needed_is_dismissed(outcome: Outcome, state: State):
    assert closed_state(outcome) is state


def test_closing_what_a_colleague_changed_is_refused(
    session: Session, opened: Opener, coordinator: Actor, now: datetime
):
    found = opened()
    actions.claim(session, item_id=found, version=1, by=coordinator, now=now)
    with pytest.raises(ChangedMeanwhile):
        actions.close_item(session, item_id=found, version=1, by=coordinator, now=now)


def test_undo_brings_a_task_back(session: Session, opened: Opener, coordinator: Actor, now: datetime):
    found = opened()
    with pytest.raises(TaskStillOpen):
        actions.reopen(session, item_id=found, version=1, by=coordinator, now=now)
    version = actions.close_item(session, item_id=found, version=1, by=coordinator, now=now)
    actions.reopen(session, item_id=found, version=version, by=coordinator, now=now)
    row = queries.item(session, found)
    assert (row.is_open, row.outcome, row.closed_at) == (True, None, None)


def test_undo_is_refused_when_the_same_thing_came_up_again(
    session: Session, opened: Opener, coordinator: Actor, now: datetime
):
    found = opened("message:1")
    version = actions.close_item(session, item_id=found, version=1, by=coordinator, now=now)
    opened("message:1")
    with pytest.raises(CameUpAgain):
        actions.reopen(session, item_id=found, version=version, by=coordinator, now=now)
    assert queries.count_open(session, roles=COORDINATORS) == 1


def test_a_task_closes_by_itself_once_its_reason_is_gone(session: Session, opened: Opener, now: datetime):
    found = opened("message:1")
    assert actions.close_for(session, dedupe_key="message:1", by=WORKER, now=now)
    assert not actions.close_for(session, dedupe_key="message:1", by=WORKER, now=now)
    assert queries.item(session, found).outcome == "settled_itself"


def test_the_patients_page_finds_the_open_tasks_about_them(session: Session, opened: Opener, now: datetime):
    patient = new_id()
    found = opened("a", patient_id=patient)
    gone = opened("b", patient_id=patient)
    actions.close_item(session, item_id=gone, version=1, by=WORKER, now=now)
    opened("c")
    assert [row.id for row in queries.open_items_of_patient(session, patient_id=patient)] == [found]


def test_a_task_that_does_not_exist_is_said_so(session: Session, coordinator: Actor, now: datetime):
    with pytest.raises(NoSuchTask):
        queries.item(session, new_id())
    with pytest.raises(NoSuchTask):
        actions.claim(session, item_id=new_id(), version=1, by=coordinator, now=now)


def test_a_task_of_another_role_is_answered_like_none(
    session: Session, opened: Opener, coordinator: Actor, now: datetime
):
    lane = opened("lane:1", kind=WorkKind.LANE_PAUSED)
    with pytest.raises(NoSuchTask):
        actions.close_item(session, item_id=lane, version=1, by=coordinator, now=now)


def test_many_who_meet_the_same_trouble_at_once_open_one_task(database: Database, now: datetime):
    def open_once(_number: int) -> UUID:
        with database.begin(by=WORKER) as session:
            return actions.open_item(
                session,
                kind=WorkKind.LANE_PAUSED,
                dedupe_key="lane:1",
                reason="The provider says the account is suspended.",
                subject_kind="lane",
                subject_id=None,
                patient_id=None,
                now=now,
                by=WORKER,
            )

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(open_once, range(24)))) == 1
