"""How far a plan is, read from the visits themselves: nothing lags behind a booking on another page."""

from datetime import UTC, date, datetime, timedelta

import pytest

from clinic.people.queries import patient as patient_by_id
from clinic.scheduling import actions as scheduling
from clinic.scheduling.rules.states import CancelReason
from clinic.treatment import actions, queries
from clinic.treatment.rules.phases import Phase
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW, RING
from tests.domains.treatment.plan_makers import book, enter, follow, on, skip, take


@pytest.fixture
def plan(course_clinic):
    return course_clinic.plan(Phase.INDUCTION)


def far(session, plan, now=NOW):
    return queries.progress(session, plan, now=now)


def test_sessions_are_taken_planned_or_skipped_in_time_order_with_their_numbers(session, plan):
    book(session, plan, at=on("2026-11-25"))
    take(session, plan, at=on("2026-11-16"))
    skip(session, plan, at=on("2026-11-19"))
    rows = far(session, plan).sessions
    assert [(row.number, row.state, row.is_fixed) for row in rows] == [
        (1, "taken", True),
        (2, "skipped", True),
        (2, "planned", False),
    ]
    assert rows[0].physician_name == "Dr. Amara Okafor"


def test_a_visit_of_another_page_counts_before_it_has_a_record(session, plan):
    visit = book(session, plan, at=on("2026-11-25"))
    (row,) = far(session, plan).planned
    assert (row.appointment_id, row.record_id, row.phase) == (visit.id, None, "induction")
    follow(session, visit)
    (row,) = far(session, plan).planned
    assert row.record_id is not None


def test_a_moved_visit_is_one_session_at_its_new_time(session, plan, course_clinic):
    visit = book(session, plan, at=on("2026-11-25"))
    follow(session, visit)
    scheduling.move(
        session,
        appointment_id=visit.id,
        physician_id=course_clinic.okafor.id,
        starts_at=on("2026-11-26", 14),
        by=COORDINATOR,
        now=NOW,
        ring=RING,
    )
    follow(session, visit)
    assert [row.starts_at for row in far(session, plan).sessions] == [on("2026-11-26", 14)]


def test_a_canceled_visit_is_a_skipped_session(session, plan):
    visit = book(session, plan, at=on("2026-11-25"))
    scheduling.cancel(session, appointment_id=visit.id, reason=CancelReason.PATIENT_REQUEST, by=COORDINATOR, now=NOW)
    (row,) = far(session, plan).sessions
    assert (row.state, row.number) == ("skipped", 1)


def test_holds_count_while_they_last_only(session, plan, course_clinic):
    ana = patient_by_id(session, plan.patient_id)
    course_clinic.clinic.hold(ana, course_clinic.okafor, on("2026-11-25"), visit_type_code="induction_session")
    assert len(far(session, plan).planned) == 1
    assert far(session, plan, now=NOW + timedelta(hours=1)).sessions == ()


def test_a_past_visit_that_nobody_ticked_off_is_planned_and_fixed(session, plan):
    book(session, plan, at=on("2026-11-20"))
    (row,) = far(session, plan).planned
    assert row.is_fixed
    assert far(session, plan).next_visit is None


def test_visits_before_the_plan_and_of_other_patients_are_none_of_it(session, course_clinic):
    plan = course_clinic.plan(Phase.INDUCTION, since=on("2026-11-10"))
    take(session, plan, at=on("2026-11-09"))
    other = course_clinic.plan(Phase.INDUCTION)
    take(session, other, at=on("2026-11-11"))
    take(session, plan, at=on("2026-11-12"))
    assert [row.starts_at for row in far(session, plan).sessions] == [on("2026-11-12")]


def test_a_plan_that_ended_keeps_its_sessions_and_gets_no_new_ones(session, course_clinic, plan):
    take(session, plan, at=on("2026-11-12"))
    enter(session, plan, Phase.ENDED, by=course_clinic.doctor, now=on("2026-11-13"))
    book(session, plan, at=on("2026-11-25"), kind="induction_session")
    later = course_clinic.plan(Phase.INDUCTION, patient=patient_by_id(session, plan.patient_id), since=on("2026-11-14"))
    assert [row.starts_at for row in far(session, plan).sessions] == [on("2026-11-12")]
    assert [row.starts_at for row in far(session, later).sessions] == [on("2026-11-25")]


def test_what_was_called_off_with_a_plan_stays_with_it(session, course_clinic, plan):
    follow(session, book(session, plan, at=on("2026-11-25")))
    enter(session, plan, Phase.ENDED, by=course_clinic.doctor, cancel_visits=True)
    ana = patient_by_id(session, plan.patient_id)
    later = course_clinic.plan(Phase.INDUCTION, patient=ana, since=NOW + timedelta(minutes=1))
    assert [row.state for row in far(session, plan).sessions] == ["skipped"]
    assert far(session, later).sessions == ()


def test_the_last_one_is_the_latest_taken_whatever_was_skipped_after(session, plan):
    take(session, plan, at=on("2026-11-12"))
    take(session, plan, at=on("2026-11-16"))
    skip(session, plan, at=on("2026-11-19"))
    how_far = far(session, plan)
    assert (how_far.last_taken_at, how_far.count_taken, how_far.taken_in_phase) == (on("2026-11-16"), 2, 2)


def test_sessions_before_the_plan_count_to_the_last_minute_of_their_day(session, course_clinic):
    plan = course_clinic.plan(
        Phase.INDUCTION, since=on("2026-10-20"), prior_sessions=4, prior_session_on=date(2026, 9, 20)
    )
    how_far = far(session, plan)
    assert how_far.last_taken_at == datetime(2026, 9, 21, 3, 59, tzinfo=UTC)
    assert (how_far.count_taken, how_far.taken_in_phase) == (4, 0)
    take(session, plan, at=on("2026-11-12"))
    assert far(session, plan).last_taken_at == on("2026-11-12")


def test_the_physicians_other_visits_are_reviews(session, plan):
    take(session, plan, at=on("2026-11-13"), kind="follow_up")
    take(session, plan, at=on("2026-11-16"), kind="initial_consultation")
    skip(session, plan, at=on("2026-11-17"), kind="follow_up")
    book(session, plan, at=on("2026-11-25"), kind="follow_up")
    how_far = far(session, plan)
    assert how_far.reviews_done == (on("2026-11-13"), on("2026-11-16"))
    assert how_far.reviews_booked == (on("2026-11-25"),)
    assert how_far.sessions == ()
    assert how_far.next_visit is not None


def test_many_plans_are_read_at_once_each_with_its_own(session, course_clinic):
    plans = [course_clinic.plan(Phase.INDUCTION) for _ in range(3)]
    for number, plan in enumerate(plans):
        for day in range(number):
            take(session, plan, at=on(date(2026, 11, 10 + day), 9 + 2 * number))
    found = queries.progress_of(session, plans, now=NOW)
    assert [found[plan.id].count_taken for plan in plans] == [0, 1, 2]
    assert queries.progress_of(session, [], now=NOW) == {}


def test_what_a_physician_wrote_down_comes_before_what_the_visit_says(session, course_clinic, plan):
    visit = take(session, plan, at=on("2026-11-12"))
    actions.record_outcome(
        session,
        plan_id=plan.id,
        appointment_id=visit.id,
        outcome="skipped",
        reason="Blood pressure was too high",
        version=plan.version,
        by=course_clinic.doctor,
        now=NOW,
    )
    (row,) = far(session, plan).sessions
    assert (row.state, row.outcome, row.visit.state) == ("skipped", "skipped", "completed")
    assert far(session, plan).last_taken_at is None


def test_the_head_of_a_page_says_phase_and_next_step(session, course_clinic):
    plan = course_clinic.plan(Phase.MAINTENANCE)
    take(session, plan, at=on("2026-11-02"))
    take(session, plan, at=on("2026-11-13"), kind="follow_up")
    book(session, plan, at=on("2026-12-07"))
    head = queries.header(session, plan.patient_id, now=NOW)
    assert (head.plan_id, head.phase, head.phase_words) == (plan.id, "maintenance", "Maintenance \u00b7 1 taken")
    assert head.next_step.startswith("Next visit Mon")
    assert not head.is_overdue
    nobody = queries.header(session, course_clinic.patient().id, now=NOW)
    assert (nobody.plan_id, nobody.next_step) == (None, "No plan yet")


def test_a_patients_own_number_of_visits_shows_in_the_head(session, course_clinic, plan):
    actions.change_plan(
        session,
        plan_id=plan.id,
        adjustments={"induction.sessions": 4},
        reason="Four are enough",
        version=plan.version,
        by=course_clinic.doctor,
        now=NOW,
    )
    assert queries.header(session, plan.patient_id, now=NOW).phase_words == "Induction \u00b7 0 of 4 taken"
