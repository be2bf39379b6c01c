"""What a physician changes of a plan: each part on its own page, nothing lost, nothing saved twice."""

from datetime import timedelta

import pytest

from clinic.people.models import Patient
from clinic.scheduling.models import Appointment
from clinic.treatment import actions
from clinic.treatment.models import TreatmentPlan
from clinic.treatment.rules.phases import Phase
from tests.domains.scheduling.calendar_makers import NOW
from tests.domains.treatment.plan_makers import CourseClinic, book, on, skip, take
from tests.web.html import Browser, Page


@pytest.fixture
def plan(course: CourseClinic, okafor: Browser, session):
    """A plan in induction that began two weeks ago."""
    made = course.plan(Phase.INDUCTION, since=NOW - timedelta(days=14))
    session.commit()
    return made


@pytest.fixture
def open_part(okafor: Browser, plan):
    """Open the page of one part of the plan."""
    return lambda part: okafor.get(f"/physician/patients/{plan.patient_id}/plan/{part}")


def saved(session, plan) -> TreatmentPlan:
    session.expire_all()
    return session.get_one(TreatmentPlan, plan.id)


def change_elsewhere(session, course: CourseClinic, plan, **wanted) -> None:
    """Let a colleague save something in another window."""
    seen = {"plan_id": plan.id, "version": saved(session, plan).version, "by": course.doctor, "now": NOW}
    actions.change_plan(session, **seen, reason="Seen this morning", **wanted)
    session.commit()


def test_the_next_phase_needs_no_reason_and_another_one_does(open_part, plan, session):
    page = open_part("phase")
    page = page.form("phase").submit(phase="taper")
    assert page.errors == {"reason": "Say in a few words why, so that others understand it later."}
    done = page.form("phase").submit(phase="maintenance", reason="")
    assert done.toasts == ["✓ Maintenance began."]
    assert saved(session, plan).phase == "maintenance"


def test_visits_that_a_phase_has_no_use_for_are_named_before_they_are_canceled(open_part, plan, session):
    visit = book(session, plan, at=on("2026-11-25"))
    session.commit()
    page = open_part("phase").form("phase").submit(phase="aftercare", reason="The patient asked to stop")
    assert page.status == 409
    assert "One visit is still booked, on Wed Nov 25, 10:00 AM ET" in page.errors["cancel_visits"]
    done = page.form("phase").submit(cancel_visits="yes")
    assert done.toasts == ["✓ Aftercare began."]
    session.expire_all()
    assert session.get_one(Appointment, visit.id).state == "canceled"


def test_a_phase_that_does_not_follow_is_refused(open_part, plan):
    page = open_part("phase").form("phase").send(phase="evaluation", reason="Begin again")
    assert page.status == 409
    assert "can only go on to" in page.errors["phase"]


def test_own_numbers_stand_beside_the_protocols(open_part, plan, session):
    page = open_part("numbers")
    assert "Protocol: 6 visits" in page.text
    done = page.form("numbers").submit(induction_sessions="8", induction_most_days="35", reason="Slow response")
    assert done.toasts == ["✓ Saved. Dates that are booked stay; what no longer fits is shown."]
    assert "Visits 8 visits protocol: 6 visits" in done.text
    assert "8 visits in 14 to 35 days" in done.text
    assert saved(session, plan).adjustments == {"induction.sessions": 8, "induction.most_days": 35}


@pytest.mark.parametrize(
    ("typed", "box", "begin"),
    [
        ({"induction_sessions": "20"}, "induction_sessions", "20 visits with these gaps"),
        ({"induction_least_days": "40"}, "induction_least_days", "The shortest time of 40 days is above the longest"),
        ({"maintenance_from_days": "70"}, "maintenance_from_days", "It would begin after 70 days"),
        ({"weekly_most": "two"}, "weekly_most", "Enter a whole number of visits from 1 to 7."),
        ({"taper_gaps_days": "30; 20"}, "taper_gaps_days", "Enter whole numbers with commas between them"),
        ({"taper_gaps_days": "60, 30"}, "taper_gaps_days", "Gaps of a taper never shrink"),
    ],
)
def test_a_number_that_cannot_be_is_refused_at_its_box_with_what_was_typed(open_part, plan, session, typed, box, begin):
    page = open_part("numbers").form("numbers").submit(reason="Slow response", **typed)
    assert page.status == 422
    assert page.errors[box].startswith(begin)
    assert page.form("numbers").values[box] == [typed[box]]
    assert page.form("numbers").values["reason"] == ["Slow response"]
    assert saved(session, plan).adjustments == {}


def test_an_empty_box_goes_back_to_the_protocol(open_part, plan, session, course):
    change_elsewhere(session, course, plan, adjustments={"restart_after_days": 120, "induction.sessions": 4})
    form = open_part("numbers").form("numbers")
    assert form.values["restart_after_days"] == ["120"]
    form.submit(restart_after_days="", reason="Not needed any more")
    assert saved(session, plan).adjustments == {"induction.sessions": 4}


def test_the_background_is_saved_with_its_reason(open_part, plan, session):
    form = open_part("details").form("details")
    done = form.submit(
        indication="Other",
        other_indication="Long grief",
        prior_sessions="2",
        prior_session_on="2026-10-01",
        in_person_exam_on="2026-11-02",
        reason="As the patient told",
    )
    assert done.toasts == ["✓ Saved."]
    assert "Long grief" in done.text
    assert "Nov 2, 2026" in done.text
    again = open_part("details").form("details").values
    assert (again["indication"], again["other_indication"]) == (["Other"], ["Long grief"])


@pytest.mark.parametrize(
    ("typed", "box"),
    [
        ({"indication": "Depression", "other_indication": "Grief"}, "indication"),
        ({"indication": "Something else"}, "indication"),
        ({"prior_sessions": "-1", "prior_session_on": "2026-10-01"}, "prior_sessions"),
        ({"prior_session_on": "2026-10-01"}, "prior_sessions"),
        ({"in_person_exam_on": "2027-01-01"}, "in_person_exam_on"),
        ({"in_person_exam_on": "yesterday"}, "in_person_exam_on"),
        ({"reason": ""}, "reason"),
        ({"physician_id": "someone"}, "physician_id"),
    ],
)
def test_a_background_that_cannot_be_is_refused_at_its_box(open_part, typed, box):
    page = open_part("details").form("details").send(**({"reason": "As the patient told"} | typed))
    assert page.status == 422
    assert box in page.errors


def test_support_person_and_place_leave_the_wished_hours_as_they_are(open_part, plan, session, course):
    hours = [[0, "09:00", "12:00"]]
    wanted = {"patient_hours": hours, "are_patient_hours_strict": True, "support_hours": hours, "place": None}
    who = {"support_name": None, "support_phone": None, "by": course.coordinator, "now": NOW}
    actions.set_preferences(session, plan_id=plan.id, version=plan.version, **wanted, **who)
    session.commit()
    form = open_part("home").form("home")
    done = form.submit(support_name="Rosa Pike", support_phone="305 555 0144", place="At her sister’s, gate code 12")
    assert "Rosa Pike" in done.text
    assert "(305) 555-0144" in done.text
    now = saved(session, plan)
    assert (now.patient_hours, now.are_patient_hours_strict, now.support_hours) == (hours, True, hours)
    page = open_part("home").form("home").submit(support_phone="12")
    assert page.status == 422
    assert "support_phone" in page.errors


def test_an_outcome_is_written_down_against_what_the_visit_says(open_part, plan, session):
    visit = take(session, plan, at=on("2026-11-19"))
    session.commit()
    page = open_part(f"visits/{visit.id}")
    assert page.form("outcome").values["outcome"] == ["visit"]
    done = page.form("outcome").submit(outcome="skipped", reason="Blood pressure too high, nothing was taken")
    assert "Blood pressure too high, nothing was taken" in done.text
    assert "Induction · 0 of 6 taken" in done.texts(".who-plan")[0]
    done = open_part(f"visits/{visit.id}").form("outcome").submit(outcome="visit", reason="A mistake of mine")
    assert "Induction · 1 of 6 taken" in done.texts(".who-plan")[0]


def test_an_outcome_of_a_visit_to_come_or_of_another_patient_is_refused(open_part, plan, session, course):
    coming = book(session, plan, at=on("2026-11-25"))
    other = skip(session, course.plan(Phase.INDUCTION), at=on("2026-11-19"))
    session.commit()
    page = open_part(f"visits/{coming.id}").form("outcome").submit(outcome="taken", reason="Already here")
    assert page.status == 409
    assert "has not begun yet" in page.errors[""]
    assert open_part(f"visits/{other.id}").status == 422


def test_two_people_at_one_plan_see_what_the_other_saved(okafor: Browser, open_part, plan, session, course):
    page = open_part("numbers")
    change_elsewhere(session, course, plan, adjustments={"restart_after_days": 120})
    page = page.form("numbers").submit(induction_sessions="5", reason="Slow response")
    assert page.status == 409
    told = " ".join(page.texts(".notice"))
    assert "Dr. Amara Okafor changed this plan after you opened it" in told
    assert "A pause needs a physician visit after 120 nothing" in told
    assert page.form("numbers").values["induction_sessions"] == ["5"]
    assert saved(session, plan).adjustments == {"restart_after_days": 120}
    page.form("numbers").submit("Save anyway", restart_after_days="120")
    assert saved(session, plan).adjustments == {"induction.sessions": 5, "restart_after_days": 120}


def test_a_newer_version_is_offered_with_its_differences_and_the_plan_moves_only_when_told(
    okafor: Browser, open_part, plan, session, course
):
    publish(session, course, restart_after_days=120)
    page = okafor.get(f"/physician/patients/{plan.patient_id}/plan")
    assert "version 1" in page.text
    page = page.click("See what changes")
    assert "In every phase: A pause needs a physician visit after 90 days 120 days" in page.text
    done = page.form("version").submit(reason="Fewer a week from now on")
    assert done.toasts == ["✓ The plan follows Standard program, version 2, from now on."]
    assert "Standard program, version 2" in done.text
    assert "Nothing else to follow" in open_part("protocol").text


def publish(session, course: CourseClinic, **numbers) -> None:
    """Publish a version of the usual protocol with other numbers."""
    from dataclasses import replace

    from clinic.treatment.queries import protocols

    row = protocols(session)[0]
    wanted = replace(row.protocol, **numbers)
    who = {"reason": "What we learned", "by": course.doctor, "now": NOW}
    actions.publish_protocol(session, protocol_id=row.id, name=row.name, protocol=wanted, **who)
    session.commit()


def test_an_ended_plan_has_no_pages_to_change_it(open_part, plan, session, course) -> None:
    actions.enter_phase(
        session,
        plan_id=plan.id,
        phase=Phase.ENDED,
        reason="Moved away",
        version=plan.version,
        by=course.doctor,
        now=NOW,
    )
    session.commit()
    page: Page = open_part("numbers")
    assert page.status == 404


def test_the_history_names_physicians_and_versions_and_reads_hours(okafor: Browser, open_part, plan, session, course):
    other, _ = course.physician("Dr. Luis Herrera")
    session.commit()
    publish(session, course, restart_after_days=120)
    open_part("protocol").form("version").submit(reason="What we learned")
    who = {"support_name": None, "support_phone": "3055550144", "place": None, "by": course.coordinator, "now": NOW}
    hours = {"patient_hours": [[0, "09:00", "12:00"]], "support_hours": [], "are_patient_hours_strict": True}
    actions.set_preferences(session, plan_id=plan.id, version=saved(session, plan).version, **hours, **who)
    session.commit()
    done = open_part("details").form("details").submit(physician_id=other.id, reason="Closer to home")
    assert (done.path, done.toasts) == ("/my-patients", ["✓ Saved."])
    course.clinic.visit(session.get_one(Patient, plan.patient_id), course.okafor, on("2026-11-25"))
    session.commit()
    page = okafor.get(f"/physician/patients/{plan.patient_id}/plan")
    told = " ".join(page.texts("tbody tr"))
    assert "Physician: Dr. Amara Okafor → Dr. Luis Herrera" in told
    assert "Protocol: Standard program, version 1 → Standard program, version 2" in told
    assert "Patient’s hours: nothing → Mon 09:00 to 12:00" in told
    assert "Whether the hours are strict: no → yes" in told
    assert "nothing → (305) 555-0144" in told
