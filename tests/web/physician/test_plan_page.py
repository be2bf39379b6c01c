"""One patient's plan as its physicians see it, and what nobody else sees of it."""

from datetime import timedelta

import pytest

from clinic.kernel.actor import Role
from clinic.scheduling import actions as scheduling
from clinic.treatment import actions
from clinic.treatment.queries import plan_of_patient
from clinic.treatment.rules.phases import Phase
from tests.domains.scheduling.calendar_makers import NOW
from tests.domains.treatment.plan_makers import CourseClinic, book, on, skip, take
from tests.web.html import Browser, Page, text_of


@pytest.fixture
def plan(course: CourseClinic, okafor: Browser, session):
    """A plan in induction that began two weeks ago, for a reason that coordinators never read."""
    made = course.plan(Phase.INDUCTION, since=NOW - timedelta(days=14))
    decided = {"indication": "Depression", "prior_sessions": 2, "prior_session_on": (NOW - timedelta(days=30)).date()}
    change(session, course, made, **decided)
    return made


def change(session, course: CourseClinic, plan, **wanted):
    """Let the physician change a plan."""
    seen = {"plan_id": plan.id, "version": plan.version, "by": course.doctor, "now": NOW - timedelta(days=13)}
    actions.change_plan(session, **seen, reason="From the consultation", **wanted)
    session.commit()


def address(plan, *, more: str = "") -> str:
    return f"/physician/patients/{plan.patient_id}/plan{more}"


def rows(page: Page) -> list[str]:
    """Return the rows of the visits, which a number or a dash begins."""
    return [text for text in page.texts("tbody tr") if text[0] in "–123456789" and not text[0:2].isalpha()]


def facts(page: Page) -> list[str]:
    """Return what the definition lists say, `term: value`."""
    return [f"{text_of(found[0])}: {text_of(found[1])}" for found in map(list, page.select(".facts div"))]


def test_a_plan_shows_phase_protocol_indication_and_what_comes_next(okafor: Browser, plan):
    page = okafor.get(address(plan))
    assert page.status == 200
    assert "Induction · 0 of 6 taken" in page.texts(".who-plan")[0]
    assert "Standard program, version 1" in page.text
    assert "Indication: Depression" in facts(page)
    assert "6 visits in 14 to 28 days, at least 72 hours apart, at most 2 a week." in page.text
    assert page.texts(".plan-phases [aria-current=step]") == ["Induction (now)"]


def test_visits_are_listed_with_their_outcome_and_the_gap_between_them(okafor: Browser, plan, session):
    take(session, plan, at=on("2026-11-12"))
    skip(session, plan, at=on("2026-11-17"))
    take(session, plan, at=on("2026-11-19", 13))
    book(session, plan, at=on("2026-11-25"))
    session.commit()
    page = okafor.get(address(plan))
    earlier, first, missed, second, coming = rows(page)
    assert "2 before this plan" in earlier
    assert "Taken" in first
    assert "Skipped" in missed
    assert missed.endswith("No-show")
    assert missed.startswith("–")
    assert "7 d 3 h" in second
    assert "5 d 21 h" in coming
    assert "Planned" in coming
    assert "Induction · 2 of 6 taken" in page.texts(".who-plan")[0]


def test_a_canceled_visit_says_why(okafor: Browser, plan, session, course):
    visit = book(session, plan, at=on("2026-11-25"))
    scheduling.cancel(session, appointment_id=visit.id, reason="physician_ill", by=course.coordinator, now=NOW)
    session.commit()
    assert "Canceled: The physician is ill" in rows(okafor.get(address(plan)))[-1]


def test_phases_and_changes_say_who_when_and_why(okafor: Browser, plan):
    page = okafor.get(address(plan))
    steps = page.texts(".history li")
    assert len(steps) == 2
    assert steps[0].startswith("Induction Agreed with the patient.")
    assert "Dr. Amara Okafor" in steps[0]
    told = next(text for text in page.texts("tbody tr") if "From the consultation" in text)
    assert "Indication: nothing → Depression" in told
    assert "Visits before this plan: 0 → 2" in told


def test_what_the_law_carries_stands_beside_and_what_it_does_not_warns(okafor: Browser, plan, session):
    book(session, plan, at=on("2026-12-29"))
    book(session, plan, at=on("2027-01-05"))
    session.commit()
    page = okafor.get(address(plan))
    assert "Telemedicine flexibility, fourth temporary extension, until Dec 31, 2026 carries 1 of 2" in page.text
    [warning] = page.texts(".notice")
    assert "From Jan 1, 2027 no federal rule covers this visit" in warning


@pytest.mark.parametrize("part", ["", "/phase", "/numbers", "/details", "/home", "/protocol"])
def test_a_strangers_patient_and_nobodys_are_the_same_missing_page(okafor: Browser, course, session, part):
    other, _ = course.physician("Dr. Luis Herrera")
    stranger = course.plan(Phase.INDUCTION, physician=other)
    session.commit()
    theirs, nobodys = (
        okafor.get(address(stranger, more=part)),
        okafor.get(address(stranger, more=f"/visits/{other.id}")),
    )
    assert theirs.status == nobodys.status == 404
    assert theirs.text == nobodys.text


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.ADMIN])
def test_coordinators_and_administrators_may_not_open_it(sign_in_as, plan, role):
    page = sign_in_as(role, name="Sam Whitfield").get(address(plan))
    assert page.status == 403
    assert "Depression" not in page.text


def test_a_coordinator_who_is_a_physician_too_still_needs_the_care_team(sign_in_as, plan):
    both = sign_in_as(Role.COORDINATOR, Role.PHYSICIAN, name="Sam Whitfield")
    assert both.get(address(plan)).status == 404


def test_every_patients_header_tells_phase_and_next_step_and_nothing_clinical(desk: Browser, plan, session, okafor):
    book(session, plan, at=on("2026-11-25"))
    session.commit()
    page = desk.get(f"/patients/{plan.patient_id}")
    [line] = page.texts(".who-plan")
    assert "Induction · 0 of 6 taken" in line
    assert "Next visit Wed, Nov 25, 10:00 AM" in line
    assert "Depression" not in page.text
    assert okafor.get(f"/my-patients/{plan.patient_id}").links["Plan"] == address(plan)


def test_the_plan_of_a_patient_without_one_is_started(okafor: Browser, course, session):
    ana = course.patient()
    course.clinic.visit(ana, course.okafor, on("2026-11-25"))
    session.commit()
    page = okafor.get(f"/my-patients/{ana.id}").click("Start a plan")
    assert page.h1 == "Start a plan"
    form = page.form("start-plan")
    assert form.values["physician_id"] == [str(course.okafor.id)]
    done = form.submit(
        indication="Other", other_indication="Burnout", prior_sessions="3", prior_session_on="2026-10-02"
    )
    assert done.toasts == ["✓ The plan is started."]
    assert "Evaluation" in done.texts(".plan-phases [aria-current=step]")[0]
    assert "Burnout" in done.text
    assert "3 before this plan" in done.text


def test_a_start_that_cannot_be_keeps_what_was_typed(okafor: Browser, course, session):
    ana = course.patient()
    course.clinic.visit(ana, course.okafor, on("2026-11-25"))
    session.commit()
    form = okafor.get(f"/physician/patients/{ana.id}/plan").form("start-plan")
    page = form.submit(prior_sessions="3", indication="OCD")
    assert page.status == 422
    assert page.errors == {"prior_session_on": "Say when the last of them was."}
    assert page.form("start-plan").values["indication"] == ["OCD"]
    page = page.form("start-plan").submit(prior_sessions="", indication="Other")
    assert page.errors == {"other_indication": "Say what the patient is treated for."}
    assert plan_of_patient(session, ana.id) is None


def test_after_the_end_a_new_plan_can_be_started(okafor: Browser, plan, session, course):
    actions.enter_phase(
        session,
        plan_id=plan.id,
        phase=Phase.ENDED,
        reason="Moved away",
        version=plan.version,
        by=course.doctor,
        now=NOW,
    )
    course.clinic.visit(
        course.session.get_one(type(course.patient()), plan.patient_id), course.okafor, on("2026-11-25")
    )
    session.commit()
    page = okafor.get(address(plan))
    assert page.h1 == "Start a plan"
    assert "The last plan ended on Mon, Nov 23." in page.text


def test_seeing_a_plan_is_written_down(okafor: Browser, plan, session):
    from clinic.audit.models import AuditEvent

    okafor.get(address(plan))
    found = session.query(AuditEvent).filter_by(action="patient.viewed", subject_id=plan.patient_id).all()
    assert [event.actor_name for event in found] == ["Amara Okafor"]


def test_the_list_of_patients_tells_phase_and_next_step(okafor: Browser, plan, session, course):
    other = course.patient(legal_last_name="Quill")
    course.clinic.visit(other, course.okafor, on("2026-11-25"))
    session.commit()
    page = okafor.get("/my-patients")
    with_plan, without = sorted(page.texts("tbody tr"))
    assert "Induction · 0 of 6 taken" in with_plan
    assert "Next visit was due by Nov 19" in with_plan
    assert "No plan" in without
    assert okafor.get(page.links["Induction · 0 of 6 taken"]).h1 == "Plan"


def test_what_is_due_stands_on_top_with_why(okafor: Browser, plan, session):
    take(session, plan, at=on("2026-11-12"))
    session.commit()
    [card] = [text for text in okafor.get(address(plan)).texts(".card") if text.startswith("What is due")]
    assert "Physician visit due" in card
