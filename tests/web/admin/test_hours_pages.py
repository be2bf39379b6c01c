"""Weekly hours and exceptions at an administrator's browser: each edit shows first what it would strand."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from clinic.kernel.actor import Role
from clinic.people.models import Physician
from clinic.runtime import Runtime
from clinic.scheduling.models import AvailabilityRule
from clinic.worklist.models import WorkItem
from tests.domains.scheduling.calendar_makers import Clinic, at
from tests.web.html import Browser, Page

SignInAs = Callable[..., Browser]
MONDAY = "Monday, 9:00 AM to 5:00 PM"
HOURS = {
    "weekday": ["saturday"],
    "starts_at_local": "09:00",
    "ends_at_local": "12:00",
    "effective_from": "2026-11-23",
}
CLOSED = {"kind": "closed", "first_day": "2026-11-25"}


@pytest.fixture
def admin(sign_in_as: SignInAs) -> Browser:
    return sign_in_as(Role.ADMIN, name="Ada Admin")


@pytest.fixture
def okafor(session: Session, clinic: Clinic) -> Physician:
    clinic.visit_type()
    physician = clinic.physician()
    session.commit()
    return physician


@pytest.fixture
def page(admin: Browser, okafor: Physician) -> Page:
    return admin.get(f"/physicians/{okafor.id}")


@pytest.fixture
def monday_visit(session: Session, clinic: Clinic, okafor: Physician) -> None:
    clinic.visit(clinic.patient(), okafor, at(30, 10))
    session.commit()


def tasks_open(session: Session) -> int:
    return session.query(WorkItem).filter_by(kind="stranded_visit", state="open").count()


@pytest.mark.parametrize(
    ("fields", "box", "words"),
    [
        ({"weekday": None}, "weekday", "at least one day"),
        ({"starts_at_local": None}, "starts_at_local", "09:00"),
        ({"ends_at_local": "09:00"}, "ends_at_local", "end after they start"),
        ({"effective_from": None}, "effective_from", "first day"),
        ({"effective_until": "2026-11-22"}, "effective_until", "before the first one"),
        ({"weekday": ["saturday", "monday"]}, "starts_at_local", "on Mondays already"),
        ({"effective_from": "2026-11-22"}, "effective_from", "today or a later day"),
    ],
)
def test_hours_that_will_not_do_are_told_at_their_box(page: Page, fields: dict[str, object], *, box: str, words: str):
    again = page.click("Add hours").form("hours").send(**(HOURS | fields))
    assert again.status == 422
    assert words in again.errors[box]
    assert "9:00 AM to 12:00 PM" not in page.browser.get(page.path).text
    assert again.form("hours").values["weekday" if box != "weekday" else "ends_at_local"]


def test_nothing_is_saved_before_the_stranded_visits_are_seen(page: Page, session: Session, monday_visit: None):
    asked = page.click(f"End {MONDAY}").form("end").submit(last_day="2026-11-23")
    assert asked.h1 == "1 visit would be stranded"
    assert "Nothing is saved yet" in asked.text
    assert "Mon, Nov 30, 10:00 AM ET" in asked.text
    assert "booked outside" not in page.browser.get(page.path).text
    assert session.query(AvailabilityRule).filter(AvailabilityRule.effective_until.is_not(None)).count() == 0
    assert tasks_open(session) == 0


def test_a_yes_saves_the_change_and_opens_a_task_for_each_visit(
    page: Page, session: Session, monday_visit: None, sign_in_as: SignInAs
):
    asked = page.click(f"End {MONDAY}").form("end").submit(last_day="2026-11-23")
    done = asked.form("stranded").submit()
    assert done.toasts == [f"✓ {MONDAY}: the last day is Nov 23, 2026. 1 task was opened for coordinators."]
    assert "1 visit is booked outside these hours" in done.text
    assert "Ask a coordinator" in done.text
    assert tasks_open(session) == 1
    seen = sign_in_as(Role.COORDINATOR).get(page.path)
    assert seen.click("Mon, Nov 30, 10:00 AM ET").status == 200
    again = page.click(f"End {MONDAY}").form("end").submit(last_day="2030-01-01")
    assert "1 visit fits again." in again.toasts[0]
    assert tasks_open(session) == 0


def test_a_visit_that_is_booked_meanwhile_is_shown_before_the_yes_counts(
    page: Page, session: Session, clinic: Clinic, okafor: Physician, monday_visit: None
):
    asked = page.click(f"End {MONDAY}").form("end").submit(last_day="2026-11-23")
    clinic.visit(clinic.patient(), okafor, at(30, 11))
    session.commit()
    again = asked.form("stranded").submit()
    assert again.h1 == "2 visits would be stranded"
    assert tasks_open(session) == 0
    assert "2 tasks were opened" in again.form("stranded").submit().toasts[0]


def test_from_the_question_one_goes_back_to_the_entries(page: Page, monday_visit: None):
    asked = page.click(f"End {MONDAY}").form("end").submit(last_day="2026-11-23")
    form = asked.form("stranded")
    back = form.send(go_back="yes")
    assert back.form("end").values["last_day"] == ["2026-11-23"]
    assert back.errors == {}


def test_a_change_by_a_colleague_between_question_and_yes_is_not_overwritten(
    page: Page, monday_visit: None, sign_in_as: SignInAs
):
    asked = page.click(f"End {MONDAY}").form("end").submit(last_day="2026-11-23")
    other = sign_in_as(Role.ADMIN, name="Ben Boss").get(page.path)
    other.click(f"End {MONDAY}").form("end").submit(last_day="2027-01-31")
    told = asked.form("stranded").submit()
    assert told.status == 409
    assert "Ben Boss changed this" in told.errors[""]


def test_hours_change_from_a_day_on(page: Page, session: Session, monday_visit: None):
    form = page.click(f"Change {MONDAY}").form("change")
    assert form.values["from_day"] == ["2026-11-23"]
    asked = form.submit(from_day="2026-11-30", starts_at_local="12:00", ends_at_local="18:00")
    assert "12:00 PM to 6:00 PM from Nov 30, 2026" in asked.text
    done = asked.form("stranded").submit()
    assert "since Jan 1, 2020 until Nov 29, 2026" in done.text
    assert "Not yet from Nov 30, 2026" in done.text.replace("…", "").replace("  ", " ")
    assert tasks_open(session) == 1


def test_hours_move_to_another_day_of_the_week(page: Page):
    done = page.click(f"Change {MONDAY}").form("change").submit(weekday="saturday", from_day="2026-12-01")
    assert done.toasts == ["✓ Saturday, 9:00 AM to 5:00 PM from Dec 1, 2026."]


@pytest.mark.parametrize(
    ("fields", "box", "words"),
    [
        ({"from_day": "2026-11-22"}, "from_day", "today or a later day"),
        ({"from_day": None}, "from_day", "first day"),
        ({"weekday": "someday"}, "weekday", "day of the week"),
        ({"weekday": "tuesday"}, "starts_at_local", "on Tuesdays already"),
        ({"ends_at_local": "08:00"}, "ends_at_local", "end after they start"),
        ({"effective_until": "2026-11-22"}, "effective_until", "before the first one"),
    ],
)
def test_a_change_that_will_not_do_is_told_at_its_box(page: Page, fields: dict[str, object], *, box: str, words: str):
    again = page.click(f"Change {MONDAY}").form("change").send(**fields)
    assert again.status == 422
    assert words in again.errors[box]


def test_a_day_is_copied_to_others(page: Page):
    page.click("Add hours").form("hours").submit(**HOURS)
    form = page.browser.get(page.path).click("Copy a day").form("copy")
    done = form.submit(source="saturday", weekday=["sunday"], effective_from="2026-12-01")
    assert done.toasts == ["✓ Hours copied."]
    assert "End Sunday, 9:00 AM to 12:00 PM" in done.links


def test_a_copied_day_takes_the_place_of_what_was_there(page: Page, monday_visit: None, session: Session):
    page.click("Add hours").form("hours").submit(**HOURS | {"starts_at_local": "13:00", "ends_at_local": "18:00"})
    wanted = {"source": "saturday", "weekday": ["monday", "tuesday"], "effective_from": "2026-11-24", "replaces": "yes"}
    asked = page.browser.get(f"{page.path}/hours/copy").form("copy").submit(**wanted)
    assert asked.h1 == "1 visit would be stranded"
    done = asked.form("stranded").submit()
    assert "End Tuesday, 1:00 PM to 6:00 PM" in done.links
    assert tasks_open(session) == 1


@pytest.mark.parametrize(
    ("fields", "box", "words"),
    [
        ({"source": "saturday", "weekday": ["sunday"]}, "source", "no hours from then on"),
        ({"weekday": []}, "weekday", "at least one day"),
        ({"weekday": ["monday"]}, "weekday", "not copied to itself"),
        ({"weekday": ["saturday", "friday"]}, "weekday", "tick that copied hours replace them"),
        ({"effective_from": "2026-11-22"}, "effective_from", "today or a later day"),
    ],
)
def test_a_copy_that_will_not_do_copies_nothing(page: Page, fields: dict[str, object], *, box: str, words: str):
    typed: dict[str, object] = {"source": "monday", "weekday": ["saturday"], "effective_from": "2026-11-23"}
    again = page.browser.get(f"{page.path}/hours/copy").form("copy").send(**(typed | fields))
    assert again.status == 422
    assert words in again.errors[box]
    assert "End Saturday, 9:00 AM to 5:00 PM" not in page.browser.get(page.path).links


def test_hours_that_never_began_are_removed_and_stay_gone(page: Page):
    page.click("Add hours").form("hours").submit(**HOURS | {"effective_from": "2026-12-05"})
    end = page.browser.get(page.path).click("End Saturday, 9:00 AM to 12:00 PM")
    assert end.form("remove").submit().toasts == ["✓ Saturday, 9:00 AM to 12:00 PM: removed."]
    assert end.browser.get(end.path).status == 404


def test_hours_of_another_physician_are_not_found(page: Page, session: Session, clinic: Clinic):
    other = clinic.physician("Dr. Luis Herrera", zone="America/Chicago")
    session.commit()
    rule = page.links["End Monday, 9:00 AM to 5:00 PM"].rpartition("/")[2]
    assert page.browser.get(f"/physicians/{other.id}/hours/{rule}").status == 404


def test_an_older_page_does_not_end_hours_that_changed(page: Page):
    end = page.click("End Monday, 9:00 AM to 5:00 PM").form("end")
    end.submit(last_day="2026-12-07")
    told = end.submit(last_day="2026-12-14")
    assert told.status == 409
    assert told.form("end").values["last_day"] == ["2026-12-14"]


def test_whole_days_are_closed_and_opened_again(
    page: Page, session: Session, clinic: Clinic, okafor: Physician, runtime: Runtime
):
    clinic.visit(clinic.patient(), okafor, at(26, 16, 30))
    session.commit()
    wanted = CLOSED | {"last_day": "2026-11-26", "note": "Away"}
    asked = page.click("Add exception").form("exception").submit(**wanted)
    assert "No exceptions ahead" in page.browser.get(page.path).text
    done = asked.form("stranded").submit()
    assert done.toasts == ["✓ Time closed. 1 task was opened for coordinators."]
    assert "Nov 25, 2026 to Nov 26, 2026, all day" in done.text
    assert "1 visit is booked outside" in done.text
    asked = done.click("Remove Nov 25, 2026 to Nov 26, 2026, all day")
    again = asked.form("remove").submit()
    assert again.toasts == ["✓ Exception removed. The hours of the week hold again. 1 visit fits again."]
    assert "No exceptions ahead" in again.text
    assert "booked outside" not in again.text


def test_taking_back_extra_hours_shows_the_visits_in_them(
    page: Page, session: Session, clinic: Clinic, okafor: Physician
):
    extra = {"kind": "extra", "first_day": "2026-11-28", "starts_at": "10:00", "ends_at": "14:00"}
    done = page.click("Add exception").form("exception").submit(**extra)
    clinic.visit(clinic.patient(), okafor, at(28, 10))
    session.commit()
    asked = done.click("Remove Nov 28, 2026, 10:00 AM to 2:00 PM").form("remove").submit()
    assert asked.h1 == "1 visit would be stranded"
    assert "Extra hours" in page.browser.get(page.path).text
    assert "No exceptions ahead" in asked.form("stranded").submit().text


def test_an_exception_of_another_physician_is_not_found(page: Page, session: Session, clinic: Clinic):
    done = page.click("Add exception").form("exception").submit(**CLOSED)
    other = clinic.physician("Dr. Luis Herrera", zone="America/Chicago")
    session.commit()
    override = done.links["Remove Nov 25, 2026, all day"].rpartition("/")[2]
    assert page.browser.get(f"/physicians/{other.id}/exceptions/{override}").status == 404


def test_the_week_is_drawn_with_what_is_open_and_what_is_closed(page: Page):
    page.click("Add exception").form("exception").submit(**CLOSED | {"note": "Conference"})
    drawn = page.browser.get(page.path)
    assert "Wednesday, November 25: no hours. Closed all day: Conference." in drawn.text
    assert "Thursday, November 26: 9:00 AM to 5:00 PM." in drawn.text
    later = drawn.click("Week after ›")
    assert "Monday, November 30: 9:00 AM to 5:00 PM." in later.text


def test_an_extra_saturday_is_shown_with_its_times(page: Page):
    extra = {"kind": "extra", "first_day": "2026-11-28", "starts_at": "10:00", "ends_at": "14:00"}
    done = page.click("Add exception").form("exception").submit(**extra)
    assert "Nov 28, 2026, 10:00 AM to 2:00 PM" in done.text


@pytest.mark.parametrize(
    ("fields", "box", "words"),
    [
        ({"kind": None}, "kind", "closed or extra"),
        ({"first_day": None}, "first_day", "Enter the day"),
        ({"first_day": "2026-11-20"}, "ends_at", "passed already"),
        ({"first_day": "9999-12-31"}, "first_day", "Enter the day"),
        ({"first_day": "2029-06-01"}, "starts_at", "more than two years ahead"),
        ({"first_day": "0002-01-01"}, "first_day", "Check the year"),
        ({"last_day": "2026-11-24"}, "last_day", "before the first one"),
        ({"last_day": "2029-11-24"}, "ends_at", "longer than a year"),
        ({"starts_at": "09:00"}, "ends_at", "when it ends"),
        ({"starts_at": "09:00", "ends_at": "09:00"}, "ends_at", "after the start"),
        ({"kind": "extra"}, "starts_at", "need a time"),
        ({"first_day": "2027-03-14", "starts_at": "02:30", "ends_at": "05:00"}, "starts_at", "does not exist"),
        ({"note": "n" * 121}, "note", ""),
    ],
)
def test_an_exception_that_will_not_do_is_told_at_its_box(
    page: Page, fields: dict[str, object], *, box: str, words: str
):
    again = page.click("Add exception").form("exception").send(**(CLOSED | {"note": "Away"} | fields))
    assert again.status == 422
    assert words in again.errors[box]
    assert again.form("exception").values["note"] == [fields.get("note", "Away")]
