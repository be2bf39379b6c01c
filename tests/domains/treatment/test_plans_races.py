"""Two people on one plan, on real commits: one is first, the other hears of it, nothing is lost or doubled."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from clinic import casework
from clinic.people.rules import PatientStatus
from clinic.scheduling import actions as scheduling
from clinic.scheduling.rules.states import CancelReason
from clinic.treatment import actions
from clinic.treatment.models import PlanPhase, ProtocolVersion, TreatmentPlan, TreatmentSession
from clinic.treatment.queries import protocols
from clinic.treatment.rules.phases import Phase
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW, RING
from tests.domains.scheduling.crowd import DEADLOCKS, kinds, together
from tests.domains.treatment.plan_makers import BECAUSE, CourseClinic, book, on


class Ward:
    """A committed clinic with one plan, and what people do to it, each in a transaction of its own."""

    def __init__(self, database, phase=Phase.INDUCTION):
        self.database = database
        with database.begin(by=COORDINATOR) as session:
            made = CourseClinic(session)
            self.doctor, self.admin, self.okafor = made.doctor, made.admin, made.okafor
            self.ana, self.bea = made.patient(agrees=False), made.patient(agrees=False)
            self.plan = made.plan(phase, patient=self.ana)

    def run(self, verb, *, by=None, now=NOW, **wanted):
        def call():
            with self.database.begin(by=by or self.doctor) as session:
                return verb(session, by=by or self.doctor, now=now, **wanted)

        return call

    def enter(self, phase, **changes):
        wanted = {"plan_id": self.plan.id, "reason": BECAUSE, "version": self.plan.version}
        return self.run(actions.enter_phase, phase=phase, **(wanted | changes))

    def open(self, patient):
        wanted = {"patient_id": patient.id, "physician_id": self.okafor.id}
        return self.run(actions.open_plan, by=COORDINATOR, **wanted)

    def book(self, at):
        with self.database.begin(by=COORDINATOR) as session:
            return book(session, self.plan, at=at)

    def scalar(self, question):
        with self.database.engine.connect() as connection:
            return connection.scalar(question)


@pytest.fixture
def ward(database):
    made = Ward(database)
    yield made
    assert made.scalar(DEADLOCKS) == 0


def test_of_ten_who_open_a_plan_one_does(ward):
    results = together(*(ward.open(ward.bea) for _ in range(10)))
    assert kinds(results) == {"TreatmentPlan": 1, "AlreadyHasPlan": 9}
    mine = select(func.count()).select_from(TreatmentPlan).where(TreatmentPlan.patient_id == ward.bea.id)
    assert ward.scalar(mine) == 1


def test_of_two_phases_wanted_at_once_one_is_entered(ward):
    results = together(*[ward.enter(phase) for phase in (Phase.MAINTENANCE, Phase.TAPER) for _ in range(3)])
    assert kinds(results) == {"TreatmentPlan": 1, "ChangedMeanwhile": 5}
    assert ward.scalar(select(func.count()).select_from(PlanPhase)) == 3


def test_wishes_and_decisions_at_once_are_one_change_and_one_refusal(ward):
    wishes = ward.run(
        actions.set_preferences,
        by=COORDINATOR,
        plan_id=ward.plan.id,
        version=ward.plan.version,
        patient_hours=[],
        are_patient_hours_strict=True,
        support_name="Luz Invented",
        support_phone=None,
        support_hours=[],
        place=None,
    )
    decision = ward.run(
        actions.change_plan,
        plan_id=ward.plan.id,
        version=ward.plan.version,
        indication="Low mood",
        reason="Seen by video",
    )
    results = together(wishes, decision)
    assert kinds(results) == {"TreatmentPlan": 1, "ChangedMeanwhile": 1}
    (refused,) = [each for each in results if isinstance(each, Exception)]
    assert refused.who in {"Dana Reyes", "Dr. Amara Okafor"}


def test_workers_who_follow_one_visit_make_one_record(ward):
    visit = ward.book(on("2026-11-25"))
    follow = ward.run(actions.follow_visit, by=COORDINATOR, appointment_id=visit.id)
    assert kinds(together(*[follow] * 8)) == {"TreatmentPlan": 8}
    assert ward.scalar(select(func.count()).select_from(TreatmentSession)) == 1


def test_a_worker_and_a_phase_agree_on_where_a_visit_belongs(ward):
    visit = ward.book(on("2026-12-15"))
    follow = ward.run(actions.follow_visit, by=COORDINATOR, appointment_id=visit.id)
    results = together(follow, ward.enter(Phase.MAINTENANCE), follow)
    assert kinds(results) == {"TreatmentPlan": 3}
    assert ward.scalar(select(TreatmentSession.phase)) == "maintenance"


def test_ending_a_plan_and_canceling_or_moving_its_visits_never_wait_for_each_other(ward):
    visits = [ward.book(on(f"2026-12-{day:02}")) for day in (1, 8, 15)]
    cancel = ward.run(
        scheduling.cancel, by=COORDINATOR, appointment_id=visits[1].id, reason=CancelReason.CLINIC_REQUEST
    )
    where = {"physician_id": ward.okafor.id, "starts_at": on("2026-12-16"), "ring": RING}
    move = ward.run(scheduling.move, by=COORDINATOR, appointment_id=visits[2].id, **where)
    results = together(ward.enter(Phase.ENDED, cancel_visits=True), cancel, move)
    assert not [each for each in results[:2] if isinstance(each, Exception)]
    assert ward.scalar(text("select count(*) from appointment where state = 'booked'")) == 0


def test_a_discharge_and_a_phase_leave_one_ended_plan(ward):
    discharge = ward.run(
        casework.set_status,
        by=COORDINATOR,
        patient_id=ward.ana.id,
        status=PatientStatus.DISCHARGED,
        reason="Moved abroad",
        version=ward.ana.version,
    )
    results = together(discharge, ward.enter(Phase.MAINTENANCE))
    assert kinds(results)["Patient"] == 1
    assert ward.scalar(select(TreatmentPlan.phase).where(TreatmentPlan.id == ward.plan.id)) == "ended"


def test_two_authors_of_one_protocol_never_share_a_number(ward):
    with ward.database.begin(by=COORDINATOR) as session:
        standard = protocols(session)[0]
    names = [f"Program {letter}" for letter in "ABCDEF"]
    writes = [
        ward.run(
            actions.publish_protocol,
            by=ward.admin,
            protocol_id=standard.id,
            name=name,
            protocol=standard.protocol,
            reason="Another name",
            based_on=1,
        )
        for name in names
    ]
    assert kinds(together(*writes)) == {"ProtocolVersion": 1, "ChangedMeanwhile": 5}
    assert ward.scalar(select(func.count()).select_from(ProtocolVersion)) == 2


def test_a_phase_entered_later_than_it_was_seen_is_refused_even_without_a_race(ward):
    ward.enter(Phase.MAINTENANCE)()
    late = together(ward.enter(Phase.TAPER, now=NOW + timedelta(hours=1)))
    assert kinds(late) == {"ChangedMeanwhile": 1}
