"""Closures and public holidays at an administrator's browser: what they strand is shown before anything is saved."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from clinic.kernel.actor import Role
from clinic.people.models import Physician
from clinic.scheduling.models import ClinicClosure
from clinic.worklist.models import WorkItem
from tests.domains.scheduling.calendar_makers import Clinic, at
from tests.web.html import Browser, Page

SignInAs = Callable[..., Browser]
INVENTORY = {"name": "Inventory", "first_day": "2026-11-25"}


@pytest.fixture
def admin(sign_in_as: SignInAs) -> Browser:
    return sign_in_as(Role.ADMIN, name="Ada Admin")


@pytest.fixture
def okafor(session: Session, clinic: Clinic) -> Physician:
    clinic.visit_type()
    physician = clinic.physician()
    clinic.visit(clinic.patient(), physician, at(25, 10))
    session.commit()
    return physician


@pytest.fixture
def inventory(admin: Browser) -> Page:
    return admin.get("/admin/closures/new").form("closure").submit(**INVENTORY | {"first_day": "2026-12-02"})


def closures(session: Session) -> int:
    return session.query(ClinicClosure).filter(ClinicClosure.removed_at.is_(None)).count()


def test_the_empty_list_says_what_to_do_and_that_holidays_are_undecided(admin: Browser):
    page = admin.get("/admin/closures")
    assert "No closures ahead" in page.text
    assert page.click("Add a closure").h1 == "Add a closure"
    assert page.click("Holidays of 2027").h1 == "Holidays of 2027"


def test_a_closure_is_asked_about_first_and_then_opens_tasks(admin: Browser, session: Session, okafor: Physician):
    asked = admin.get("/admin/closures/new").form("closure").submit(**INVENTORY)
    assert asked.h1 == "1 visit would be stranded"
    assert "Closed for Inventory, Nov 25, 2026. Nothing is saved yet." in asked.text
    assert "Dr. Amara Okafor" in asked.text
    assert closures(session) == 0
    done = asked.form("stranded").submit()
    assert done.toasts == ["✓ Closure added. 1 task was opened for coordinators."]
    assert "Nov 25, 2026" in done.text
    assert session.query(WorkItem).filter_by(kind="stranded_visit", state="open").count() == 1


def test_a_closure_that_strands_nobody_is_saved_at_once(inventory: Page, session: Session):
    assert inventory.toasts == ["✓ Closure added."]
    assert "1 closure ahead" in inventory.text
    assert "All day" in inventory.text
    assert "Everybody" in inventory.text
    assert closures(session) == 1


def test_a_closure_of_some_hours_for_one_state_is_changed_to_strand_a_visit(
    inventory: Page, okafor: Physician, admin: Browser
):
    changed = {"first_day": "2026-11-25", "starts_at_local": "12:00", "ends_at_local": "17:00", "state": "FL"}
    done = inventory.click("Inventory").form("closure").submit(**changed)
    assert done.toasts == ["✓ Closure saved."]
    assert "12:00 PM to 5:00 PM" in done.text
    assert "Patients in Florida" in done.text
    asked = done.click("Inventory").form("closure").submit(starts_at_local="10:00")
    assert asked.h1 == "1 visit would be stranded"
    back = asked.form("stranded").send(go_back="yes").form("closure").values
    assert (back["starts_at_local"], back["ends_at_local"], back["state"]) == (["10:00"], ["17:00"], ["FL"])


def test_a_closure_is_taken_back_and_its_visits_fit_again(admin: Browser, session: Session, okafor: Physician):
    asked = admin.get("/admin/closures/new").form("closure").submit(**INVENTORY)
    listed = asked.form("stranded").submit()
    done = listed.click("Inventory").form("remove").submit()
    assert done.toasts == ["✓ Inventory was taken back. 1 visit fits again."]
    assert closures(session) == 0
    assert admin.get(listed.links["Inventory"]).status == 404


def test_a_closure_that_is_over_stands_below(inventory: Page, admin: Browser, session: Session):
    session.query(ClinicClosure).update({"first_day": at(2, 0).date(), "last_day": at(3, 0).date()})
    session.commit()
    page = admin.get("/admin/closures")
    assert "Closures that are over (1)" in page.text
    assert "Nov 2, 2026 to Nov 3, 2026" in page.text


@pytest.mark.parametrize(
    ("fields", "box", "words"),
    [
        ({"name": None}, "name", "Enter what it is"),
        ({"name": "n" * 81}, "name", "too long"),
        ({"first_day": None}, "first_day", "Enter the day"),
        ({"first_day": "2026-11-20"}, "last_day", "passed already"),
        ({"first_day": "2027-03-35"}, "first_day", "Enter the day"),
        ({"first_day": "2031-01-01"}, "first_day", "three years ahead"),
        ({"last_day": "2026-11-24"}, "last_day", "before the first one"),
        ({"last_day": "2028-11-24"}, "last_day", "longer than a year"),
        ({"starts_at_local": "12:00"}, "ends_at_local", "both times"),
        ({"starts_at_local": "12:00", "ends_at_local": "12:00"}, "ends_at_local", "end after it starts"),
        ({"state": "TX"}, "state", "Choose a state"),
    ],
)
def test_a_closure_that_will_not_do_is_told_at_its_box(
    admin: Browser, session: Session, fields: dict[str, object], *, box: str, words: str
):
    page = admin.get("/admin/closures/new").form("closure").send(**(INVENTORY | fields))
    assert page.status == 422
    assert words in page.errors[box]
    assert closures(session) == 0


def test_of_two_administrators_the_second_is_told(inventory: Page, sign_in_as: SignInAs):
    mine = inventory.click("Inventory").form("closure")
    other = sign_in_as(Role.ADMIN, name="Ben Boss").get("/admin/closures")
    other.click("Inventory").form("closure").submit(name="Stocktaking")
    told = mine.submit(first_day="2026-12-03")
    assert told.status == 409
    assert "Ben Boss changed this" in told.errors[""]


def test_holidays_are_taken_in_one_go(admin: Browser, session: Session, okafor: Physician, clinic: Clinic):
    clinic.visit(clinic.patient(), okafor, at(26, 10))
    session.commit()
    page = admin.get("/admin/closures/holidays/2026")
    keys = [box.get("value") for box in page.select("input") if box.get("name") == "holiday"]
    asked = page.form("holidays").submit(holiday=[key for key in keys if key])
    assert asked.h1 == "1 visit would be stranded"
    assert "Thanksgiving" in asked.text
    assert closures(session) == 0
    done = asked.form("stranded").submit()
    assert done.toasts[0].startswith(f"✓ Closed on {len(keys)} holidays of 2026.")
    assert closures(session) == len(keys)
    again = admin.get("/admin/closures/holidays/2026")
    assert "Nothing left to decide" in again.text
    assert "Thanksgiving" in again.text


def test_none_of_a_years_holidays_closes_the_yearly_task(admin: Browser):
    done = admin.get("/admin/closures/holidays/2027").form("none").submit()
    assert done.toasts == ["✓ No holidays in 2027. You can still take some later."]
    assert "The holidays of 2027 are not decided" not in done.text


@pytest.mark.parametrize(
    ("keys", "words"), [([], "Tick at least one"), (["2027-01-01/US-TX"], "not a holiday we know"), (["x" * 300], "")]
)
def test_holidays_that_will_not_do_close_nothing(admin: Browser, session: Session, keys: list[str], words: str):
    page = admin.get("/admin/closures/holidays/2027").form("holidays").send(holiday=keys)
    assert page.status == 422
    assert words in page.errors["holiday"]
    assert closures(session) == 0


@pytest.mark.parametrize("year", [2025, 2030, 0, 99999])
def test_only_years_near_by_have_a_page(admin: Browser, year: int):
    assert admin.get(f"/admin/closures/holidays/{year}").status == 404


def test_others_read_closures_and_change_none(inventory: Page, sign_in_as: SignInAs):
    for role, name in ((Role.COORDINATOR, "Dana Reyes"), (Role.PHYSICIAN, "Amara Okafor")):
        browser = sign_in_as(role, name=name)
        page = browser.get("/admin/closures")
        assert "Inventory" in page.text
        assert "Inventory" not in page.links
        assert browser.get(inventory.links["Inventory"]).status == 403
        assert browser.get("/admin/closures/holidays/2027").status == 403


def test_two_hundred_closures_are_listed(admin: Browser, session: Session, inventory: Page):
    first = session.query(ClinicClosure).one()
    for number in range(199):
        session.add(
            ClinicClosure(
                name=f"Day {number}",
                first_day=first.first_day,
                last_day=first.last_day,
                created_at=first.created_at,
                updated_at=first.updated_at,
                updated_by=first.updated_by,
                version=1,
            )
        )
    session.commit()
    assert "200 closures ahead" in admin.get("/admin/closures").text
