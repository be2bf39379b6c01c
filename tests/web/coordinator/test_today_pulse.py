"""The pulse of Today: another word after whatever changes the page, the same one otherwise."""

from datetime import timedelta

import pytest

from clinic.dashboards import todays_pulse
from clinic.dashboards.work_queue import UNCONFIRMED_AHEAD
from clinic.kernel.actor import Role, system
from clinic.worklist import actions as worklist
from clinic.worklist.queries import open_items
from clinic.worklist.rules import WorkKind
from tests.domains.scheduling.calendar_makers import at
from tests.web.coordinator.conftest import SAM
from tests.web.html import Browser

BY_ITSELF = {"X-Fragment": "1", "X-Live": "1"}


def pulse(desk: Browser) -> str:
    return desk.client.get("/today/pulse", headers=BY_ITSELF).get_json()["pulse"]


def open_task(office, *, hours_ago: float = 0) -> None:
    worklist.open_item(
        office.session,
        kind=WorkKind.DELIVERY_FAILED,
        dedupe_key=f"task:{hours_ago}",
        reason="The phone was off.",
        subject_kind="patient",
        subject_id=office.ana.id,
        patient_id=office.ana.id,
        now=office.maker.now - timedelta(hours=hours_ago),
        by=system("Test"),
    )
    office.session.commit()


CHANGES = {
    "a new task": lambda office, _: open_task(office),
    "a task that is late": lambda office, _: open_task(office, hours_ago=3),
    "a new visit": lambda office, _: office.visit(at(24, 14)),
    "a canceled visit": lambda office, visit: office.cancel_elsewhere(visit),
    "a hold on a far day": lambda office, _: office.take(at(30, 10)),
}


@pytest.mark.parametrize("change", list(CHANGES))
def test_the_pulse_is_another_one_after_every_change_of_today(desk: Browser, office, change):
    visit = office.visit(at(24, 9))
    before = pulse(desk)
    CHANGES[change](office, visit)
    assert pulse(desk) != before


def test_claiming_and_closing_a_task_change_the_pulse(desk: Browser, office):
    open_task(office)
    [task] = open_items(office.session, roles=[Role.COORDINATOR])
    seen = [pulse(desk)]
    page = desk.get("/today").form(f"claim-{task.id}").submit()
    seen.append(pulse(desk))
    page.form(f"close-{task.id}").submit()
    seen.append(pulse(desk))
    assert len(set(seen)) == 3


@pytest.mark.parametrize(
    ("minutes", "what"),
    [(10, "the hold runs out"), (61, "the visit begins"), (75, "nobody came"), (121, "the task is late")],
)
def test_what_only_time_changes_gives_another_pulse(office, minutes, what):
    """A hold until 10:10, a visit at 11:00 and a task due at noon; it is 10:00."""
    office.visit(at(23, 11), now=at(20, 9))
    office.take(at(24, 15))
    open_task(office)

    def after(passed: float) -> str:
        now = office.maker.now + timedelta(minutes=passed)
        return todays_pulse.pulse(
            office.session,
            roles=[Role.COORDINATOR],
            day=at(23, 10).date(),
            zone="America/New_York",
            ahead=UNCONFIRMED_AHEAD,
            now=now,
        )

    assert after(minutes - 1.5) == after(minutes - 2)
    assert after(minutes) != after(minutes - 1.5), what


def test_the_pulse_stands_in_the_page_and_says_nothing_about_anybody(desk: Browser, office):
    office.visit(at(23, 15), by=SAM)
    answer = desk.client.get("/today/pulse", headers=BY_ITSELF)
    assert list(answer.get_json()) == ["pulse"]
    assert desk.get("/today").one("[data-live]").get("data-live-pulse") == answer.get_json()["pulse"]


@pytest.mark.parametrize(("path", "headers"), [("/today/pulse", {}), ("/today", BY_ITSELF)])
def test_sec12_a_page_that_renews_itself_does_not_lengthen_the_session(desk: Browser, clock, path, headers):
    for _ in range(14):
        clock.advance(minutes=1)
        assert desk.client.get(path, headers=headers).status_code == 200
    clock.advance(minutes=1, seconds=1)
    assert desk.client.get(path, headers=BY_ITSELF).status_code == 401


def test_only_coordinators_have_a_pulse_of_today(sign_in_as):
    assert sign_in_as(Role.PHYSICIAN).client.get("/today/pulse", headers=BY_ITSELF).status_code == 403
