"""The fluid restriction on the plan's page: physicians of the care team write it, coordinators see nothing of it."""

import pytest

from clinic.kernel.actor import Role
from clinic.people.models import Patient
from tests.domains.treatment.plan_makers import CourseClinic, book, on
from tests.web.html import Browser

WHY = "Heart failure, keeps to one liter"


@pytest.fixture
def plan(course: CourseClinic, okafor: Browser, session):
    made = course.plan()
    session.commit()
    return made


def test_it_is_set_with_a_reason_and_stands_in_the_plan(okafor: Browser, plan, session):
    page = okafor.get(f"/physician/patients/{plan.patient_id}/plan").click("Change the fluid restriction")
    assert page.h1 == "Drinking"
    done = page.form("fluids").submit(restricted="yes", reason=WHY)
    assert done.toasts == ["✓ Saved. Texts that wait follow it."]
    assert "No text of ours tells the patient to drink." in done.text
    assert WHY in done.text
    assert "Fluid restriction: no → yes" in done.text
    session.expire_all()
    assert session.get_one(Patient, plan.patient_id).is_fluid_restricted


def test_without_a_reason_the_choice_stays_in_the_form(okafor: Browser, plan, session):
    page = okafor.get(f"/physician/patients/{plan.patient_id}/plan/fluids")
    again = page.form("fluids").submit(restricted="yes", reason="")
    assert again.errors == {"reason": "Say in a few words why, so that others understand it later."}
    assert again.form("fluids").values["restricted"] == ["yes"]
    session.expire_all()
    assert not session.get_one(Patient, plan.patient_id).is_fluid_restricted


def test_coordinators_read_neither_the_restriction_nor_the_reason(okafor: Browser, sign_in_as, plan, session):
    book(session, plan, at=on("2026-12-10"))
    session.commit()
    page = okafor.get(f"/physician/patients/{plan.patient_id}/plan/fluids")
    page.form("fluids").submit(restricted="yes", reason=WHY)
    desk = sign_in_as(Role.COORDINATOR)
    pages = [desk.get(f"/patients/{plan.patient_id}"), desk.get(f"/patients/{plan.patient_id}/texts")]
    seen = " ".join(page.text for page in pages)
    assert "Plan for tomorrow" in seen or "Reminder with plan" in seen
    for word in ("fluid", "restrict", "Heart failure", "no drinking"):
        assert word.lower() not in seen.lower()
    assert desk.get(f"/physician/patients/{plan.patient_id}/plan/fluids").status == 403
