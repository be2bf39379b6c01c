"""A physician's own day and own patients, and nobody else's."""

from datetime import date
from uuid import UUID, uuid4

import pytest

from clinic.kernel.actor import Role
from clinic.people import actions as people
from clinic.people.queries import licences_by_physician
from clinic.people.rules import NewLicence
from clinic.scheduling import actions
from tests.domains.scheduling.calendar_makers import LONG_AGO, at
from tests.web.html import Browser, text_of


def test_the_day_shows_the_own_visits_and_what_comes_next(doctor: Browser, clinic, session):
    mine, other = clinic.patient(legal_first_name="Mine"), clinic.patient(legal_first_name="Other")
    clinic.visit(mine, clinic.okafor, at(23, 14))
    clinic.visit(other, clinic.physician("Dr. Else"), at(23, 15))
    session.commit()
    page = doctor.get("/my-day")
    assert "Next" in page.texts("h2")
    assert len(page.select("[data-live-item]")) == 1
    assert "Other" not in page.text


def test_an_empty_day_says_so_and_days_can_be_turned(doctor: Browser):
    page = doctor.get("/my-day")
    assert "No visits on this day" in page.text
    assert "Tuesday, November 24" in page.click("Day after").text
    assert page.click("Day after").click("Today").path == "/my-day"


@pytest.mark.parametrize("on", ["9999-12-31", "0001-01-01", "someday"])
def test_a_day_that_makes_no_sense_is_refused(doctor: Browser, on):
    assert doctor.get("/my-day", on=on).status == 422


def test_a_license_that_ends_soon_is_told(doctor: Browser, clinic, session):
    [florida, _] = licences_by_physician(session, [clinic.okafor.id])[clinic.okafor.id]
    ending = NewLicence(state="FL", number="FL9", valid_from=LONG_AGO, valid_until=date(2026, 12, 20))
    wanted = {"licence_id": florida.id, "version": florida.version}
    people.edit_licence(session, **wanted, new=ending, by=clinic.by, now=clinic.now)
    session.commit()
    assert "Your Florida license ends on December 20, 2026" in doctor.get("/my-day").text


def test_own_patients_are_listed_and_opened(doctor: Browser, clinic, session):
    mine = clinic.patient(legal_first_name="Mine")
    clinic.visit(mine, clinic.okafor, at(25, 10))
    session.commit()
    page = doctor.get("/my-patients")
    [name] = page.texts("tbody th a")
    patient = page.click(name)
    assert mine.record_number in text_of(patient.root)
    assert "Wed, Nov 25, 10:00 AM ET" in patient.text
    assert not [href for href in patient.links.values() if href.startswith(("/patients", "/visits"))]


def test_no_patients_yet_says_when_somebody_appears(doctor: Browser):
    assert "No patients yet" in doctor.get("/my-patients").text


def test_a_strangers_patient_does_not_exist_for_a_physician(doctor: Browser, clinic, session):
    stranger = clinic.patient(legal_first_name="Stranger")
    clinic.visit(stranger, clinic.physician("Dr. Else"), at(25, 10))
    session.commit()
    theirs, nobodys = doctor.get(f"/my-patients/{stranger.id}"), doctor.get(f"/my-patients/{uuid4()}")
    assert theirs.status == nobodys.status == 404
    assert theirs.text == nobodys.text


def test_a_patient_leaves_the_list_when_the_visit_is_canceled(doctor: Browser, clinic, session, clock):
    mine = clinic.patient()
    visit = clinic.visit(mine, clinic.okafor, at(25, 10))
    actions.cancel(session, appointment_id=visit.id, reason="clinic_request", by=clinic.by, now=clock())
    session.commit()
    clock.advance(minutes=1)
    assert doctor.get(f"/my-patients/{mine.id}").status == 404
    day = doctor.get("/my-day", on="2026-11-25")
    assert "Canceled" in day.text
    assert not day.select(".agenda-who a")


def test_an_account_without_a_physician_is_told_whom_to_ask(sign_in_as):
    page = sign_in_as(Role.PHYSICIAN, name="Not Tied").get("/my-day")
    assert page.status == 404


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.ADMIN])
@pytest.mark.parametrize("path", ["/my-day", "/my-patients", f"/my-patients/{UUID(int=7)}"])
def test_other_roles_are_turned_away(sign_in_as, role, path):
    assert sign_in_as(role).get(path).status == 403
