"""Planners, patients and a walk-in at the same slots, on real commits: whole courses or nothing, no overlap."""

from datetime import timedelta
from itertools import count
from threading import Thread

import pytest
from sqlalchemy import event, func, select

from clinic.kernel.outbox import Outbox
from clinic.messaging.models import Message
from clinic.scheduling import actions as scheduling
from clinic.scheduling.models import Appointment
from clinic.scheduling.rules.states import CancelReason
from clinic.treatment.actions.courses import commit_course
from clinic.treatment.actions.offers import offer_courses, take_offer
from clinic.treatment.actions.reflowing import accept_reflow
from clinic.treatment.errors import CourseRefused
from clinic.treatment.models import TreatmentSession
from clinic.treatment.queries.courses import alternative_courses, course_problems, propose_course
from clinic.treatment.queries.plans import plan as plan_by_id
from clinic.treatment.queries.reflow import propose_reflow
from clinic.treatment.rules.courses import ChosenVisit, CourseWish
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW, RING
from tests.domains.scheduling.crowd import DEADLOCKS, OVERLAPS, WAITING, kinds, together
from tests.domains.treatment.plan_makers import CourseClinic, on

PATIENTS = 5


class Practice:
    """A committed clinic with courses, and what people do in it, each in a transaction of its own."""

    def __init__(self, database):
        self.database = database
        with database.begin(by=COORDINATOR) as session:
            clinic = CourseClinic(session)
            self.okafor = clinic.okafor.id
            self.lindqvist = clinic.physician("Dr. Bea Lindqvist")[0].id
            patients = [clinic.patient(agrees=False) for _ in range(PATIENTS)]
            self.plans = [clinic.plan(patient=patient).id for patient in patients]
            self.walk_in = clinic.patient(agrees=False).id

    def run(self, verb, *, now=NOW, **wanted):
        def call():
            with self.database.begin(by=COORDINATOR) as session:
                return verb(session, by=COORDINATOR, now=now, **wanted)

        return call

    def proposal(self, plan_id, **wish):
        with self.database.begin(by=COORDINATOR) as session:
            return propose_course(session, plan_id=plan_id, wish=CourseWish(**wish), now=NOW)

    def commit(self, plan_id, visits, version=None):
        with self.database.begin(by=COORDINATOR) as session:
            seen = version or plan_by_id(session, plan_id).version
        return self.run(commit_course, plan_id=plan_id, visits=visits, version=seen, ring=RING)

    def book(self, starts_at, physician_id, patient_id=None):
        wanted = {"visit_type_code": "follow_up", "patient_id": patient_id or self.walk_in, "ring": RING}
        return self.run(scheduling.book_now, physician_id=physician_id, starts_at=starts_at, **wanted)

    def count(self, **which):
        wanted = select(func.count()).select_from(Appointment).filter_by(**which)
        return self.answer(wanted)

    def answer(self, question):
        with self.database.engine.connect() as connection:
            return connection.scalar(question)

    def patient_of(self, plan_id):
        with self.database.begin(by=COORDINATOR) as session:
            return plan_by_id(session, plan_id).patient_id

    def assert_sound(self):
        assert self.answer(OVERLAPS) == 0
        assert self.answer(DEADLOCKS) == 0
        for plan_id in self.plans:
            with self.database.begin(by=COORDINATOR) as session:
                assert course_problems(session, plan_by_id(session, plan_id), now=NOW) == ()


@pytest.fixture
def practice(database):
    made = Practice(database)
    yield made
    made.assert_sound()


def test_of_planners_with_the_same_course_one_gets_it_whole_and_the_others_nothing(practice):
    visits = practice.proposal(practice.plans[0]).chosen()
    results = together(*(practice.commit(plan_id, visits) for plan_id in practice.plans))
    assert kinds(results) == {"tuple": 1, "CourseRefused": PATIENTS - 1}
    assert practice.count() == len(visits)
    assert all(result.problems for result in results if isinstance(result, CourseRefused))


def test_two_planners_and_a_walk_in_race_for_the_same_slots(practice):
    one, other = practice.plans[:2]
    visits = practice.proposal(one).chosen()
    wanted = visits[4]
    results = together(
        practice.commit(one, visits),
        practice.commit(other, visits),
        practice.book(wanted.starts_at, wanted.physician_id),
    )
    whole = [result for result in results[:2] if isinstance(result, tuple)]
    assert len(whole) <= 1
    walked_in = isinstance(results[2], Appointment)
    assert practice.count() == len(visits) * len(whole) + walked_in
    assert walked_in or whole


def test_two_who_plan_one_patient_at_once_book_one_course(practice):
    plan_id = practice.plans[0]
    proposal = practice.proposal(plan_id)
    visits, version = proposal.chosen(), proposal.plan_version
    results = together(*(practice.commit(plan_id, visits, version) for _ in range(4)))
    assert kinds(results) == {"tuple": 1, "ChangedMeanwhile": 3}
    assert practice.count() == len(visits)


def test_courses_over_two_physicians_in_opposite_order_do_not_wait_for_each_other_forever(practice):
    days = ["2026-11-30", "2026-12-03", "2026-12-07", "2026-12-10"]
    doctors = [practice.okafor, practice.lindqvist]
    calls = []
    for place, plan_id in enumerate(practice.plans):
        at = [on(day, 9 + place) for day in days]
        pair = doctors if place % 2 else doctors[::-1]
        visits = [ChosenVisit("induction_session", pair[number % 2], start) for number, start in enumerate(at)]
        calls.append(practice.commit(plan_id, visits))
        calls.append(practice.book(at[place % 4], pair[0]))
    results = together(*calls)
    assert set(kinds(results)) <= {"tuple", "CourseRefused", "Appointment", "SlotTaken", "PatientBusy"}
    courses = sum(isinstance(result, tuple) for result in results)
    assert practice.count(visit_type_code="induction_session") == 4 * courses


def test_a_reflow_a_cancellation_and_a_walk_in_meet(practice):
    plan_id = practice.plans[0]
    made = practice.commit(plan_id, practice.proposal(plan_id).chosen())()
    sessions = [visit for visit in made if visit.visit_type_code == "induction_session"]
    where = {"physician_id": practice.okafor, "starts_at": on("2026-12-02", 10), "ring": RING}
    practice.run(scheduling.move, appointment_id=sessions[1].id, **where)()
    with practice.database.begin(by=COORDINATOR) as session:
        proposal = propose_reflow(session, plan_id=plan_id, now=NOW)
    keys = [row.key for row in proposal.changes]
    target = proposal.changes[-1]
    accept = practice.run(accept_reflow, plan_id=plan_id, rows=keys, fingerprint=proposal.fingerprint, ring=RING)
    reason = CancelReason.CLINIC_REQUEST
    results = together(
        accept,
        accept,
        practice.book(target.to_starts_at, target.physician_id),
        practice.run(scheduling.cancel, appointment_id=made[-1].id, reason=reason),
    )
    assert set(kinds(results)) <= {"tuple", "ChangedMeanwhile", "ReflowRefused", "Appointment", "SlotTaken"}
    assert kinds(results)["tuple"] <= 1
    with practice.database.begin(by=COORDINATOR) as session:
        again = propose_reflow(session, plan_id=plan_id, now=NOW)
    if again.is_needed:
        keys = [row.key for row in again.changes]
        practice.run(accept_reflow, plan_id=plan_id, rows=keys, fingerprint=again.fingerprint, ring=RING)()


def test_a_reflow_that_waited_for_a_colleague_sees_what_the_colleague_changed(practice):
    plan_id = practice.plans[0]
    made = practice.commit(plan_id, practice.proposal(plan_id).chosen())()
    sessions = [visit for visit in made if visit.visit_type_code == "induction_session"]
    where = {"physician_id": practice.okafor, "ring": RING, "by": COORDINATOR, "now": NOW}
    with practice.database.begin(by=COORDINATOR) as session:
        scheduling.move(session, appointment_id=sessions[1].id, starts_at=on("2026-12-02", 10), **where)
    with practice.database.begin(by=COORDINATOR) as session:
        proposal = propose_reflow(session, plan_id=plan_id, now=NOW)
    keys = [row.key for row in proposal.changes]
    accept = practice.run(accept_reflow, plan_id=plan_id, rows=keys, fingerprint=proposal.fingerprint, ring=RING)
    results = []
    with practice.database.sessions() as colleague:
        later = sessions[5].starts_at + timedelta(minutes=30)
        scheduling.move(colleague, appointment_id=sessions[5].id, starts_at=later, **where)
        waiting = Thread(target=lambda: results.extend(together(accept)))
        waiting.start()
        while not practice.answer(WAITING):
            pass
        colleague.commit()
        waiting.join()
    assert kinds(results) == {"ChangedMeanwhile": 1}
    with practice.database.begin(by=COORDINATOR) as session:
        again = propose_reflow(session, plan_id=plan_id, now=NOW)
    practice.run(
        accept_reflow,
        plan_id=plan_id,
        rows=[row.key for row in again.changes],
        fingerprint=again.fingerprint,
        ring=RING,
    )()


def test_an_offer_tapped_many_times_is_one_course(practice):
    plan_id = practice.plans[0]
    with practice.database.begin(by=COORDINATOR) as session:
        proposals = alternative_courses(session, plan_id=plan_id, wish=CourseWish(), now=NOW)
        offer = offer_courses(session, plan_id=plan_id, proposals=proposals, by=COORDINATOR, now=NOW, ring=RING)
        offer_id, sizes = offer.id, [len(one.new) for one in proposals]
    options = [number % len(sizes) for number in range(6)]
    results = together(*(practice.run(take_offer, offer_id=offer_id, option=one, ring=RING) for one in options))
    assert kinds(results) == {"tuple": 1, "OfferClosed": 5}
    assert practice.count() in sizes


class Died(Exception):
    """The process that was booking is gone."""


@pytest.mark.parametrize("point", range(1, 9))
def test_whoever_dies_between_two_bookings_leaves_nothing(practice, point):
    plan_id = practice.plans[0]
    visits = practice.proposal(plan_id).chosen()
    inserts = count(1)

    def die(_connection, _cursor, statement, *_):
        if statement.startswith("INSERT INTO appointment ") and next(inserts) == point:
            raise Died

    tables = (Appointment, TreatmentSession, Message, Outbox)
    before = [practice.answer(select(func.count()).select_from(table)) for table in tables]
    event.listen(practice.database.engine, "before_cursor_execute", die)
    with pytest.raises(Died):
        practice.commit(plan_id, visits)()
    event.remove(practice.database.engine, "before_cursor_execute", die)
    assert [practice.answer(select(func.count()).select_from(table)) for table in tables] == before
    assert before[:3] == [0, 0, 0]
    assert len(practice.commit(plan_id, visits)()) == len(visits)
