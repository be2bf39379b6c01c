"""The gates of a session as a coordinator, a physician and the patient read them, and the buttons under them."""

from dataclasses import dataclass, replace

import pytest
from sqlalchemy import select

from clinic.access import actions as access
from clinic.access.models import Link, StaffAccount
from clinic.kernel.actor import Role
from clinic.readiness.queries.checks import checks_of, overrides_of
from clinic.scheduling.models import Appointment
from tests.domains.readiness.ready import make_ready
from tests.domains.scheduling.calendar_makers import COORDINATOR, RING
from tests.domains.treatment.plan_makers import CourseClinic, book, on, take
from tests.web.html import Browser

AT = on("2026-11-23", 10, 45)


@dataclass
class Coming:
    """A clinic with one session in three quarters of an hour, less than three days after another one."""

    clinic: CourseClinic
    visit: Appointment
    patient_id: object

    def state(self) -> str:
        self.clinic.session.expire_all()
        return self.clinic.session.get_one(Appointment, self.visit.id).state


@pytest.fixture
def coming(session) -> Coming:
    clinic = CourseClinic(session)
    plan = clinic.plan(since=on("2026-11-16"))
    take(session, plan, at=on("2026-11-20", 15), now=on("2026-11-18", 9))
    made = Coming(clinic, book(session, plan, at=AT, now=on("2026-11-18", 8)), plan.patient_id)
    session.commit()
    return made


@pytest.fixture
def okafor(sign_in_as, coming, session) -> Browser:
    browser = sign_in_as(Role.PHYSICIAN, name="Amara Okafor")
    wanted = select(StaffAccount.id).where(StaffAccount.full_name == "Amara Okafor")
    coming.clinic.okafor.staff_id = session.scalars(wanted).one()
    coming.clinic.doctor = replace(coming.clinic.doctor, id=coming.clinic.okafor.staff_id)
    session.commit()
    return browser


def test_a_coordinator_reads_every_gate_without_anything_clinical_and_where_it_is_put_right(desk, coming):
    page = desk.get(f"/visits/{coming.visit.id}")
    gates = page.select("#gates")[0].text_content()
    assert "Not ready" in gates
    assert "No check was kept yet." in gates
    assert "The support person has not said today to be there." in gates
    assert "A physician decides." in gates
    assert "ledger" not in gates
    assert "Move the visit" in gates
    again = page.form("check-gates").submit()
    assert again.toasts == ["✓ Checked: the session is not ready yet."]
    assert "Last kept" in again.select("#gates")[0].text_content()
    assert [each.moment for each in checks_of(coming.clinic.session, coming.visit.id)] == ["start"]


def test_the_button_says_why_it_is_closed_and_pressed_from_an_old_page_changes_nothing(desk, coming):
    page = desk.get(f"/visits/{coming.visit.id}")
    assert "arrive" not in page.forms
    assert "Cannot begin yet" in page.select("#closed")[0].text_content()
    token = page.form("check-gates").values["csrf_token"][0]
    sent = desk.post(f"/visits/{coming.visit.id}/arrive", {"version": coming.visit.version, "csrf_token": token})
    assert "Not begun" in " ".join(sent.toasts)
    assert coming.state() == "booked"
    assert [each.verdict for each in checks_of(coming.clinic.session, coming.visit.id)] == ["no_go"]


def test_the_queue_of_today_begins_no_session_on_an_old_go(desk, coming, clock):
    make_ready(coming.clinic.session, coming.visit.id, by=COORDINATOR, now=clock())
    coming.clinic.session.commit()
    clock.advance(minutes=2)
    token = desk.get(f"/visits/{coming.visit.id}").form("check-gates").values["csrf_token"][0]
    asked = {"version": coming.visit.version, "step": "arrive", "csrf_token": token}
    sent = desk.post(f"/today/visits/{coming.visit.id}", asked)
    assert "Not begun" in " ".join(sent.toasts)
    assert coming.state() == "booked"


def test_a_physician_reads_the_same_gates_in_full_and_sets_one_aside_with_a_reason(okafor, coming):
    address = f"/my-visits/{coming.visit.id}/readiness"
    page = okafor.get(address)
    assert "No active order covers this session" in page.text
    assert "Ready?" in okafor.get(f"/my-patients/{coming.patient_id}").text
    asking = okafor.get(f"{address}/override")
    refused = asking.form("override").submit(reason="Spoke with the patient.")
    assert "Choose what to set aside." in refused.text
    done = refused.form("override").submit(codes=["gap_short"], reason="Spoke with the patient.")
    assert "Set aside for this session" in " ".join(done.toasts)
    assert "Spoke with the patient." in done.text
    assert [each.codes for each in overrides_of(coming.clinic.session, coming.visit.id)] == [["gap_short"]]
    checked = done.form("check-gates").submit()
    assert "Not ready" in checked.text


def test_a_physician_writes_down_a_session_that_was_held_without_a_check(okafor, coming):
    plan = coming.clinic.plan(since=on("2026-11-16"))
    coming.visit = book(coming.clinic.session, plan, at=on("2026-11-20", 11), now=on("2026-11-18", 8))
    coming.clinic.session.commit()
    page = okafor.get(f"/my-visits/{coming.visit.id}/readiness/override")
    done = page.form("held").submit(reason="The line was down.")
    assert "Held unchecked" in done.text
    assert coming.state() == "completed"
    assert "held" not in okafor.get(f"/my-visits/{coming.visit.id}/readiness/override").forms


def test_another_physician_and_a_coordinator_see_none_of_it(desk, sign_in_as, coming):
    assert desk.get(f"/my-visits/{coming.visit.id}/readiness").status == 403
    stranger = sign_in_as(Role.PHYSICIAN, name="Luis Herrera")
    assert stranger.get(f"/my-visits/{coming.visit.id}/readiness").status == 404


def test_the_patient_reads_what_is_left_and_where_to_do_it(app, coming, session):
    link = session.scalars(select(Link).where(Link.resource_id == coming.visit.id)).one()
    token = access.render_link(session, link_id=link.id, ring=RING)
    patient = coming.clinic.session.get_one(type(coming.clinic.patient()), coming.patient_id)
    browser = Browser(app.test_client())
    door = browser.get(f"/v/{token}")
    born = patient.birth_date
    page = door.form("birth-date").submit(born_month=born.month, born_day=born.day, born_year=born.year)
    assert "Still needed before this visit" in page.text
    assert "Please tell us where you will be for this visit." in page.text
    for word in ("ledger", "units", "order", "membership"):
        assert word not in page.select("#needed")[0].getparent().text_content()
