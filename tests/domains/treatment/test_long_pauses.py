"""After too long a pause no session is booked, by anybody and anywhere, before a new visit and new signatures."""

from datetime import UTC, date, datetime, timedelta

import pytest

from clinic.consents.queries.standing import standing_of
from clinic.people.models import Patient
from clinic.people.queries.pauses import care_pause
from clinic.scheduling import actions as scheduling
from clinic.scheduling.errors import NotOffered
from clinic.scheduling.queries import course_slots, find_slots
from clinic.scheduling.rules.pausing import Lacking, open_until, pause_of
from clinic.scheduling.rules.slots import RemovalReason
from clinic.treatment.actions.courses import commit_course
from clinic.treatment.actions.resting import lift_pause
from clinic.treatment.actions.watching import watch_course, watch_courses
from clinic.treatment.errors import NothingToLift, PhysicianDecides, ReasonTooShort
from clinic.treatment.queries.courses import propose_course
from clinic.treatment.rules.courses import CourseWish
from clinic.treatment.rules.phases import Phase
from tests.domains.consents.form_makers import Forms
from tests.domains.readiness.ready import arrive
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW, RING
from tests.domains.treatment.plan_makers import BECAUSE, book, on, take

LAST, DAY_90, DAY_91 = "2026-08-24", "2026-11-22", "2026-11-23"
"""The last session, the last day on which the course may go on, and the day after it, which is today."""


@pytest.fixture
def plan(session, course_clinic):
    plan = course_clinic.plan(Phase.MAINTENANCE, since=NOW - timedelta(days=200))
    take(session, plan, at=on(LAST))
    return plan


@pytest.fixture
def rested(session, plan):
    watch_course(session, plan=plan, by=COORDINATOR, now=NOW)
    return plan


def free(session, plan, *, now=NOW):
    return find_slots(
        session,
        visit_type_code="touch_up_session",
        patient_id=plan.patient_id,
        first_day=now.date(),
        last_day=now.date() + timedelta(days=7),
        now=now,
    )


def see(session, plan):
    at, now = on("2026-11-24"), on("2026-11-25")
    visit = book(session, plan, at=at, kind="follow_up", now=NOW)
    watch_course(session, plan=plan, by=COORDINATOR, now=NOW)
    scheduling.arrive(session, appointment_id=visit.id, by=COORDINATOR, now=at)
    scheduling.complete(session, appointment_id=visit.id, by=COORDINATOR, now=visit.ends_at)
    watch_course(session, plan=plan, by=COORDINATOR, now=now)


@pytest.mark.parametrize(
    ("lacking", "words"), [(Lacking.VISIT, "a physician visit has to"), (Lacking.FORMS, "the forms have to")]
)
def test_a_pause_names_the_rule_its_value_what_lacks_and_who_may_lift_it(lacking, words):
    said = pause_of(date(2026, 8, 24), 90, lacking=lacking).words
    for part in ("Aug 24, 2026", "allows 90 days", words, "a physician of the patient may lift"):
        assert part in said


@pytest.mark.parametrize(
    ("booked", "until"),
    [
        ((), "2026-11-22"),
        (("2026-11-22",), "2027-02-20"),
        (("2026-11-23",), "2026-11-22"),
        (("2027-02-20", "2026-10-05"), "2027-01-03"),
        (("2027-01-03", "2026-10-05"), "2027-04-03"),
        (("2026-08-30",), "2026-11-28"),
    ],
)
def test_a_session_that_is_booked_while_the_course_is_open_counts_as_taken(booked, until):
    found = open_until(date.fromisoformat(DAY_90), 90, [date.fromisoformat(day) for day in booked])
    assert found == date.fromisoformat(until)


def test_neither_search_nor_booking_nor_overbooking_gives_a_session(session, rested):
    found = free(session, rested)
    assert found.slots == ()
    assert found.removed[RemovalReason.LONG_PAUSE] > 0
    assert "allows 90 days" in " ".join(found.sentences)
    with pytest.raises(NotOffered, match="physician sees the patient first") as refused:
        book(session, rested, at=on("2026-11-30"))
    assert refused.value.reason == RemovalReason.LONG_PAUSE
    assert book(session, rested, at=on("2026-11-30"), kind="follow_up")


def test_ninety_days_are_not_too_long_and_a_visit_ahead_opens_the_days_after_it(session, plan):
    yesterday = NOW - timedelta(days=3)
    watch_course(session, plan=plan, by=COORDINATOR, now=yesterday)
    assert care_pause(session, plan.patient_id).closed_after == date.fromisoformat(DAY_90)
    with pytest.raises(NotOffered):
        book(session, plan, at=on("2026-11-27"), now=yesterday)
    assert book(session, plan, at=on("2026-11-24"), kind="follow_up", now=yesterday)
    assert book(session, plan, at=on("2026-11-27"), now=yesterday)


def test_a_session_ahead_opens_the_days_after_it_but_not_for_its_own_move(session, plan):
    now = NOW - timedelta(days=14)
    watch_course(session, plan=plan, by=COORDINATOR, now=now)
    ahead = book(session, plan, at=on("2026-11-18"), now=now)
    assert book(session, plan, at=on("2026-12-16"), now=now)
    with pytest.raises(NotOffered, match="physician sees the patient first"):
        scheduling.move(
            session,
            appointment_id=ahead.id,
            physician_id=ahead.physician_id,
            starts_at=on("2026-11-25"),
            version=ahead.version,
            by=COORDINATOR,
            now=now,
            ring=RING,
        )


def test_a_visit_that_took_place_opens_the_course_where_there_is_nothing_to_sign(session, rested):
    see(session, rested)
    assert free(session, rested, now=on("2026-11-25")).slots


def test_what_was_signed_before_the_pause_is_signed_anew(session, rested):
    forms, patient = Forms(session, now=NOW - timedelta(days=200)), session.get_one(Patient, rested.patient_id)
    forms.sign_all(patient)
    own = [rested.patient_id]
    assert standing_of(session, own, NOW)[rested.patient_id].is_complete
    see(session, rested)
    after = on("2026-11-25")
    assert not standing_of(session, own, after)[rested.patient_id].is_complete
    with pytest.raises(NotOffered, match="forms have to be signed anew"):
        book(session, rested, at=on("2026-11-30"), now=after)
    forms.now = after
    forms.sign_all(patient)
    assert standing_of(session, own, after)[rested.patient_id].is_complete
    assert book(session, rested, at=on("2026-11-30"), now=after)


def test_a_physician_lifts_it_with_a_reason_and_only_for_this_pause(session, course_clinic, rested):
    asked = {"plan_id": rested.id, "by": course_clinic.doctor, "now": NOW}
    with pytest.raises(PhysicianDecides):
        lift_pause(session, **asked | {"by": COORDINATOR}, reason=BECAUSE, version=rested.version)
    with pytest.raises(ReasonTooShort):
        lift_pause(session, **asked, reason=" ", version=rested.version)
    lift_pause(session, **asked, reason=BECAUSE, version=rested.version)
    with pytest.raises(NothingToLift):
        lift_pause(session, **asked, reason=BECAUSE, version=rested.version)
    watch_course(session, plan=rested, by=COORDINATOR, now=NOW)
    take(session, rested, at=on("2026-11-25"), now=NOW)
    watch_course(session, plan=rested, by=COORDINATOR, now=on("2027-03-01"))
    assert care_pause(session, rested.patient_id).lifted_at is None


def test_the_look_over_all_plans_writes_what_no_change_of_a_visit_told(session, plan):
    watch_courses(session, by=COORDINATOR, now=NOW)
    assert care_pause(session, plan.patient_id).last_on == date.fromisoformat(LAST)


def test_the_planner_proposes_no_session_between_the_last_open_day_and_a_visit_that_is_booked_after_it(
    session, course_clinic
):
    plan = course_clinic.plan(Phase.MAINTENANCE, since=NOW - timedelta(days=200))
    take(session, plan, at=on("2026-08-27"))
    seen = book(session, plan, at=on("2026-12-07"), kind="follow_up", now=NOW)
    watch_course(session, plan=plan, by=COORDINATOR, now=NOW)
    assert care_pause(session, plan.patient_id).closed_after == date(2026, 11, 25)
    for first_day in (None, date(2026, 11, 26)):
        found = propose_course(session, plan_id=plan.id, wish=CourseWish(first_day=first_day), now=NOW).chosen()
        sessions = [visit.starts_at for visit in found if visit.visit_type == "touch_up_session"]
        assert sessions
        assert all(at.date() <= date(2026, 11, 25) or at > seen.starts_at for at in sessions)
        with session.begin_nested() as taken_back:
            assert commit_course(
                session, plan_id=plan.id, visits=found, version=plan.version, by=COORDINATOR, now=NOW, ring=RING
            )
            taken_back.rollback()


def test_a_session_that_goes_on_counts_as_taken_while_the_next_is_planned(session, course_clinic):
    plan = course_clinic.plan(Phase.MAINTENANCE, since=NOW - timedelta(days=200))
    take(session, plan, at=on("2026-09-10"))
    going_on = book(session, plan, at=NOW.replace(minute=0), kind="touch_up_session", now=NOW - timedelta(days=1))
    arrive(session, appointment_id=going_on.id, by=COORDINATOR, now=NOW)
    watch_course(session, plan=plan, by=COORDINATOR, now=NOW)
    assert care_pause(session, plan.patient_id).closed_after == date(2026, 12, 9)
    found = propose_course(session, plan_id=plan.id, wish=CourseWish(), now=NOW).chosen()
    assert any(visit.starts_at.date() > date(2026, 12, 9) for visit in found if visit.visit_type == "touch_up_session")
    assert commit_course(
        session, plan_id=plan.id, visits=found, version=plan.version, by=COORDINATOR, now=NOW, ring=RING
    )


def test_a_visit_that_is_being_moved_ends_no_pause_where_it_was(session, course_clinic):
    plan = course_clinic.plan(Phase.MAINTENANCE, since=NOW - timedelta(days=200))
    take(session, plan, at=on("2026-08-27"))
    seen = book(session, plan, at=on("2026-12-07"), kind="follow_up", now=NOW)
    watch_course(session, plan=plan, by=COORDINATOR, now=NOW)

    def sessions_of(beside):
        days = {"first_day": date(2026, 11, 23), "last_day": date(2026, 12, 11)}
        wanted = {"patient_id": plan.patient_id, "visit_type_codes": ["touch_up_session"], "now": NOW}
        found = course_slots(session, **wanted, **days, beside=beside).found["touch_up_session"].slots
        return {datetime.fromtimestamp(time.starts_at, UTC).date() for time in found}

    closed = {date(2026, 11, 26) + timedelta(days=days) for days in range(11)}
    assert not sessions_of(()) & closed
    assert sessions_of(()) & {date(2026, 11, 25), date(2026, 12, 8)} == {date(2026, 11, 25), date(2026, 12, 8)}
    assert sessions_of((seen.id,)) & closed
