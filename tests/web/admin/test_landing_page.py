"""The page from which all that shapes the clinic is reached."""

from collections.abc import Callable

from sqlalchemy.orm import Session

from clinic.kernel.actor import Role
from tests.domains.scheduling.calendar_makers import Clinic
from tests.web.html import Browser

SignInAs = Callable[..., Browser]


def test_every_door_leads_somewhere_and_says_how_it_stands(sign_in_as: SignInAs, session: Session, clinic: Clinic):
    clinic.visit_type()
    clinic.physician()
    session.commit()
    page = sign_in_as(Role.ADMIN, name="Ada Admin").get("/admin")
    assert page.h1 == "Clinic"
    for said in (
        "1 sees patients. No license ends",
        "1 kind offered",
        "none changed",
        "1 account",
        "Nothing needs you",
    ):
        assert said in page.text
    for title in ("Physicians", "Visit types", "Settings", "Staff and roles", "System"):
        assert page.click(title).status == 200


def test_a_physician_finds_only_what_physicians_may_open(sign_in_as: SignInAs):
    page = sign_in_as(Role.PHYSICIAN, name="Amara Okafor").get("/admin")
    assert "Settings" in page.links
    assert "Visit types" not in page.links


def test_a_coordinator_has_no_such_page(sign_in_as: SignInAs):
    assert sign_in_as(Role.COORDINATOR).get("/admin").status == 403
