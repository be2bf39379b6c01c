"""The page that ends a patient's care, and the page of a number that changed."""

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from clinic.people import queries
from clinic.people.models import Patient
from tests.domains.scheduling.calendar_makers import Clinic, at
from tests.web.html import Browser

Browse = Callable[[str], Browser]


@pytest.fixture
def booked(session: Session, dana: Patient) -> Patient:
    clinic = Clinic(session)
    clinic.visit_type()
    clinic.visit(dana, clinic.physician(), at(26, 10))
    session.commit()
    return dana


def url(patient: Patient) -> str:
    return f"/patients/{patient.id}/status"


def test_the_page_says_what_will_stop_and_stops_it(web: Browser, booked: Patient, session: Session) -> None:
    page = web.get(f"/patients/{booked.id}").click("Change status")
    assert "1 visit to come: Thu, Nov 26, 10:00 AM ET with Dr. Amara Okafor" in page.text
    assert "1 link on" in page.text
    page = page.form("status").submit(status="discharged", reason="Moved to Georgia.")
    assert page.toasts == ["✓ The care has ended. What was to come is called off, and nobody was texted."]
    assert "Not in our care any more" in page.text
    assert "No visit booked" in page.text
    session.expire_all()
    assert (booked.status, booked.status_reason) == ("discharged", "Moved to Georgia.")


def test_a_death_is_written_down_with_a_second_yes_only(web: Browser, dana: Patient, session: Session) -> None:
    page = web.get(url(dana)).form("status").submit(status="deceased", reason="The daughter called.")
    assert page.status == 422
    assert page.errors == {"sure": "Tick this box if you are sure that the patient has died."}
    session.expire_all()
    assert dana.status == "active"
    page = page.form("status").submit(sure="yes")
    assert "Deceased" in page.text
    assert web.get(url(dana)).forms.keys().isdisjoint({"status"})


def test_only_an_administrator_takes_a_death_back(
    browse: Browse, web: Browser, dana: Patient, session: Session
) -> None:
    web.get(url(dana)).form("status").submit(status="deceased", reason="The daughter called.", sure="yes")
    assert "Only an administrator can take this back" in web.get(url(dana)).text
    admin = browse("admin")
    page = admin.get(url(dana)).form("status").submit(status="active", reason="It was the neighbor.")
    assert page.status == 200
    session.expire_all()
    assert dana.status == "active"
    assert admin.get(url(dana)).status == 404, "administrators see no record without need"


def test_a_discharged_patient_comes_back(web: Browser, dana: Patient, session: Session) -> None:
    web.get(url(dana)).form("status").submit(status="discharged", reason="Moved away.")
    page = web.get(url(dana)).form("status").submit(status="active", reason="Moved back.")
    assert page.toasts == ["✓ The patient is in our care again."]
    assert "Book a visit" in page.links


@pytest.mark.parametrize(
    ("fields", "where"),
    [({"status": "discharged", "reason": "no"}, "reason"), ({"reason": "Moved away."}, "status")],
)
def test_what_is_missing_is_asked_for(web: Browser, dana: Patient, fields: dict[str, str], where: str) -> None:
    page = web.get(url(dana)).form("status").submit(**fields)
    assert page.status == 422
    assert where in page.errors


def test_a_status_that_nobody_offers_is_refused(web: Browser, dana: Patient) -> None:
    assert web.get(url(dana)).form("status").send(status="merged", reason="By hand.").status == 409


def test_two_people_on_one_page(browse: Browse, web: Browser, dana: Patient) -> None:
    early = browse("colleague").get(url(dana))
    web.get(url(dana)).form("status").submit(status="discharged", reason="Moved away.")
    late = early.form("status").submit(status="deceased", reason="The daughter called.", sure="yes")
    assert late.status == 409
    assert "Dana Reyes changed this" in late.text


def test_physicians_do_not_change_it(browse: Browse, dana: Patient) -> None:
    assert browse("physician").get(url(dana)).status == 403


def test_a_new_number_leads_to_the_question_for_consent(
    web: Browser, dana: Patient, session: Session, now: datetime
) -> None:
    page = web.get(f"/patients/{dana.id}/edit").form("edit-patient").submit(phone="786 555 0142")
    assert page.path.endswith("/texts")
    assert any("Nobody has agreed to texts on the new number." in toast for toast in page.toasts)
    page.form("agree").submit(consent_source="phone_call")
    session.expire_all()
    contact = queries.contact_of(session, dana)
    assert (contact.e164, contact.is_texting_allowed) == ("+17865550142", True)
    again = web.get(f"/patients/{dana.id}/edit").form("edit-patient").submit(city="Hialeah")
    assert again.path == f"/patients/{dana.id}"
