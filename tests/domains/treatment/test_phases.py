"""From phase to phase: only the ways that exist, with a reason, and never leaving visits behind unseen."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from clinic.kernel import journal
from clinic.kernel.ids import new_id
from clinic.messaging.models import Message
from clinic.scheduling import queries as visits
from clinic.treatment import queries
from clinic.treatment.actions.watching import watch_courses
from clinic.treatment.errors import PhaseNotPossible, PhysicianDecides, PlanOver, ReasonTooShort, VisitsRemain
from clinic.treatment.models import CourseOffer
from clinic.treatment.rules.phases import NEXT_PHASES, Phase
from clinic.worklist.queries import open_items_of_patient
from tests.domains.scheduling.calendar_makers import NOW
from tests.domains.treatment.plan_makers import book, enter, follow, on, take

EVERY_STEP = [(old, new) for old in Phase if old is not Phase.ENDED for new in Phase]


@pytest.mark.parametrize(("old", "new"), EVERY_STEP)
def test_only_the_ways_that_exist_are_open(course_clinic, session, old, new):
    plan = course_clinic.plan(old)
    if new in NEXT_PHASES[old]:
        assert enter(session, plan, new, by=course_clinic.doctor).phase == new
        return
    with pytest.raises(PhaseNotPossible, match=r"can only go on to: .*. Choose one of these.") as caught:
        enter(session, plan, new, by=course_clinic.doctor)
    assert caught.value.field == "phase"
    assert plan.phase == old


def test_the_usual_next_phase_needs_no_reason_and_every_other_does(course_clinic, session):
    plan = course_clinic.plan(Phase.INDUCTION)
    with pytest.raises(ReasonTooShort):
        enter(session, plan, Phase.TAPER, by=course_clinic.doctor, reason=None)
    enter(session, plan, Phase.MAINTENANCE, by=course_clinic.doctor, reason=None)
    assert queries.phases_of(session, plan.id)[-1].reason is None


def test_every_phase_is_kept_with_its_reason_and_author(course_clinic, session):
    plan = course_clinic.plan(Phase.TAPER)
    assert [(row.from_phase, row.to_phase) for row in queries.phases_of(session, plan.id)] == [
        (None, "evaluation"),
        ("evaluation", "induction"),
        ("induction", "maintenance"),
        ("maintenance", "taper"),
    ]
    last = queries.phases_of(session, plan.id)[-1]
    assert (last.reason, last.actor_name) == ("Agreed with the patient.", "Dr. Amara Okafor")
    assert plan.version == 4


def test_the_audit_trail_knows_the_phases_and_no_reason(course_clinic, session):
    plan = course_clinic.plan(Phase.INDUCTION)
    journal.take_entries(session)
    enter(session, plan, Phase.MAINTENANCE, by=course_clinic.doctor)
    (entry,) = [each for each in journal.take_entries(session) if each.subject_kind == "treatment_plan"]
    assert entry.action == "plan.phase_entered"
    assert entry.details == {"before": "induction", "after": "maintenance"}


def test_coordinators_and_strangers_do_not_decide(course_clinic, session):
    plan = course_clinic.plan(Phase.EVALUATION)
    _, herrera = course_clinic.physician("Dr. Ben Herrera")
    for other in (course_clinic.coordinator, course_clinic.admin, herrera):
        with pytest.raises(PhysicianDecides):
            enter(session, plan, Phase.INDUCTION, by=other)


def test_what_has_ended_stays_so(course_clinic, session):
    plan = course_clinic.plan(Phase.ENDED, since=NOW - timedelta(days=2))
    for phase in Phase:
        with pytest.raises(PlanOver):
            enter(session, plan, phase, by=course_clinic.doctor)


@pytest.fixture
def booked(course_clinic, session):
    """A plan with two visits to come, one in the past that nobody ticked off, and a follow-up."""
    plan = course_clinic.plan(Phase.INDUCTION)
    for day in ("2026-11-20", "2026-11-25", "2026-12-01"):
        follow(session, book(session, plan, at=on(day)))
    book(session, plan, at=on("2026-12-03"), kind="follow_up")
    return plan


@pytest.mark.parametrize("phase", [Phase.AFTERCARE, Phase.ENDED])
def test_visits_that_are_still_booked_are_named_before_sessions_end(course_clinic, session, booked, phase):
    with pytest.raises(VisitsRemain) as caught:
        enter(session, booked, phase, by=course_clinic.doctor)
    assert caught.value.message == (
        "2 visits are still booked, the next on Wed Nov 25, 10:00 AM ET. "
        "Cancel them first, or tick \u201cCancel them too\u201d."
    )
    assert [visit.starts_at for visit in caught.value.visits] == [on("2026-11-25"), on("2026-12-01")]
    assert caught.value.field == "cancel_visits"
    assert booked.phase == "induction"


def test_one_visit_is_named_as_one(course_clinic, session):
    plan = course_clinic.plan(Phase.INDUCTION)
    book(session, plan, at=on("2026-11-25"))
    with pytest.raises(VisitsRemain, match=r"One visit is still booked, on Wed Nov 25, 10:00 AM ET. Cancel it first"):
        enter(session, plan, Phase.ENDED, by=course_clinic.doctor)


def test_they_are_canceled_with_the_change_when_that_is_wanted(course_clinic, session, booked):
    enter(session, booked, Phase.AFTERCARE, by=course_clinic.doctor, cancel_visits=True)
    coming = visits.upcoming_for_patient(session, patient_id=booked.patient_id, now=NOW)
    assert [visit.visit_type_code for visit in coming] == ["follow_up"]
    states = [row.visit.state for row in queries.progress(session, booked, now=NOW).sessions]
    assert states == ["booked", "canceled", "canceled"]
    told = session.scalars(select(Message.template_key).where(Message.template_key.like("%CANCELED"))).all()
    assert told == ["COURSE_CANCELED"]


def test_a_single_visit_is_called_off_by_its_own_text(course_clinic, session):
    plan = course_clinic.plan(Phase.INDUCTION)
    book(session, plan, at=on("2026-11-25"))
    enter(session, plan, Phase.ENDED, by=course_clinic.doctor, cancel_visits=True)
    told = session.scalars(select(Message.template_key).where(Message.template_key.like("%CANCELED"))).all()
    assert told == ["VISIT_CANCELED"]


def test_follow_ups_never_stand_in_the_way(course_clinic, session):
    plan = course_clinic.plan(Phase.INDUCTION)
    book(session, plan, at=on("2026-11-25"), kind="follow_up")
    assert enter(session, plan, Phase.ENDED, by=course_clinic.doctor).phase == "ended"


def test_visits_to_come_count_towards_the_phase_in_which_they_will_be(course_clinic, session):
    plan = course_clinic.plan(Phase.INDUCTION)
    take(session, plan, at=on("2026-11-20"))
    follow(session, book(session, plan, at=on("2026-12-15")))
    enter(session, plan, Phase.MAINTENANCE, by=course_clinic.doctor)
    assert [row.phase for row in queries.progress(session, plan, now=NOW).sessions] == ["induction", "maintenance"]


def test_offered_dates_are_taken_back_with_the_phase_that_they_were_for(course_clinic, session):
    plan, other = course_clinic.plan(Phase.INDUCTION), course_clinic.plan(Phase.INDUCTION)
    for each in (plan, other):
        session.add(_offer(each.id))
    session.flush()
    enter(session, plan, Phase.MAINTENANCE, by=course_clinic.doctor)
    session.expire_all()
    states = {offer.plan_id: (offer.state, offer.version) for offer in session.scalars(select(CourseOffer))}
    assert states == {plan.id: ("withdrawn", 2), other.id: ("open", 1)}


def test_tasks_about_dates_go_with_the_phase_that_asked_for_them(course_clinic, session):
    plan = course_clinic.plan(Phase.MAINTENANCE)
    take(session, plan, at=on("2026-09-21"))
    watch_courses(session, now=NOW, by=course_clinic.coordinator)
    asked = [item.kind for item in open_items_of_patient(session, patient_id=plan.patient_id)]
    assert "next_dates_due" in asked
    enter(session, plan, Phase.AFTERCARE, by=course_clinic.doctor)
    left = [item.kind for item in open_items_of_patient(session, patient_id=plan.patient_id)]
    assert "next_dates_due" not in left


def test_care_begins_again_from_aftercare_or_with_a_new_plan(course_clinic, session):
    plan = course_clinic.plan(Phase.AFTERCARE)
    enter(session, plan, Phase.EVALUATION, by=course_clinic.doctor)
    enter(session, plan, Phase.INDUCTION, by=course_clinic.doctor, now=NOW + timedelta(days=1))
    assert queries.plan_for(session, patient_id=plan.patient_id).id == plan.id


def test_a_visit_counts_anew_when_a_plan_comes_back_to_a_phase(course_clinic, session):
    plan = course_clinic.plan(Phase.INDUCTION)
    take(session, plan, at=on("2026-09-01"))
    enter(session, plan, Phase.MAINTENANCE, by=course_clinic.doctor, now=on("2026-09-10"))
    take(session, plan, at=on("2026-10-12"))
    enter(session, plan, Phase.INDUCTION, by=course_clinic.doctor, now=on("2026-11-01"))
    take(session, plan, at=on("2026-11-10"))
    far = queries.progress(session, plan, now=NOW)
    assert [(row.phase, row.number) for row in far.sessions] == [("induction", 1), ("maintenance", 1), ("induction", 1)]
    assert (far.taken_in_phase, far.count_taken) == (1, 3)


def _offer(plan_id):
    offer = CourseOffer(id=new_id(), plan_id=plan_id, state="open", options=[], expires_at=NOW + timedelta(days=1))
    offer.version, offer.created_at, offer.updated_at, offer.updated_by = 1, NOW, NOW, "Dana Reyes"
    return offer
