"""Records of sessions: one for each visit, however it was booked, and a physician's word over the visit's."""

import pytest
from sqlalchemy import func, select

from clinic.kernel.errors import ChangedMeanwhile
from clinic.kernel.outbox import Outbox
from clinic.reactions import standing_orders
from clinic.treatment import actions
from clinic.treatment.errors import NoSessionVisit, OutcomeTooEarly, PhysicianDecides, PlanRefused, ReasonTooShort
from clinic.treatment.models import TreatmentSession
from clinic.treatment.rules.phases import Phase
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW, RING
from tests.domains.treatment.plan_makers import book, enter, follow, on, take


@pytest.fixture
def plan(course_clinic):
    return course_clinic.plan(Phase.INDUCTION)


def records(session):
    session.expire_all()
    return list(session.scalars(select(TreatmentSession).order_by(TreatmentSession.created_at)))


@pytest.fixture
def judge(course_clinic, plan, session):
    def say(visit, outcome, **changes):
        wanted = {"reason": "The patient told me", "version": plan.version, "by": course_clinic.doctor, "now": NOW}
        return actions.record_outcome(
            session, plan_id=plan.id, appointment_id=visit.id, outcome=outcome, **(wanted | changes)
        )

    return say


def test_a_booking_on_any_page_leads_to_one_record_through_the_standing_order(session, plan):
    visit = book(session, plan, at=on("2026-11-25"))
    topics = session.scalars(select(Outbox).where(Outbox.subject_id == visit.id)).all()
    assert [row.topic for row in topics] == ["appointment.changed"]
    for _ in range(2):
        standing_orders(RING)[topics[0].topic](session, subject_id=visit.id, now=NOW, by=COORDINATOR)
    (record,) = records(session)
    assert (record.plan_id, record.appointment_id, record.phase) == (plan.id, visit.id, "induction")


@pytest.mark.parametrize("phase", [Phase.EVALUATION, Phase.AFTERCARE, Phase.ENDED])
def test_a_plan_without_sessions_now_gets_no_record(session, course_clinic, phase):
    plan = course_clinic.plan(phase)
    follow(session, book(session, plan, at=on("2026-11-25"), kind="induction_session"))
    assert records(session) == []


def test_other_visits_holds_and_visits_before_the_plan_get_none(session, course_clinic):
    plan = course_clinic.plan(Phase.INDUCTION, since=on("2026-11-10"))
    follow(session, book(session, plan, at=on("2026-11-25"), kind="follow_up"))
    follow(session, book(session, plan, at=on("2026-11-09")))
    ana = course_clinic.patient()
    alone = course_clinic.clinic.visit(ana, course_clinic.okafor, on("2026-11-26"), visit_type_code="induction_session")
    follow(session, alone)
    held = course_clinic.clinic.hold(ana, course_clinic.okafor, on("2026-11-27"), visit_type_code="induction_session")
    follow(session, held)
    assert records(session) == []


def test_a_record_made_with_the_booking_stays_the_one(session, plan):
    visit = book(session, plan, at=on("2026-11-25"))
    first = actions.make_record(session, plan=plan, appointment_id=visit.id, by=COORDINATOR, now=NOW)
    follow(session, visit)
    assert actions.make_record(session, plan=plan, appointment_id=visit.id, by=COORDINATOR, now=NOW).id == first.id
    assert len(records(session)) == 1


def test_dates_booked_ahead_of_the_first_phase_count_as_induction(session, course_clinic):
    plan = course_clinic.plan(Phase.EVALUATION)
    visit = book(session, plan, at=on("2026-11-25"))
    assert (
        actions.make_record(session, plan=plan, appointment_id=visit.id, by=COORDINATOR, now=NOW).phase == "induction"
    )


def test_a_physician_knows_better_and_may_take_it_back(session, plan, judge):
    visit = take(session, plan, at=on("2026-11-12"))
    version = plan.version
    record = judge(visit, "skipped")
    assert (record.outcome, record.outcome_at, record.outcome_reason) == ("skipped", NOW, "The patient told me")
    assert plan.version == version + 1
    judge(visit, "skipped")
    assert plan.version == version + 1
    record = judge(visit, None, reason=None)
    assert (record.outcome, record.outcome_at, record.outcome_reason) == (None, None, None)


def test_a_visit_without_a_record_gets_one_in_the_phase_that_it_was_in(session, course_clinic, plan, judge):
    visit = book(session, plan, at=on("2026-11-12"))
    enter(session, plan, Phase.MAINTENANCE, by=course_clinic.doctor, now=NOW)
    assert judge(visit, "taken").phase == "induction"


def test_nothing_is_said_of_a_visit_that_has_not_begun(session, plan, judge):
    visit = book(session, plan, at=on("2026-11-25"))
    with pytest.raises(OutcomeTooEarly, match=r"has not begun yet. Wait for it, or cancel the visit itself"):
        judge(visit, "taken")


def test_an_outcome_needs_a_reason_a_known_word_and_a_visit_of_the_plan(session, course_clinic, plan, judge):
    visit = take(session, plan, at=on("2026-11-12"))
    for reason in (None, "", "no"):
        with pytest.raises(ReasonTooShort):
            judge(visit, "skipped", reason=reason)
    with pytest.raises(PlanRefused) as caught:
        judge(visit, "half")
    assert caught.value.field == "outcome"
    elsewhere = take(session, course_clinic.plan(Phase.INDUCTION), at=on("2026-11-13"))
    follow_up = take(session, plan, at=on("2026-11-16"), kind="follow_up")
    for other in (elsewhere, follow_up):
        with pytest.raises(NoSessionVisit, match=r"choose one of its visits"):
            judge(other, "skipped")


def test_coordinators_judge_nothing_and_the_second_physician_hears_of_the_first(session, plan, judge):
    visit = take(session, plan, at=on("2026-11-12"))
    with pytest.raises(PhysicianDecides):
        judge(visit, "skipped", by=COORDINATOR)
    seen = plan.version
    judge(visit, "skipped")
    with pytest.raises(ChangedMeanwhile, match=r"Dr. Amara Okafor changed this"):
        judge(visit, None, version=seen)
    assert session.scalar(select(func.count()).select_from(TreatmentSession)) == 1
