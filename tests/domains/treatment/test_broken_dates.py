"""Booked dates that no longer fit: planner, board, header and tasks say the same, and a proposal leads on."""

import random
from datetime import UTC, date, datetime, timedelta

import pytest

from clinic import reactions
from clinic.people import actions as people
from clinic.people.models import Patient
from clinic.people.queries import licences_by_physician
from clinic.people.rules import NewLicence, NewPhysician
from clinic.treatment import actions
from clinic.treatment.actions.courses import commit_course
from clinic.treatment.actions.reflowing import accept_reflow
from clinic.treatment.actions.watching import watch_course
from clinic.treatment.queries.courses import course_problems, propose_course
from clinic.treatment.queries.drift import drift_row, facts_of
from clinic.treatment.queries.headers import header
from clinic.treatment.queries.reflow import propose_reflow
from clinic.treatment.rules.courses import CourseWish
from clinic.treatment.rules.drift import DriftStatus
from clinic.treatment.rules.drift.broken import cannot_take_place
from clinic.treatment.rules.phases import Phase
from clinic.worklist.queries import open_items
from clinic.worklist.rules import KINDS, WorkKind
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW, RING
from tests.domains.treatment.plan_makers import ADMIN, book, on, take

SATURDAYS = [[5, "09:00", "17:00"]]


def plan_dates(session, plan, **wish):
    """Book the whole course and return its sessions."""
    found = propose_course(session, plan_id=plan.id, wish=CourseWish(**wish), now=NOW)
    made = commit_course(
        session, plan_id=plan.id, visits=found.chosen(), version=plan.version, by=COORDINATOR, now=NOW, ring=RING
    )
    return [visit for visit in made if visit.visit_type_code == "induction_session"]


def prefer(session, plan, *, support_hours):
    wanted = {"patient_hours": [], "are_patient_hours_strict": False, "support_name": None, "support_phone": None}
    actions.set_preferences(
        session,
        plan_id=plan.id,
        **wanted,
        support_hours=support_hours,
        place=None,
        version=plan.version,
        by=COORDINATOR,
        now=NOW,
    )


def leave(session, physician):
    """Let a physician see nobody any more."""
    people.edit_physician(
        session,
        physician_id=physician.id,
        new=NewPhysician(full_name=physician.full_name, zone=physician.zone, staff_id=physician.staff_id),
        is_active=False,
        version=physician.version,
        by=ADMIN,
        now=NOW,
    )


def move_to_new_jersey(session, plan):
    patient = session.get_one(Patient, plan.patient_id)
    patient.state, patient.county_fips, patient.postal_code, patient.city = "NJ", "34003", "07601", "Hackensack"
    session.flush()


def end_license(session, physician, *, state, until):
    [held] = [each for each in licences_by_physician(session, [physician.id])[physician.id] if each.state == state]
    new = NewLicence(state=state, number=held.number, valid_from=held.valid_from, valid_until=until)
    people.edit_licence(session, licence_id=held.id, new=new, version=held.version, by=ADMIN, now=NOW)


def tasks(session):
    roles = {kind.owner_role for kind in KINDS.values()}
    return [item for item in open_items(session, roles=roles, limit=500) if item.kind == WorkKind.COURSE_BROKEN]


def told(session, plan):
    """Return the sentences about dates that no longer fit; everybody is told the same, and a proposal leads on."""
    sentences = tuple(each.sentence for each in course_problems(session, plan, now=NOW))
    row = drift_row(session, plan, now=NOW)
    broken = [found.sentence for found in row.findings if found.status is DriftStatus.COURSE_BROKEN]
    assert facts_of(session, plan, now=NOW).problems == sentences
    assert broken == list(sentences[:1])
    if sentences:
        assert propose_reflow(session, plan_id=plan.id, now=NOW).is_needed
    watch_course(session, plan=plan, by=COORDINATOR, now=NOW)
    assert [task.reason for task in tasks(session)] == broken
    return sentences


def apply_all(session, plan):
    found = propose_reflow(session, plan_id=plan.id, now=NOW)
    keys = [row.key for row in found.changes]
    accept_reflow(
        session, plan_id=plan.id, rows=keys, fingerprint=found.fingerprint, by=COORDINATOR, now=NOW, ring=RING
    )


@pytest.fixture
def plan(course_clinic):
    return course_clinic.plan(Phase.INDUCTION, since=NOW - timedelta(days=1))


def test_dates_at_which_the_support_person_cannot_be_there_are_told_of_at_once(session, plan):
    plan_dates(session, plan)
    assert told(session, plan) == ()
    prefer(session, plan, support_hours=SATURDAYS)
    [task] = tasks(session)
    sentences = told(session, plan)
    assert len(sentences) == 6
    assert task.reason == sentences[0]
    assert sentences[0].startswith("The support person cannot be there on ")
    assert header(session, plan.patient_id, now=NOW).next_step == "Dates no longer fit"
    prefer(session, plan, support_hours=[])
    assert tasks(session) == []
    assert told(session, plan) == ()


def test_dates_with_a_colleague_who_leaves_move_to_somebody_else(session, course_clinic, plan):
    colleague, _ = course_clinic.physician("Dr. Bea Lindqvist")
    dates = plan_dates(session, plan, physician_id=colleague.id, only_physician=True)
    assert told(session, plan) == ()
    leave(session, colleague)
    sentences = told(session, plan)
    assert len(sentences) == len(dates) == 6
    assert all(each.endswith(": Dr. Bea Lindqvist does not see patients any more.") for each in sentences)
    assert drift_row(session, plan, now=NOW).status is DriftStatus.COURSE_BROKEN
    assert header(session, plan.patient_id, now=NOW).next_step == "Dates no longer fit"
    apply_all(session, plan)
    assert told(session, plan) == ()
    assert {visit.physician_id for visit in dates} == {course_clinic.okafor.id}


def test_dates_with_a_physician_without_a_license_where_the_patient_moved_are_told_of(session, course_clinic, plan):
    floridian = course_clinic.clinic.physician("Dr. Flora Only", states=("FL",))
    dates = plan_dates(session, plan, physician_id=floridian.id, only_physician=True)
    move_to_new_jersey(session, plan)
    before_the_visits_know = told(session, plan)
    reactions.keep_up_with_patient(session, subject_id=plan.patient_id, now=NOW, by=COORDINATOR)
    assert told(session, plan) == before_the_visits_know
    assert len(before_the_visits_know) == len(dates)
    assert before_the_visits_know[0].endswith(": Dr. Flora Only has no New Jersey license on that day.")
    apply_all(session, plan)
    assert told(session, plan) == ()


def test_a_move_to_where_the_physician_has_a_license_too_changes_nothing(session, course_clinic, plan):
    dates = plan_dates(session, plan)
    move_to_new_jersey(session, plan)
    assert len(dates) == 6
    assert told(session, plan) == ()


def test_a_license_counts_through_its_last_day_where_the_patient_is(session, course_clinic, plan):
    dates = plan_dates(session, plan)
    end_license(session, course_clinic.okafor, state="FL", until=dates[3].starts_at.date())
    assert [each.appointment_id for each in course_problems(session, plan, now=NOW)] == [
        visit.id for visit in dates[4:]
    ]
    assert len(told(session, plan)) == 2


def test_only_dates_to_come_that_are_promised_are_judged(session, course_clinic, plan):
    first, *others = plan_dates(session, plan)
    leave(session, course_clinic.okafor)
    later = first.starts_at + timedelta(minutes=1)
    assert {each.appointment_id for each in course_problems(session, plan, now=later)} == {each.id for each in others}
    assert course_problems(session, plan, now=others[-1].starts_at) == ()


def test_the_visits_to_the_physician_are_no_dates_of_the_course(session, course_clinic):
    colleague, _ = course_clinic.physician("Dr. Bea Lindqvist")
    plan = course_clinic.plan(Phase.MAINTENANCE, since=on("2026-08-03"))
    take(session, plan, at=on("2026-10-12"))
    book(session, plan, at=on("2026-12-01"), kind="follow_up", physician_id=colleague.id)
    book(session, plan, at=on("2026-12-02"))
    leave(session, colleague)
    assert told(session, plan) == ()


def test_a_date_both_impossible_and_against_a_rule_is_told_of_once(session, course_clinic):
    colleague, _ = course_clinic.physician("Dr. Bea Lindqvist")
    plan = course_clinic.plan(Phase.MAINTENANCE, since=on("2026-08-03"))
    take(session, plan, at=on("2026-10-12"))
    book(session, plan, at=on("2026-12-01"))
    book(session, plan, at=on("2026-12-03"), physician_id=colleague.id)
    assert "after the visit on Tue Dec 1" in told(session, plan)[0]
    leave(session, colleague)
    assert told(session, plan) == ("The visit on Thu Dec 3: Dr. Bea Lindqvist does not see patients any more.",)


def test_a_visit_that_is_over_without_an_outcome_counts_for_both_as_taken(session, course_clinic):
    plan = course_clinic.plan(Phase.MAINTENANCE, since=on("2026-08-03"))
    take(session, plan, at=on("2026-10-12"))
    book(session, plan, at=on("2026-11-20"))
    book(session, plan, at=on("2026-11-30"))
    [sentence] = told(session, plan)
    assert "10 days after the visit on Fri Nov 20" in sentence


@pytest.mark.parametrize("seed", range(6))
def test_everybody_is_told_the_same_whatever_happened(session, course_clinic, seed):
    chance = random.Random(seed)  # noqa: S311 - courses made up alike in every run
    colleague, _ = course_clinic.physician("Dr. Bea Lindqvist")
    floridian = course_clinic.clinic.physician("Dr. Flora Only", states=("FL",))
    phase = [Phase.INDUCTION, Phase.MAINTENANCE, Phase.TAPER][seed % 3]
    plan = course_clinic.plan(phase, since=on("2026-10-05"))
    workdays = [date(2026, 10, 6) + timedelta(days=n) for n in range(40) if n % 7 not in {4, 5}]
    for day in sorted(chance.sample(workdays, 3)):
        take(session, plan, at=on(day))
    coming = [date(2026, 11, 24) + timedelta(days=n) for n in range(35) if n % 7 not in {4, 5}]
    for day in sorted(chance.sample(coming, 5)):
        doctor = chance.choice([course_clinic.okafor, colleague, floridian])
        book(session, plan, at=on(day), physician_id=doctor.id)
    if seed % 2:
        prefer(session, plan, support_hours=[[n, "09:00", "17:00"] for n in chance.sample(range(5), 3)])
    leave(session, colleague)
    move_to_new_jersey(session, plan)
    assert told(session, plan)


@pytest.mark.parametrize(
    ("is_active", "words"),
    [
        (False, "The visit on Mon Nov 23: Dr. Ito does not see patients any more."),
        (True, "The visit on Mon Nov 23: Dr. Ito has no New Jersey license on that day."),
    ],
)
def test_what_cannot_take_place_is_said_in_plain_words_with_the_patients_own_day(is_active, words):
    half_past_eleven_at_night = datetime(2026, 11, 24, 4, 30, tzinfo=UTC)
    said = cannot_take_place(
        half_past_eleven_at_night, zone="America/New_York", physician="Dr. Ito", is_active=is_active, state="NJ"
    )
    assert said == words
