"""Who changed what of the clinic's set-up, with each field before and after, at an administrator's browser."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from clinic.kernel.actor import Role
from clinic.people.models import Physician
from tests.domains.scheduling.calendar_makers import Clinic
from tests.web.html import Browser, Page

SignInAs = Callable[..., Browser]


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


def test_a_physicians_details_are_shown_before_and_after(page: Page):
    page.click("Edit details").form("physician").submit(credential="DO", zone="America/Chicago")
    told = page.click("Changes").text
    for line in ("Ada Admin", "Details changed", "Credential: MD → DO", "Works in: Eastern time → Central time"):
        assert line in told


def test_a_license_is_shown_before_and_after(page: Page):
    page.click("FL000000").form("license").submit(valid_until="2041-01-31")
    told = page.click("Changes").text
    assert "License changedFlorida" in told
    assert "Last day: Dec 31, 2040 → Jan 31, 2041" in told


def test_hours_exceptions_and_caps_are_shown(page: Page):
    page.click("Change Monday, 9:00 AM to 5:00 PM").form("change").submit(ends_at_local="18:00")
    page.click("Add exception").form("exception").submit(kind="closed", first_day="2026-12-03", note="Away")
    page.click("Add cap").form("cap").submit(most="9", per="day", effective_from="2026-11-24")
    told = page.click("Changes").text
    assert "To: 5:00 PM → 6:00 PM" in told
    assert "Exception added" in told
    assert "What: closed" in told
    assert "At most: 9" in told


def test_another_physicians_changes_are_not_among_them(page: Page, admin: Browser):
    added = admin.get("/physicians/new").form("physician").submit(full_name="Dr. Luis Herrera", zone="America/Chicago")
    added.click("Add hours").form("hours").submit(
        weekday=["monday"], starts_at_local="09:00", ends_at_local="12:00", effective_from="2026-11-23"
    )
    told = admin.get(added.path).click("Changes").text
    assert "Physician added" in told
    assert "Hours addedMonday, 9:00 AM to 12:00 PM" in told
    assert "No changes yet" in page.click("Changes").text


def test_a_visit_type_is_shown_before_and_after(page: Page, admin: Browser):
    form = admin.get("/admin/visit-types/follow_up").form("visit-type")
    form.submit(patient_minutes="45", for_1="10", from_2="30", for_2="15", is_patient_bookable=None, notice="1")
    told = admin.get("/admin/visit-types/follow_up").click("Changes").text
    for line in (
        "For the patient: 30 minutes → 45 minutes",
        "For the physician: minute 0 to 30 → minute 0 to 10, minute 30 to 45",
        "Minimum notice: 2 hours → 1 hour",
        "Patients may book: yes → no",
    ):
        assert line in told


def test_closures_are_shown_from_beginning_to_end(admin: Browser):
    listed = admin.get("/admin/closures/new").form("closure").submit(name="Inventory", first_day="2026-12-02")
    listed = listed.click("Inventory").form("closure").submit(state="NJ")
    listed.click("Inventory").form("remove").submit()
    told = admin.get("/admin/closures").click("Changes").text
    for line in ("Closure added", "State: none → New Jersey", "Closure removed"):
        assert line in told


def test_roles_of_a_colleague_are_shown_and_signing_in_is_not(admin: Browser, sign_in_as: SignInAs):
    sign_in_as(Role.COORDINATOR, name="Sam Whitfield")
    member = admin.get("/admin/staff").click("Sam Whitfield")
    member.click("Roles").form("roles").submit(roles=["coordinator", "admin"])
    told = admin.get(member.path).click("Changes").text
    assert "Roles: Coordinator → Administrator, Coordinator" in told or "Coordinator, Administrator" in told
    assert "Invited" in told
    assert "session" not in told.lower()


def test_only_administrators_read_changes(page: Page, sign_in_as: SignInAs):
    desk = sign_in_as(Role.COORDINATOR)
    assert "Changes" not in desk.get(page.path).links
    assert desk.get(f"{page.path}/changes").status == 403
