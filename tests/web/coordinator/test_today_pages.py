"""Today and the day list: what needs a person, and the visits of a day."""

from datetime import timedelta
from uuid import uuid4

import pytest

from clinic.kernel.actor import system
from clinic.worklist import actions as worklist
from clinic.worklist.rules import WorkKind
from tests.domains.scheduling.calendar_makers import at
from tests.web.coordinator.conftest import SAM
from tests.web.html import Browser, text_of


@pytest.fixture
def task(office):
    """Open tasks about Ana, each some hours old."""

    def make(hours_ago: float = 1, kind: WorkKind = WorkKind.DELIVERY_FAILED, reason: str = "The phone was off."):
        opened = office.maker.now - timedelta(hours=hours_ago)
        found = worklist.open_item(
            office.session,
            kind=kind,
            dedupe_key=str(uuid4()),
            reason=reason,
            subject_kind="patient",
            subject_id=office.ana.id,
            patient_id=office.ana.id,
            now=opened,
            by=system("Test"),
        )
        office.session.commit()
        return found

    return make


def items(page):
    return [text_of(item) for item in page.select(".work-item")]


def test_an_empty_day_says_what_will_be_here(desk: Browser):
    page = desk.get("/today")
    assert "Nothing needs you right now" in page.text
    assert "No visits today" in page.text
    assert "No time is being held." in page.text


def test_a_task_says_what_for_whom_why_and_how_long(desk: Browser, task):
    task(hours_ago=1.5)
    [only] = items(desk.get("/today"))
    assert "Text not delivered" in only
    assert "Invented" in only
    assert "The phone was off." in only
    assert "1 h 30" in only
    assert "late" not in only


def test_the_task_due_first_stands_first_and_late_ones_are_counted(desk: Browser, task):
    task(hours_ago=1, reason="Younger.")
    task(hours_ago=3, reason="Older.")
    page = desk.get("/today")
    assert "Older." in items(page)[0]
    assert "late" in items(page)[0]
    assert "2 tasks, 1 late" in page.text


def test_a_done_task_leaves_at_once_and_can_be_brought_back(desk: Browser, task):
    item = task()
    page = desk.get("/today").form(f"close-{item}").submit()
    assert items(page) == []
    assert "Done: Text not delivered." in page.text
    back = page.form(f"undo-{item}").submit()
    assert back.toasts == ["✓ The task is back on the list."]
    assert len(items(back)) == 1


def test_claiming_shows_colleagues_who_is_on_it(desk: Browser, sign_in_as, task):
    from clinic.kernel.actor import Role

    item = task()
    assert "You are on it" in items(desk.get("/today").form(f"claim-{item}").submit())[0]
    colleague = sign_in_as(Role.COORDINATOR, name="Sam Whitfield")
    assert "Dana Reyes is on it" in items(colleague.get("/today"))[0]


def test_a_task_that_a_colleague_closed_is_told_and_nothing_breaks(desk: Browser, office, task):
    item = task()
    page = desk.get("/today")
    worklist.close_item(office.session, item_id=item, version=1, by=SAM, now=office.maker.now)
    office.session.commit()
    answer = page.form(f"close-{item}").submit()
    assert answer.status == 200
    assert answer.toasts
    assert answer.toasts[0].startswith("!")


def test_many_tasks_come_fifty_at_a_time(desk: Browser, task):
    for _ in range(53):
        task()
    first = desk.get("/today")
    assert len(items(first)) == 50
    second = first.click("3 more")
    assert len(items(second)) == 3
    assert len(items(second.click("Earlier tasks"))) == 50
    assert len(items(desk.get("/today", skip=9999))) == 50


@pytest.mark.parametrize(("query", "status"), [({"skip": "x"}, 422), ({"done": uuid4()}, 200), ({"sort": "a"}, 422)])
def test_odd_addresses_of_today_do_no_harm(desk: Browser, query, status):
    assert desk.get("/today", **query).status == status


def test_unconfirmed_held_and_unsettled_visits_stand_beside(desk: Browser, office, clock):
    office.visit(at(23, 9), by=SAM, now=at(20, 9))
    office.visit(at(24, 9))
    office.take(at(24, 15))
    page = desk.get("/today")
    beside = text_of(page.one(".side-column"))
    assert "Did they take place?" in beside
    assert "Tue, Nov 24, 9:00 AM ET" in beside
    assert "Held 10:00" in beside


def test_a_day_without_visits_offers_to_book(desk: Browser, office):
    page = desk.get("/day", on="2026-11-29")
    assert "No visits on this day" in page.text
    assert page.click("Book a visit").status == 200


@pytest.mark.parametrize(
    "query", [{"state": "banana"}, {"on": "yesterday"}, {"on": "9999-12-31"}, {"physician": "x"}, {"sort": "name"}]
)
def test_a_day_that_makes_no_sense_is_refused_in_words(desk: Browser, query):
    assert desk.get("/day", **query).status == 422
