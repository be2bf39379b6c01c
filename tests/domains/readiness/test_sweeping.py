"""Three days and one day before: checks that are kept once, tasks with owner and deadline, and their end."""

from datetime import date, timedelta

from sqlalchemy import select

from clinic.kernel.actor import Role
from clinic.readiness.actions.overriding import override_start
from clinic.readiness.actions.sweeping import sweep
from clinic.readiness.queries.checks import checks_of
from clinic.scheduling import actions as scheduling
from clinic.watching import READINESS_EVERY, keep_watch
from clinic.worklist import actions as worklist
from clinic.worklist.models import WorkItem
from tests.domains.readiness.ready import make_ready
from tests.domains.scheduling.calendar_makers import COORDINATOR
from tests.domains.treatment.plan_makers import on

MONDAY, TUESDAY = on("2026-11-23", 9), on("2026-11-24", 15)


def moments(coming) -> list[str]:
    return [each.moment for each in reversed(checks_of(coming.session, coming.visit.id))]


def tasks(coming) -> dict[str, WorkItem]:
    wanted = select(WorkItem).where(WorkItem.state == "open", WorkItem.dedupe_key.startswith("readiness:"))
    return {each.dedupe_key.rsplit(":", 1)[1]: each for each in coming.session.scalars(wanted)}


def look(coming, now) -> int:
    return sweep(coming.session, by=COORDINATOR, now=now)


def test_a_session_is_checked_three_days_and_one_day_before_and_each_gate_is_a_task_of_its_owner(coming):
    assert look(coming, MONDAY) == 1
    found = tasks(coming)
    assert set(found) == {"order_inactive", "support_unnamed", "visit_overdue"}
    assert found["order_inactive"].owner_role == Role.PHYSICIAN
    assert found["support_unnamed"].owner_role == Role.COORDINATOR
    assert found["support_unnamed"].due_at == coming.starts_at - timedelta(hours=24)
    assert found["support_unnamed"].reason == (
        "No support person is named for this visit. Ask the patient who will be there."
    )
    assert look(coming, TUESDAY) == 1
    assert moments(coming) == ["t72", "t24"]
    assert set(tasks(coming)) == {"order_inactive", "support_unconfirmed", "visit_overdue"}


def test_a_sweep_is_repeat_safe_and_keeps_what_changed_only(coming):
    assert [look(coming, MONDAY + timedelta(minutes=ten)) for ten in (0, 10, 20)] == [1, 0, 0]
    coming.plan.paused_until = date(2026, 11, 30)
    assert look(coming, MONDAY + timedelta(minutes=30)) == 1
    assert "program_paused" in tasks(coming)
    coming.plan.paused_until = None
    assert look(coming, MONDAY + timedelta(minutes=40)) == 1
    assert "program_paused" not in tasks(coming)


def test_what_a_person_closed_comes_again_at_the_next_moment_only(coming):
    look(coming, MONDAY)
    item = tasks(coming)["visit_overdue"]
    worklist.close_item(coming.session, item_id=item.id, version=item.version, by=COORDINATOR, now=MONDAY)
    coming.plan.paused_until = date(2026, 11, 30)
    look(coming, MONDAY + timedelta(minutes=10))
    assert "visit_overdue" not in tasks(coming)
    look(coming, TUESDAY)
    assert "visit_overdue" in tasks(coming)


def test_tasks_go_with_a_session_that_is_called_off_or_begins(coming):
    look(coming, MONDAY)
    coming.do(scheduling.cancel, reason="patient_request", now=MONDAY)
    look(coming, MONDAY + timedelta(minutes=10))
    assert tasks(coming) == {}


def test_nobody_is_asked_in_the_last_hour_what_belongs_to_the_start(coming):
    look(coming, TUESDAY)
    look(coming, coming.starts_at - timedelta(minutes=30))
    assert "checklist_open" not in tasks(coming)
    make_ready(coming.session, coming.visit.id, by=COORDINATOR, now=coming.starts_at - timedelta(minutes=20))
    assert look(coming, coming.starts_at - timedelta(minutes=10)) == 0


def test_the_watch_looks_every_ten_minutes(coming):
    for now in (MONDAY, MONDAY + READINESS_EVERY / 2, MONDAY + READINESS_EVERY):
        keep_watch(coming.session, now=now, by=COORDINATOR)
    assert moments(coming) == ["t72"]


def test_tasks_stay_while_a_session_that_should_have_begun_waits_for_them(coming):
    look(coming, TUESDAY)
    left = set(tasks(coming))
    look(coming, coming.starts_at + timedelta(minutes=10))
    assert set(tasks(coming)) == left
    look(coming, coming.starts_at + timedelta(hours=13))
    assert tasks(coming) == {}


def test_a_gate_that_closes_again_is_a_task_again(coming):
    look(coming, MONDAY)
    for minutes, until, is_there in ((10, date(2026, 11, 30), True), (20, None, False), (30, date(2026, 11, 30), True)):
        coming.plan.paused_until = until
        look(coming, MONDAY + timedelta(minutes=minutes))
        assert ("program_paused" in tasks(coming)) is is_there


def test_what_is_set_aside_before_it_blocks_is_not_kept_again_and_again(coming):
    look(coming, MONDAY)
    doctor = {"by": coming.clinic.doctor, "now": MONDAY, "reason": "Seen in person last week."}
    coming.do(override_start, codes=["visit_overdue"], **doctor)
    assert [look(coming, MONDAY + timedelta(minutes=ten)) for ten in (10, 20)] == [0, 0]
    look(coming, TUESDAY)
    assert [each.overridden for each in checks_of(coming.session, coming.visit.id)] == [["visit_overdue"], []]
