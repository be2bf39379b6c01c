"""Naming a colleague who looks after one's patients: what that colleague sees, until when, and who else does not."""

from datetime import date
from uuid import uuid4

import pytest

from clinic.access.models import StaffAccount
from clinic.audit.models import AuditEvent
from clinic.kernel.actor import Role
from clinic.people.models import PhysicianCover
from clinic.people.queries import licences_by_physician
from tests.domains.scheduling.calendar_makers import at
from tests.web.html import Browser, Page
from tests.web.physician.conftest import tie


@pytest.fixture
def patient(clinic, session, doctor):
    """A patient of Dr. Okafor's, in whose care team she is now."""
    made = clinic.patient(legal_first_name="Covered")
    clinic.visit(made, clinic.okafor, at(25, 10))
    session.commit()
    return made


def name_cover(doctor: Browser, clinic, first="2026-11-23", last="2026-11-24", **more) -> Page:
    asked = doctor.get("/my-time").click("Name a cover")
    return asked.form("cover").submit(colleague=str(clinic.herrera.id), first_day=first, last_day=last, **more)


def lapse(session, physician, state: str) -> None:
    """Let the physician's license of a state have ended."""
    for licence in licences_by_physician(session, [physician.id])[physician.id]:
        if licence.state == state:
            licence.valid_until = date(2026, 1, 31)
    session.commit()


def test_a_cover_sees_the_patients_and_is_told_for_whom_and_until_when(
    doctor: Browser, colleague: Browser, clinic, patient
):
    named = name_cover(doctor, clinic)
    assert named.toasts == ["✓ Dr. Luis Herrera looks after your patients from Nov 23, 2026."]
    assert "Dr. Luis Herrera looks after your patients until Nov 24, 2026" in doctor.get("/my-day").text
    words = "Covering for Dr. Amara Okafor until Nov 24, 2026"
    for path in ("/my-day", "/my-patients", f"/my-patients/{patient.id}"):
        page = colleague.get(path)
        assert page.status == 200
        assert words in page.text
    assert [text for text in colleague.get("/my-patients").texts("tbody th") if "Covered" in text]


def test_uncovered_is_not_found_like_a_patient_who_does_not_exist(colleague: Browser, clinic, patient):
    theirs, nobodys = colleague.get(f"/my-patients/{patient.id}"), colleague.get(f"/my-patients/{uuid4()}")
    assert theirs.status == nobodys.status == 404
    assert theirs.text == nobodys.text


def test_taking_it_back_ends_it_at_once(doctor: Browser, colleague: Browser, clinic, patient):
    named = name_cover(doctor, clinic)
    assert colleague.get(f"/my-patients/{patient.id}").status == 200
    asked = named.click("Take back Dr. Luis Herrera")
    back = asked.form("take-back").submit()
    assert back.toasts == ["✓ Taken back. Dr. Luis Herrera does not see these patients any more."]
    assert colleague.get(f"/my-patients/{patient.id}").status == 404
    assert "Covering" not in colleague.get("/my-patients").text
    again = asked.form("take-back").submit()
    assert again.status == 404


def test_a_cover_that_has_not_begun_opens_nothing_yet(doctor: Browser, colleague: Browser, clinic, patient):
    name_cover(doctor, clinic, "2026-11-24", "2026-11-24")
    assert "You will cover for Dr. Amara Okafor from Nov 24, 2026" in colleague.get("/my-day").text
    assert colleague.get(f"/my-patients/{patient.id}").status == 404


def test_opening_a_covered_record_is_audited_with_the_cover(
    doctor: Browser, colleague: Browser, clinic, session, patient
):
    name_cover(doctor, clinic)
    colleague.get(f"/my-patients/{patient.id}")
    [cover] = session.query(PhysicianCover)
    [named] = session.query(AuditEvent).filter(AuditEvent.action == "cover.named")
    [viewed] = session.query(AuditEvent).filter(AuditEvent.action == "patient.viewed")
    assert named.subject_id == cover.id
    assert viewed.details["covering"] == [str(cover.id)]


def test_a_missing_license_is_named_before_anything_is_saved(doctor: Browser, colleague: Browser, clinic, session):
    newark = {"state": "NJ", "city": "Newark", "postal_code": "07102", "county_fips": "34013"}
    clinic.visit(clinic.patient(**newark), clinic.okafor, at(25, 10))
    lapse(session, clinic.herrera, "NJ")
    asked = name_cover(doctor, clinic)
    assert "Dr. Luis Herrera has no New Jersey license, and 1 of these patients lives there." in asked.text
    assert session.query(PhysicianCover).count() == 0
    saved = asked.form("cover").submit("Name this cover anyway")
    assert saved.path == "/my-time"
    assert session.query(PhysicianCover).count() == 1


def test_a_yes_to_one_warning_is_no_yes_to_another(doctor: Browser, colleague: Browser, clinic, session, patient):
    clinic.herrera.staff_id = None
    session.commit()
    asked = name_cover(doctor, clinic)
    assert "has no account to sign in with" in asked.text
    lapse(session, clinic.herrera, "FL")
    again = asked.form("cover").submit("Name this cover anyway")
    assert "has no Florida license" in again.text
    assert session.query(PhysicianCover).count() == 0


def test_what_one_covers_oneself_is_not_handed_on_and_that_is_said(
    doctor: Browser, colleague: Browser, clinic, session, sign_in_as, patient
):
    third = sign_in_as(Role.PHYSICIAN, name="Cleo Third")
    cleo = clinic.physician("Dr. Cleo Third")
    tie(session, cleo, "Cleo Third")
    name_cover(doctor, clinic)
    wanted = {"colleague": str(cleo.id), "first_day": "2026-11-23", "last_day": "2026-11-24"}
    asked = colleague.get("/my-time/covers/new").form("cover").submit(**wanted)
    assert "Dr. Luis Herrera covers for Dr. Amara Okafor until Nov 24, 2026." in asked.text
    asked.form("cover").submit("Name this cover anyway")
    assert third.get(f"/my-patients/{patient.id}").status == 404


@pytest.mark.parametrize(
    ("first", "last", "box"),
    [
        ("2026-11-22", "2026-11-24", "first_day"),
        ("2026-11-24", "2026-11-23", "last_day"),
        ("", "2026-11-24", "first_day"),
        ("2026-11-24", "someday", "last_day"),
    ],
)
def test_days_that_make_no_sense_are_refused_at_their_box(
    doctor: Browser, colleague: Browser, clinic, first, last, box
):
    page = name_cover(doctor, clinic, first, last)
    assert page.status == 422
    assert list(page.errors) == [box]


def test_the_same_days_twice_are_refused_with_the_way_out(doctor: Browser, colleague: Browser, clinic):
    name_cover(doctor, clinic)
    page = name_cover(doctor, clinic, "2026-11-24", "2026-11-30")
    assert page.status == 422
    assert "Take that back first, or choose other days." in page.errors["first_day"]


def test_only_colleagues_who_see_patients_are_offered(doctor: Browser, colleague: Browser, clinic, session):
    clinic.physician("Dr. Gone Away").is_active = False
    session.commit()
    offered = [text for text in doctor.get("/my-time/covers/new").texts("option") if text.startswith("Dr.")]
    assert offered == ["Dr. Luis Herrera"]


def test_a_colleagues_cover_does_not_exist_here(doctor: Browser, colleague: Browser, clinic, session):
    name_cover(doctor, clinic)
    [cover] = session.query(PhysicianCover)
    assert colleague.get(f"/my-time/covers/{cover.id}").status == 404
    token = colleague.get("/my-time/covers/new").form("cover").values["csrf_token"][0]
    sent = {"csrf_token": token, "version": str(cover.version)}
    assert colleague.post(f"/my-time/covers/{cover.id}", sent).status == 404
    assert session.query(PhysicianCover).filter(PhysicianCover.removed_at.is_(None)).count() == 1


def test_an_administrator_names_a_cover_for_a_physician_and_takes_it_back(
    sign_in_as, colleague: Browser, clinic, session, patient
):
    admin = sign_in_as(Role.ADMIN, name="Morgan Ellery")
    asked = admin.get(f"/physicians/{clinic.okafor.id}").click("Name a cover")
    wanted = {"colleague": str(clinic.herrera.id), "first_day": "2026-11-23", "last_day": "2026-11-24"}
    assert asked.form("cover").submit(**wanted).path == f"/physicians/{clinic.okafor.id}"
    assert colleague.get(f"/my-patients/{patient.id}").status == 200
    [cover] = session.query(PhysicianCover)
    assert admin.get(f"/physicians/{clinic.herrera.id}/covers/{cover.id}").status == 404
    assert "Dr. Luis Herrera looks after" in admin.get(f"/physicians/{clinic.herrera.id}").text
    admin.get(f"/physicians/{clinic.okafor.id}").click("Take back Dr. Luis Herrera").form("take-back").submit()
    assert colleague.get(f"/my-patients/{patient.id}").status == 404


def test_an_account_that_is_no_physician_sees_nobody_by_covering(
    sign_in_as, doctor, colleague, clinic, session, patient
):
    name_cover(doctor, clinic)
    account = session.query(StaffAccount).filter(StaffAccount.full_name == "Luis Herrera").one()
    clinic.herrera.staff_id = None
    session.commit()
    assert colleague.get(f"/my-patients/{patient.id}").status == 404
    assert account.roles == ["physician"]
