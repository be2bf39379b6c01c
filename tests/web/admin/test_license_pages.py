"""Shortening a license at an administrator's browser: the visits that it leaves without one are shown first."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from clinic.kernel.actor import Role
from clinic.people.models import Physician
from clinic.worklist.models import WorkItem
from tests.domains.scheduling.calendar_makers import Clinic, at
from tests.web.html import Browser, Page

SignInAs = Callable[..., Browser]


@pytest.fixture
def admin(sign_in_as: SignInAs) -> Browser:
    return sign_in_as(Role.ADMIN, name="Ada Admin")


@pytest.fixture
def okafor(session: Session, clinic: Clinic) -> Physician:
    clinic.visit_type()
    physician = clinic.physician()
    clinic.visit(clinic.patient(), physician, at(27, 9))
    session.commit()
    return physician


@pytest.fixture
def license_page(admin: Browser, okafor: Physician) -> Page:
    return admin.get(f"/physicians/{okafor.id}").click("FL000000")


def open_tasks(session: Session) -> list[tuple[str, str]]:
    return [(item.kind, item.state) for item in session.query(WorkItem)]


def test_a_shortened_license_shows_first_whom_it_leaves_without(license_page: Page, session: Session):
    asked = license_page.form("license").submit(valid_until="2026-11-26")
    assert asked.h1 == "1 visit would be stranded"
    assert "Florida license from Jan 1, 2020 to Nov 26, 2026. Nothing is saved yet." in asked.text
    assert "No Florida license on that day." in asked.text
    assert open_tasks(session) == []
    again = license_page.browser.get(license_page.path).form("license").values
    assert again["valid_until"] == ["2040-12-31"]
    done = asked.form("stranded").submit("Save anyway")
    assert done.toasts == ["✓ License saved. 1 task was opened for coordinators."]
    assert open_tasks(session) == [("licence_gap", "open")]


def test_the_entries_are_kept_for_somebody_who_thinks_again(license_page: Page):
    asked = license_page.form("license").submit(valid_until="2026-11-26", number="FL 2")
    back = asked.form("stranded").send(go_back="yes")
    assert "Saved now" not in back.text
    values = back.form("license").values
    assert (values["number"], values["valid_until"]) == (["FL 2"], ["2026-11-26"])


def test_another_license_for_the_state_closes_the_task(license_page: Page, session: Session, okafor: Physician):
    license_page.form("license").submit(valid_until="2026-11-26").form("stranded").submit("Save anyway")
    adding = license_page.browser.get(f"/physicians/{okafor.id}").click("Add license").form("license")
    done = adding.submit(state="FL", number="FL 2", valid_from="2026-11-27", valid_until="2030-01-31")
    assert done.toasts == ["✓ License added. 1 visit fits again."]
    assert open_tasks(session) == [("licence_gap", "done")]
