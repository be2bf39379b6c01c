"""One patient's program: opened, planned by the planner, followed through its phases, tapered and ended."""

from dataclasses import dataclass
from datetime import date, time, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.casework import set_status
from clinic.cli.demo.journey import INITIAL
from clinic.dashboards.deciding import taper_readings
from clinic.kernel.actor import Actor
from clinic.kernel.errors import DomainError
from clinic.medication.queries.ledger import balance_of
from clinic.people import queries as people
from clinic.people.rules import PatientStatus
from clinic.scheduling.models import Appointment
from clinic.scheduling.rules.states import CancelReason
from clinic.simulation.visits import SESSION
from clinic.simulation.world import Patient
from clinic.treatment import actions as treatment
from clinic.treatment import queries as plans
from clinic.treatment.actions.changing import change_plan
from clinic.treatment.actions.courses import commit_course
from clinic.treatment.actions.tapers import Asked, complete_taper, hold_step, start_taper, take_step
from clinic.treatment.errors import CourseRefused
from clinic.treatment.queries.courses import course_problems, propose_course
from clinic.treatment.queries.tapers import TaperView, taper_limits, taper_of
from clinic.treatment.rules.courses import CourseWish
from clinic.treatment.rules.phases import Phase
from clinic.treatment.rules.tapers import DECIDED, Returned, gate

_ELSEWHERE = "The course so far was with another clinic; its records were read."
_AGREED = "Agreed with the patient at the last visit."
_LATER = "Visits fell out; talked through with the patient."
_LEFT = "Wishes to end the care here."
_INDICATIONS = ("Depression", "Anxiety", "PTSD")
_SUPPORT = (("Jordan Ellis", "+13055550171"), ("Robin Castillo", "+12015550172"), ("Sam Novak", "+18505550173"))
_AFTERNOONS = [[day, "12:00", "20:00"] for day in range(6)]
_GAPS = (30, 45, 60)
_SUPPLIED = timedelta(days=7)
_DAY = timedelta(days=1)
_MONTH = timedelta(days=30)
_HELD = timedelta(days=14)
_LONGER, _LONGEST = 14, 56
"""A physician lets an induction take so many days more, up to twice the usual four weeks."""

_STEPS_ALL_THE_SAME = 0.8
_ROUND = time(8, 40)


@dataclass
class Program:
    """The plan and what its people decide about it."""

    patient: Patient
    plan_id: UUID | None = None
    taken: int = 0
    refusals: int = 0
    is_asked: bool = False

    def follow(self, visit: Appointment) -> None:
        """Do what follows a visit that took place."""
        patient = self.patient
        if visit.visit_type_code == INITIAL:
            patient.physician_id = visit.physician_id
            if patient.is_established:
                patient.later(self.take_over, minutes=(5, 20))
            elif patient.happens(patient.world.behavior.suited):
                patient.later(self.begin, minutes=(5, 20))
            return
        if visit.visit_type_code.endswith(SESSION):
            self.taken += 1
            patient.supply.take(visit)
            patient.later(self._go_on, minutes=(30, 90))

    def begin(self) -> None:
        """Let the physician open the plan after the first visit, order, and let the desk plan the dates."""
        indication = self.patient.chance.choice(_INDICATIONS)
        self._open(by=self.patient.physician, indication=indication)
        self.enter(Phase.INDUCTION, "")
        self._arrange()

    def take_over(self) -> None:
        """Let the desk and the physician take up somebody who was treated elsewhere, after the first visit here."""
        world, chance = self.patient.world, self.patient.chance
        ago = timedelta(days=chance.randint(14, 40))
        self._open(by=world.desk.anybody(), prior=(chance.randint(6, 12), world.today - ago))
        for phase in (Phase.INDUCTION, Phase.MAINTENANCE):
            self.enter(phase, _ELSEWHERE)
        self._arrange()

    def _open(self, *, by: Actor, indication: str | None = None, prior: tuple[int, date | None] = (0, None)) -> None:
        patient = self.patient
        with patient.world.begin(by) as session:
            assert patient.physician_id is not None
            row = treatment.open_plan(
                session,
                patient_id=patient.id,
                physician_id=patient.physician_id,
                indication=indication,
                prior_sessions=prior[0],
                prior_session_on=prior[1],
                by=by,
                now=patient.world.now,
            )
            self.plan_id = row.id

    def _arrange(self) -> None:
        """Plan what follows a new plan: the support person, an order, a membership, dates, and the months ahead."""
        patient = self.patient
        self._note_wishes()
        patient.later(patient.supply.order, minutes=(5, 30))
        if patient.happens(patient.world.behavior.joins):
            patient.later(patient.membership.join, minutes=(10, 60))
        patient.later(self._plan_first, minutes=(60, 120))
        patient.at(patient.world.now + _MONTH, self._look_at_month)

    def _note_wishes(self) -> None:
        patient, by = self.patient, self.patient.world.desk.anybody()
        name, number = patient.chance.choice(_SUPPORT)
        hours = _AFTERNOONS if patient.happens(patient.world.behavior.works_by_day) else []
        with patient.world.begin(by) as session:
            plan = plans.plan(session, self._id())
            treatment.set_preferences(
                session,
                plan_id=plan.id,
                patient_hours=hours,
                are_patient_hours_strict=False,
                support_name=name,
                support_phone=number,
                support_hours=[],
                place=None,
                version=plan.version,
                by=by,
                now=patient.world.now,
            )

    def _plan_first(self) -> None:
        """Plan the first dates, unless the task about them was quicker."""
        with self.patient.world.desk.stage.read() as session:
            missing = not plans.progress(session, plans.plan(session, self._id()), now=self.patient.world.now).planned
        if missing:
            self.plan_dates()

    def plan_dates(self) -> bool:
        """Let a coordinator book what the planner proposes, and tell whether anything was; else try again in days."""
        patient, world, by = self.patient, self.patient.world, self.patient.world.desk.anybody()
        booked: tuple[Appointment, ...] = ()
        try:
            booked = self._book_proposed(by)
        except CourseRefused as refusal:
            world.proposals.note(refusal)
            world.counts[f"refused: {refusal.code}"] += 1
        except DomainError as refusal:
            world.counts[f"refused: {refusal.code}"] += 1
        for visit in booked:
            patient.visits.expect(visit)
        world.counts["courses planned" if booked else "courses without dates"] += 1
        return bool(booked)

    def _book_proposed(self, by: Actor) -> tuple[Appointment, ...]:
        world = self.patient.world
        with world.begin(by) as session:
            found = propose_course(session, plan_id=self._id(), wish=self._wish(), now=world.now, by=by)
            if found.refusal is None:
                world.proposals.tried += 1
                return commit_course(
                    session,
                    plan_id=found.plan_id,
                    visits=found.chosen(),
                    version=found.plan_version,
                    by=by,
                    now=world.now,
                    ring=world.desk.stage.runtime.link_ring,
                )
        if any(way.wish is None for way in found.refusal.relaxations):
            self._ask_physician()
        return ()

    def _ask_physician(self) -> None:
        """Let the physician decide about an induction whose dates do not fit any more, once for each question."""
        if not self.is_asked:
            self.is_asked = True
            self.patient.later(self._decide_length, minutes=(30, 240))

    def _decide_length(self) -> None:
        """Let the course take longer, twice at most, and then go on as it is; the desk plans anew."""
        world, by = self.patient.world, self.patient.physician
        self.is_asked = False
        with world.begin(by) as session:
            plan = plans.plan(session, self._id())
            if plan.phase != Phase.INDUCTION:
                return
            most = plans.rules_of_plan(session, plan).induction.most_days
            is_longer = most < _LONGEST
            if is_longer:
                longer = {**plan.adjustments, "induction.most_days": most + _LONGER}
                change_plan(
                    session,
                    plan_id=plan.id,
                    adjustments=longer,
                    reason=_LATER,
                    version=plan.version,
                    by=by,
                    now=world.now,
                )
        world.counts["inductions made longer" if is_longer else "inductions ended early"] += 1
        if not is_longer:
            self.enter(Phase.MAINTENANCE, _LATER, cancel_visits=True)
        self.patient.later(self.plan_dates, minutes=(30, 90))

    def _wish(self) -> CourseWish:
        first = self.patient.world.today + (_SUPPLIED if not self.taken else _DAY)
        return CourseWish(first_day=first)

    def repair(self) -> bool:
        """Let a coordinator call off the dates that no longer fit, and plan them anew; tell whether any were found."""
        world = self.patient.world
        with world.desk.stage.read() as session:
            plan = plans.plan(session, self._id())
            broken = [each.appointment_id for each in course_problems(session, plan, now=world.now)]
        for visit_id in broken:
            self.patient.visits.call_off(visit_id, CancelReason.CLINIC_REQUEST)
        return self.plan_dates()

    def enter(self, phase: Phase, reason: str, *, cancel_visits: bool = False) -> None:
        """Let the physician lead the plan into a phase."""
        world, by = self.patient.world, self.patient.physician
        with world.begin(by) as session:
            plan = plans.plan(session, self._id())
            treatment.enter_phase(
                session,
                plan_id=plan.id,
                phase=phase,
                reason=reason,
                version=plan.version,
                by=by,
                now=world.now,
                cancel_visits=cancel_visits,
            )

    def _go_on(self) -> None:
        """Go on to maintenance after the last session of induction, and see to the supply."""
        with self.patient.world.desk.stage.read() as session:
            plan = plans.plan(session, self._id())
            is_done = plan.phase == Phase.INDUCTION and not self._missing(session, plan.id)
        if is_done:
            self.enter(Phase.MAINTENANCE, _AGREED)
        self.patient.supply.look()

    def _missing(self, session: Session, plan_id: UUID) -> int:
        """Return how many sessions of induction were not taken yet."""
        plan = plans.plan(session, plan_id)
        return max(0, plans.rules_of_plan(session, plan).induction.sessions - self.taken)

    def _look_at_month(self) -> None:
        """Let the month bring what it brings: an end, a taper, a pause, a card that fails."""
        patient, behavior = self.patient, self.patient.world.behavior
        if patient.happens(behavior.leaves_a_month):
            self.leave()
            return
        with patient.world.desk.stage.read() as session:
            phase = plans.plan(session, self._id()).phase
        if phase == Phase.MAINTENANCE and patient.happens(behavior.tapers_a_month):
            self._start_taper()
        patient.membership.month()
        patient.supply.examine_ahead()
        patient.supply.look()
        patient.at(patient.world.now + _MONTH, self._look_at_month)

    def leave(self) -> None:
        """Let the desk end the care of somebody who wishes so."""
        world, by = self.patient.world, self.patient.world.desk.team.coordinators[0]
        with world.begin(by) as session:
            version = people.patient(session, self.patient.id).version
            set_status(
                session,
                patient_id=self.patient.id,
                status=PatientStatus.DISCHARGED,
                reason=_LEFT,
                version=version,
                by=by,
                now=world.now,
            )
        self.patient.is_gone = True
        world.counts["left"] += 1

    def is_over(self, session: Session) -> bool:
        """Tell whether there are no more sessions to come."""
        return plans.plan(session, self._id()).phase in {Phase.AFTERCARE, Phase.ENDED}

    def _start_taper(self) -> None:
        world, by = self.patient.world, self.patient.physician
        with world.begin(by) as session:
            plan = plans.plan(session, self._id())
            start_taper(
                session,
                plan_id=plan.id,
                gaps_days=_GAPS,
                reason=_AGREED,
                version=plan.version,
                by=by,
                now=world.now,
            )
        self.patient.at(world.on_workday(after_days=_GAPS[0] + 1, at=_ROUND), self._step_taper)

    def _step_taper(self) -> None:
        """Let the physician take, hold or complete what is next, and look again a week later."""
        with self.patient.world.begin(self.patient.physician) as session:
            known = taper_of(session, self._id())
            goes_on = known is not None and known.is_running and self._decide(session, known)
        if goes_on:
            self.patient.at(self.patient.world.on_workday(after_days=7, at=_ROUND), self._step_taper)

    def _decide(self, session: Session, known: TaperView) -> bool:
        """Decide about the next step of a taper, and tell whether it goes on."""
        patient, now, today = self.patient, self.patient.world.now, self.patient.world.today
        asked = Asked(taper_id=known.taper.id, version=known.taper.version, by=patient.physician, now=now)
        step = next((each for each in known.steps if each.state not in DECIDED), None)
        if step is None:
            left = sum(each.units for each in balance_of(session, patient.id))
            returned = Returned.MAIL_BACK if left else Returned.NONE_LEFT
            complete_taper(session, units_left=left, returned=returned, cancel_visits=True, **asked)
            return False
        if step.planned_on <= today:
            readings = taper_readings(session, patient_id=patient.id, started_on=known.taper.started_on)
            looked = gate(readings, taper_limits(session), today=today)
            if looked.is_open or patient.happens(_STEPS_ALL_THE_SAME):
                take_step(session, number=step.number, gate=looked, reason=_AGREED, **asked)
            else:
                hold_step(session, number=step.number, gate=looked, until=today + _HELD, reason=_AGREED, **asked)
        return True

    def _id(self) -> UUID:
        assert self.plan_id is not None
        return self.plan_id
