"""The desk's pages of another physician and of a move, and the physicians' answers to them."""

from datetime import date

import pytest

from clinic.handover.models import PhysicianTransfer, Relocation
from clinic.kernel.actor import Role
from clinic.people.models import Patient
from clinic.treatment.models import TreatmentPlan
from clinic.treatment.rules.phases import Phase
from tests.domains.treatment.plan_makers import CourseClinic, book, on
from tests.web.physician.conftest import tie

MOVE = {
    "on": "2026-11-23",
    "state": "NJ",
    "address_line": "9 Ferry Street",
    "city": "Newark",
    "postal_code": "07105",
    "county_fips": "34013",
}


@pytest.fixture
def courses(session):
    return CourseClinic(session)


@pytest.fixture
def plan(session, courses):
    plan = courses.plan(Phase.MAINTENANCE, since=on("2026-10-26"))
    courses.haddad, _ = courses.physician("Dr. Noor Haddad")
    courses.clinic.physician("Dr. Jersey Only", states=("NJ",))
    book(session, plan, at=on("2026-12-02"), kind="follow_up")
    session.commit()
    return plan


@pytest.fixture
def dana(sign_in_as, plan):
    return sign_in_as(Role.COORDINATOR, name="Dana Reyes")


@pytest.fixture
def haddad(sign_in_as, session, courses, plan):
    browser = sign_in_as(Role.PHYSICIAN, name="Noor Haddad")
    tie(session, courses.haddad, "Noor Haddad")
    return browser


@pytest.fixture
def okafor(sign_in_as, session, courses, plan):
    browser = sign_in_as(Role.PHYSICIAN, name="Amara Okafor")
    tie(session, courses.okafor, "Amara Okafor")
    return browser


def fresh(session, kind, which):
    session.expire_all()
    return session.get_one(kind, which)


def propose(dana, plan, courses):
    page = dana.get(f"/patients/{plan.patient_id}/transfer")
    return page.form("transfer").submit(to=courses.haddad.id, on="2026-11-23", reason="Dr. Okafor goes on leave.")


def test_from_the_desk_to_the_new_physician_who_accepts_with_one_button(session, courses, plan, dana, okafor, haddad):
    page = dana.get(f"/patients/{plan.patient_id}").click("Another physician")
    assert "1 visit is booked with Dr. Amara Okafor" in page.text
    assert "Dr. Jersey Only holds no Florida license" in page.text
    waiting = propose(dana, plan, courses)
    assert "Waits for Dr. Noor Haddad" in waiting.text
    mine = haddad.get("/my-day")
    assert "Dr. Amara Okafor hands a patient over to you" in mine.text
    accepted = mine.click("Look and answer of Ana Invented c").form("accept").submit()
    assert accepted.toasts == ["✓ Accepted. The record is open to you."]
    assert fresh(session, TreatmentPlan, plan.id).physician_id == courses.haddad.id
    assert "is now with Dr. Noor Haddad" in okafor.get("/my-day").text
    assert "Dr. Amara Okafor → Dr. Noor Haddad" in dana.get(f"/patients/{plan.patient_id}/transfer").text


def test_a_no_says_why_and_leaves_everything(session, courses, plan, dana, haddad):
    propose(dana, plan, courses)
    page = haddad.get("/my-day").click("Look and answer of Ana Invented c")
    unsaid = page.form("decline").submit(answer="")
    assert unsaid.status == 422
    assert "Write why not" in unsaid.text
    assert unsaid.form("decline").submit(answer="My panel is full.").status == 200
    assert "My panel is full." in dana.get(f"/patients/{plan.patient_id}/transfer").text
    assert fresh(session, TreatmentPlan, plan.id).physician_id == courses.okafor.id


def test_a_hand_over_that_cannot_be_keeps_what_was_typed_and_another_persons_does_not_exist(
    session, courses, plan, dana, okafor, haddad, sign_in_as
):
    page = dana.get(f"/patients/{plan.patient_id}/transfer")
    answer = page.form("transfer").submit(to=courses.haddad.id, on="2026-11-20", reason="Because of leave.")
    assert (answer.status, answer.errors) == (422, {"on": "This day has been. Choose today or a later day."})
    assert answer.form("transfer").values["reason"] == ["Because of leave."]
    propose(dana, plan, courses)
    row = session.query(PhysicianTransfer).one()
    assert okafor.get(f"/hand-overs/{row.id}").status == 200
    assert okafor.post(f"/hand-overs/{row.id}/accept", {"version": "1"}).status in {400, 403}
    seen = haddad.get(f"/hand-overs/{row.id}")
    withdrawn = dana.get(f"/patients/{plan.patient_id}/transfer").form("withdraw").submit()
    assert "stays with the present physician" in withdrawn.toasts[0]
    assert haddad.get(f"/hand-overs/{row.id}").status == 404  # the patient never became Dr. Haddad's
    assert okafor.get(f"/hand-overs/{row.id}").text.count("Taken back")
    assert "This hand-over is withdrawn already" in seen.form("accept").submit().toasts[0]


def test_a_move_is_listed_first_and_done_once_it_was_seen(session, plan, dana):
    page = dana.get(f"/patients/{plan.patient_id}").click("The patient moves")
    listed = page.form("moving").submit(**MOVE)
    assert "Nothing is changed yet." in listed.text
    assert "New Jersey's monitoring program" in listed.text
    assert listed.form("moving").values["city"] == ["Newark"]
    assert fresh(session, Patient, plan.patient_id).state == "FL"
    done = listed.form("moving").submit("Do all of this")
    assert done.toasts == ["✓ Done. What is left for a person is on the list of tasks."]
    assert fresh(session, Patient, plan.patient_id).state == "NJ"


def test_what_two_coordinators_do_at_once_is_told_and_nothing_typed_is_lost(session, plan, dana):
    first, second = (dana.get(f"/patients/{plan.patient_id}/moving") for _ in range(2))
    first.form("moving").submit(**MOVE).form("moving").submit("Do all of this")
    answer = second.form("moving").submit(**MOVE | {"city": "Camden", "county_fips": "34007", "postal_code": "08102"})
    assert answer.status == 409
    assert answer.form("moving").values["city"] == ["Camden"]
    assert fresh(session, Patient, plan.patient_id).city == "Newark"


def test_leaving_the_area_plans_and_can_be_taken_back(session, plan, dana):
    page = dana.get(f"/patients/{plan.patient_id}/moving")
    listed = page.form("moving").submit(on="2026-12-14", state="GA")
    assert "to zero" in listed.text
    planned = listed.form("moving").submit("Do all of this")
    assert "The patient leaves our area" in planned.text
    assert fresh(session, Relocation, session.query(Relocation.id).scalar()).takes_effect_on == date(2026, 12, 14)
    assert "stays as it is" in planned.form("withdraw").submit().toasts[0]


def test_the_restart_page_says_what_lacks_and_takes_a_reason(session, courses, okafor):
    rested = courses.plan(
        Phase.MAINTENANCE, since=on("2026-06-01"), prior_sessions=3, prior_session_on=date(2026, 5, 1)
    )
    session.commit()
    page = okafor.get(f"/my-patients/{rested.patient_id}/restart")
    assert "a visit with the patient comes first" in page.text
    assert "A pause of more than 90 days" in page.text
    refused = page.form("restart").submit(reason="")
    assert refused.status in {409, 422}
    assert refused.form("restart").submit(lifts="yes", reason="Seen at a hospital last week.").toasts == [
        "✓ The course goes on."
    ]
