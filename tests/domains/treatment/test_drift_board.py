"""The drift board from real visits: who stands where, worst first, in a fixed number of statements."""

import random
from contextlib import contextmanager
from datetime import date, timedelta

import pytest
from sqlalchemy import event

from clinic.people import actions as people
from clinic.people.rules import NewPhysician
from clinic.policies.actions import set_policy
from clinic.policies.rules import PolicyKey
from clinic.scheduling import actions as scheduling
from clinic.treatment import actions
from clinic.treatment.actions.watching import watch_course
from clinic.treatment.queries import progress
from clinic.treatment.queries.courses import course_problems
from clinic.treatment.queries.drift import drift_board, drift_row, facts_of
from clinic.treatment.rules.drift import DriftStatus, next_step
from clinic.treatment.rules.phases import Phase
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW
from tests.domains.treatment.plan_makers import ADMIN, BECAUSE, book, enter, on, skip, take

S = DriftStatus


@contextmanager
def counted(session):
    """Count the statements that go to the database meanwhile."""
    seen = []
    engine = session.get_bind()

    def note(_connection, _cursor, statement, *_rest):
        seen.append(statement)

    event.listen(engine, "after_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "after_cursor_execute", note)


def row_of(session, plan, *, now=NOW):
    [row] = [row for row in drift_board(session, now=now) if row.plan_id == plan.id]
    return row


def leave(session, course_clinic):
    """Let Dr. Okafor see nobody any more."""
    okafor = course_clinic.okafor
    people.edit_physician(
        session,
        physician_id=okafor.id,
        new=NewPhysician(full_name=okafor.full_name, zone=okafor.zone, staff_id=okafor.staff_id),
        is_active=False,
        version=okafor.version,
        by=ADMIN,
        now=NOW,
    )


@pytest.fixture
def touched_up(session, course_clinic):
    """A patient with touch-ups, the last one on Oct 12 with the physician seen on Oct 20: Nov 9 to Dec 11 is next."""
    plan = course_clinic.plan(Phase.MAINTENANCE, since=on("2026-08-03"))
    take(session, plan, at=on("2026-10-12"))
    take(session, plan, at=on("2026-10-20"), kind="follow_up")
    return plan


def test_a_plan_in_its_window_with_nothing_booked_says_so(session, touched_up):
    row = row_of(session, touched_up)
    assert (row.status, row.window_from, row.window_until) == (S.IN_WINDOW, date(2026, 11, 9), date(2026, 12, 11))
    assert row.sentence == "Next visit between Nov 9 and Dec 11; nothing is booked."
    assert (row.last_taken_at, row.next_booked_at) == (on("2026-10-12"), None)
    assert (row.physician_name, row.phase, row.zone) == ("Dr. Amara Okafor", Phase.MAINTENANCE, "America/New_York")
    assert row.patient_name.startswith("Invented ")


def test_a_booked_visit_counts_at_once_before_its_record_is_made(session, touched_up):
    visit = book(session, touched_up, at=on("2026-12-01"))
    row = row_of(session, touched_up)
    assert (row.status, row.next_booked_at) == (S.BOOKED, visit.starts_at)
    assert next_step(facts_of(session, touched_up, now=NOW)).words == "Next visit Tue, Dec 1, 10:00 AM ET"


def test_a_canceled_missed_or_held_visit_does_not_count_as_booked(session, course_clinic, touched_up):
    visit = book(session, touched_up, at=on("2026-12-01"))
    scheduling.cancel(
        session, appointment_id=visit.id, reason="patient_request", by=COORDINATOR, now=NOW, version=visit.version
    )
    skip(session, touched_up, at=on("2026-11-20"))
    patient = touched_up.patient_id
    scheduling.hold(
        session,
        visit_type_code="touch_up_session",
        patient_id=patient,
        physician_id=course_clinic.okafor.id,
        starts_at=on("2026-12-02"),
        by=COORDINATOR,
        now=NOW,
    )
    row = row_of(session, touched_up)
    assert (row.status, row.next_booked_at, row.last_taken_at) == (S.IN_WINDOW, None, on("2026-10-12"))


def test_what_the_physician_says_of_a_visit_counts_more_than_the_visit(session, course_clinic, touched_up):
    taken = take(session, touched_up, at=on("2026-11-12"))
    assert row_of(session, touched_up).last_taken_at == taken.starts_at
    actions.record_outcome(
        session,
        plan_id=touched_up.id,
        appointment_id=taken.id,
        outcome="skipped",
        reason="It did not take place after all.",
        version=touched_up.version,
        by=course_clinic.doctor,
        now=NOW,
    )
    row = row_of(session, touched_up)
    assert (row.last_taken_at, row.status) == (on("2026-10-12"), S.IN_WINDOW)


def test_a_visit_that_is_over_without_an_outcome_is_named_an_hour_after_its_end(session, touched_up):
    visit = book(session, touched_up, at=on("2026-11-23", 9))
    an_hour_after = visit.ends_at + timedelta(hours=1)
    assert row_of(session, touched_up, now=an_hour_after - timedelta(seconds=1)).status is S.BOOKED
    row = row_of(session, touched_up, now=an_hour_after)
    assert (row.status, row.next_booked_at) == (S.OUTCOME_MISSING, None)


def test_a_visit_before_the_plan_is_none_of_its_course(session, course_clinic):
    patient = course_clinic.patient()
    earlier = course_clinic.plan(Phase.ENDED, patient=patient, since=on("2026-06-01"))
    assert earlier.phase == Phase.ENDED
    plan = course_clinic.plan(Phase.MAINTENANCE, patient=patient, since=on("2026-11-01"))
    book(session, plan, at=on("2026-10-26"), now=on("2026-10-20"))
    assert row_of(session, plan).last_taken_at is None
    assert row_of(session, plan).status is S.IN_WINDOW


def test_the_day_of_an_earlier_visit_elsewhere_counts(session, course_clinic):
    plan = course_clinic.plan(
        Phase.MAINTENANCE, since=on("2026-11-02"), prior_sessions=4, prior_session_on=date(2026, 10, 30)
    )
    row = row_of(session, plan)
    assert (row.window_from, row.window_until) == (date(2026, 11, 27), date(2026, 12, 29))


def test_visits_count_in_the_phase_and_round_in_which_they_took_place(session, course_clinic):
    plan = course_clinic.plan(Phase.INDUCTION, since=on("2026-09-01"))
    take(session, plan, at=on("2026-09-03"))
    take(session, plan, at=on("2026-09-08"))
    enter(session, plan, Phase.MAINTENANCE, by=course_clinic.doctor, now=on("2026-09-10"))
    take(session, plan, at=on("2026-10-12"))
    take(session, plan, at=on("2026-10-13"), kind="follow_up")
    assert facts_of(session, plan, now=NOW).induction_ended_at == on("2026-09-08")
    enter(session, plan, Phase.INDUCTION, by=course_clinic.doctor, now=on("2026-11-16"))
    take(session, plan, at=on("2026-11-17"))
    known = facts_of(session, plan, now=NOW)
    assert (known.in_phase, known.first_in_phase_at, len(known.taken)) == (1, on("2026-11-17"), 4)
    assert known.in_phase == progress(session, plan, now=NOW).taken_in_phase


def test_facts_agree_with_how_far_the_plan_is(session, course_clinic, touched_up):
    book(session, touched_up, at=on("2026-12-01"))
    book(session, touched_up, at=on("2027-01-12"))
    book(session, touched_up, at=on("2026-12-15"), kind="follow_up")
    skip(session, touched_up, at=on("2026-11-18"))
    far, known = progress(session, touched_up, now=NOW), facts_of(session, touched_up, now=NOW)
    assert known.taken == tuple(row.starts_at for row in far.taken)
    assert known.planned == tuple(row.starts_at for row in far.planned)
    assert (known.last_at, known.in_phase) == (far.last_taken_at, far.taken_in_phase)
    assert (known.reviews_done, known.reviews_booked) == (far.reviews_done, far.reviews_booked)


def test_a_patients_own_numbers_count(session, course_clinic, touched_up):
    actions.change_plan(
        session,
        plan_id=touched_up.id,
        adjustments={"maintenance.until_days": 40},
        reason=BECAUSE,
        version=touched_up.version,
        by=course_clinic.doctor,
        now=NOW,
    )
    assert row_of(session, touched_up).window_until == date(2026, 11, 21)
    assert row_of(session, touched_up).status is S.OVERDUE


def test_a_physician_who_sees_nobody_any_more_is_told_of(session, course_clinic, touched_up):
    leave(session, course_clinic)
    row = row_of(session, touched_up)
    assert [found.status for found in row.findings] == [S.PHYSICIAN_GONE, S.IN_WINDOW]


def test_booked_dates_that_break_a_rule_are_told_of_as_on_the_planners_page(session, touched_up):
    book(session, touched_up, at=on("2026-12-01"))
    close = book(session, touched_up, at=on("2026-12-15"))
    [problem] = course_problems(session, touched_up, now=NOW)
    row = row_of(session, touched_up)
    assert (row.status, row.sentence) == (S.COURSE_BROKEN, problem.sentence)
    assert problem.appointment_id == close.id


@pytest.mark.parametrize("seed", range(6))
def test_the_board_and_the_planner_blame_the_same_dates(session, course_clinic, seed):
    chance = random.Random(seed)  # noqa: S311 - courses made up alike in every run
    phase = chance.choice([Phase.INDUCTION, Phase.MAINTENANCE, Phase.TAPER])
    prior = {"prior_sessions": 2, "prior_session_on": date(2026, 10, 2)} if seed % 2 else {}
    plan = course_clinic.plan(phase, since=on("2026-10-05"), **prior)
    workdays = [date(2026, 10, 6) + timedelta(days=n) for n in range(48) if n % 7 not in {4, 5}]
    taken = sorted(chance.sample(workdays, 3))
    for day in taken:
        take(session, plan, at=on(day))
    watch_course(session, plan=plan, now=NOW, by=COORDINATOR)
    reach = (taken[-1] - date(2026, 11, 24)).days + 90  # No session is booked after a longer pause.
    coming = [date(2026, 11, 24) + timedelta(days=n) for n in range(reach) if n % 7 not in {4, 5}]
    for day in sorted(chance.sample(coming[: 24 if phase is Phase.INDUCTION else None], 5)):
        book(session, plan, at=on(day))
    known = facts_of(session, plan, now=NOW)
    assert known.problems == tuple(each.sentence for each in course_problems(session, plan, now=NOW))
    assert known.problems


def test_the_board_puts_the_worst_first_and_leaves_out_plans_that_ended(session, course_clinic, touched_up):
    overdue = course_clinic.plan(Phase.MAINTENANCE, since=on("2026-08-03"))
    take(session, overdue, at=on("2026-09-14"))
    take(session, overdue, at=on("2026-10-21"), kind="follow_up")
    waiting = course_clinic.plan(Phase.EVALUATION, since=on("2026-11-20"))
    course_clinic.plan(Phase.ENDED)
    rows = drift_board(session, now=NOW)
    assert [(row.plan_id, row.status) for row in rows] == [
        (overdue.id, S.OVERDUE),
        (touched_up.id, S.IN_WINDOW),
        (waiting.id, S.EVALUATION_WAITING),
    ]
    assert drift_row(session, overdue, now=NOW) == rows[0]


def test_the_clinics_own_lead_times_count(session, course_clinic):
    plan = course_clinic.plan(Phase.MAINTENANCE, since=on("2026-08-03"))
    take(session, plan, at=on("2026-11-10"))
    take(session, plan, at=on("2026-11-11"), kind="follow_up")
    assert row_of(session, plan).status is S.LATER
    changed = {"reason": "Earlier, please.", "revision": 0, "by": ADMIN, "now": NOW}
    set_policy(session, key=PolicyKey.NEXT_DATES_LEAD_DAYS, value=15, **changed)
    assert row_of(session, plan).status is S.UPCOMING_UNBOOKED
    set_policy(session, key=PolicyKey.REVIEW_LEAD_DAYS, value=60, **changed)
    assert facts_of(session, plan, now=NOW).review_lead_days == 60


def test_the_board_needs_as_many_statements_for_many_plans_as_for_one(session, course_clinic, touched_up):
    with counted(session) as for_one:
        assert len(drift_board(session, now=NOW)) == 1
    for week in range(1, 5):
        plan = course_clinic.plan(Phase.MAINTENANCE, since=on("2026-08-03"))
        take(session, plan, at=on("2026-10-12") - timedelta(weeks=week))
    with counted(session) as for_many:
        assert len(drift_board(session, now=NOW)) == 5
    assert len(for_many) == len(for_one) == 4


def test_the_clocks_of_the_panhandle_count_for_who_lives_there(session, course_clinic):
    patient = course_clinic.patient(city="Pensacola", postal_code="32501", county_fips="12033")
    plan = course_clinic.plan(Phase.MAINTENANCE, patient=patient, since=on("2026-08-03"))
    take(session, plan, at=on("2026-10-12"))
    midnight_in_new_york = on("2026-12-12", 0)
    assert facts_of(session, plan, now=midnight_in_new_york).today == date(2026, 12, 11)
    assert row_of(session, plan, now=midnight_in_new_york).zone == "America/Chicago"
