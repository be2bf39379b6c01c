"""Caps on a physician's visits at an administrator's browser."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from clinic.kernel.actor import Role
from clinic.people.models import Physician
from clinic.scheduling.models import VisitCap
from clinic.worklist.models import WorkItem
from tests.domains.scheduling.calendar_makers import Clinic, at
from tests.web.html import Browser, Page

SignInAs = Callable[..., Browser]
TWO_A_DAY = {"most": "2", "per": "day", "effective_from": "2026-11-24"}


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


def test_a_cap_is_added_changed_and_removed(page: Page, session: Session):
    assert "No caps" in page.text
    done = page.click("Add cap").form("cap").submit(**TWO_A_DAY)
    assert done.toasts == ["✓ Cap of at most 2 visits a day: set."]
    assert "Not yet from Nov 24, 2026" in done.text.replace("…", "")
    changed = done.click("Change at most 2 visits a day").form("cap").submit(most="1", effective_until="2026-12-31")
    assert "At most 1 visit a day" in changed.text
    assert "until Dec 31, 2026" in changed.text
    gone = changed.click("Change at most 1 visit a day").form("remove").submit()
    assert gone.toasts == ["✓ Cap of at most 1 visit a day: removed."]
    assert session.query(VisitCap).filter(VisitCap.removed_at.is_(None)).count() == 0


def test_a_cap_of_one_kind_of_visit_in_a_week_is_named(page: Page):
    wanted = TWO_A_DAY | {"per": "week", "visit_type_code": "follow_up"}
    assert "At most 2 visits a week (Follow-up)" in page.click("Add cap").form("cap").submit(**wanted).text


def test_a_cap_of_zero_with_visits_booked_shows_them_first(
    page: Page, session: Session, clinic: Clinic, okafor: Physician
):
    for hour in (10, 11):
        clinic.visit(clinic.patient(), okafor, at(25, hour))
    session.commit()
    asked = page.click("Add cap").form("cap").submit(**TWO_A_DAY | {"most": "0"})
    assert asked.h1 == "2 visits would be stranded"
    assert session.query(VisitCap).count() == 0
    done = asked.form("stranded").submit()
    assert done.toasts == ["✓ Cap of at most 0 visits a day: set. 2 tasks were opened for coordinators."]
    assert session.query(WorkItem).filter_by(kind="stranded_visit", state="open").count() == 2
    assert "2 visits fit again." in done.click("Change at most 0 visits a day").form("remove").submit().toasts[0]


@pytest.mark.parametrize(
    ("fields", "box", "words"),
    [
        ({"most": "201"}, "most", "0 to 200"),
        ({"most": "-1"}, "most", "0 to 200"),
        ({"most": None}, "most", "0 to 200"),
        ({"per": None}, "per", "a day or a week"),
        ({"per": "month"}, "per", "a day or a week"),
        ({"effective_from": "2026-11-22"}, "effective_from", "today or a later day"),
        ({"effective_from": None}, "effective_from", "first day"),
        ({"effective_until": "2026-11-23"}, "effective_until", "before the first one"),
    ],
)
def test_a_cap_that_will_not_do_is_told_at_its_box(page: Page, fields: dict[str, object], *, box: str, words: str):
    again = page.click("Add cap").form("cap").send(**(TWO_A_DAY | fields))
    assert again.status == 422
    assert words in again.errors[box]
    assert "No caps" in page.browser.get(page.path).text


def test_a_cap_of_a_kind_that_does_not_exist_is_refused(page: Page):
    again = page.click("Add cap").form("cap").send(**TWO_A_DAY | {"visit_type_code": "massage"})
    assert again.status == 404
    assert "No caps" in page.browser.get(page.path).text


def test_two_caps_of_the_same_kind_at_once_are_refused(page: Page):
    page.click("Add cap").form("cap").submit(**TWO_A_DAY)
    again = page.browser.get(f"{page.path}/caps/new").form("cap").send(**TWO_A_DAY | {"most": "5"})
    assert "There is a cap of at most 2 visits a day" in again.errors["effective_from"]


def test_a_cap_of_another_physician_is_not_found(page: Page, session: Session, clinic: Clinic):
    done = page.click("Add cap").form("cap").submit(**TWO_A_DAY)
    other = clinic.physician("Dr. Luis Herrera", zone="America/Chicago")
    session.commit()
    cap_id = done.links["Change at most 2 visits a day"].rpartition("/")[2]
    assert page.browser.get(f"/physicians/{other.id}/caps/{cap_id}").status == 404


def test_a_colleagues_change_is_not_overwritten(page: Page, sign_in_as: SignInAs):
    done = page.click("Add cap").form("cap").submit(**TWO_A_DAY)
    mine = done.click("Change at most 2 visits a day").form("cap")
    other = sign_in_as(Role.ADMIN, name="Ben Boss").get(page.path)
    other.click("Change at most 2 visits a day").form("cap").submit(most="4")
    told = mine.submit(most="3")
    assert told.status == 409
    assert "Ben Boss changed this" in told.errors[""]
