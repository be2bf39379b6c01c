"""Booking a whole course of dates, all of it or nothing, told by one text."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.kernel.crypto import KeyRing
from clinic.kernel.transaction import whole
from clinic.scheduling.actions import book_with_course, lock_course
from clinic.scheduling.errors import NoSlot, NotCovered, UnknownPhysician, UnknownVisitType
from clinic.scheduling.models import Appointment
from clinic.scheduling.queries import visit_type
from clinic.scheduling.rules.purposes import VisitPurpose
from clinic.treatment.actions import texts
from clinic.treatment.actions.closing import settle_declined, withdraw_open_offer
from clinic.treatment.actions.ledger import note_plan
from clinic.treatment.actions.locking import lock_plan, require_live, require_planner
from clinic.treatment.actions.sessions import make_record
from clinic.treatment.errors import CourseProblem, CourseRefused, NothingChosen
from clinic.treatment.models import TreatmentPlan
from clinic.treatment.queries.candidates import course_facts
from clinic.treatment.queries.fitting import others_that_fit, troubles_of_chosen
from clinic.treatment.queries.plans import plan as plan_by_id
from clinic.treatment.rules.courses import ChosenVisit

MOST_VISITS = 40
_REFUSALS = (NoSlot, NotCovered, UnknownPhysician, UnknownVisitType)
_NOTHING_BOOKED = (
    "Nothing was booked, because these dates cannot be had as they are. Change what is marked, or plan again."
)


def commit_course(
    session: Session,
    *,
    plan_id: UUID,
    visits: Sequence[ChosenVisit],
    version: int,
    by: Actor,
    now: datetime,
    ring: KeyRing,
) -> tuple[Appointment, ...]:
    """Book every date in one transaction, and return the visits in time order; the patient gets one text.

    Each is judged again by the slot function, and all of them by the program's rules, under the locks of every
    calendar they touch. Raises CourseRefused with what is wrong and other times, and then nothing is booked;
    ChangedMeanwhile, PlanOver, PlanningNotAllowed, NothingChosen, PatientNotActive.
    """
    require_planner(session, by=by, patient_id=plan_by_id(session, plan_id).patient_id, now=now)
    plan = locked_for(session, plan_id=plan_id, visits=visits, version=version)
    return book_locked(session, plan, visits, by=by, now=now, ring=ring)


def locked_for(
    session: Session, *, plan_id: UUID, visits: Sequence[ChosenVisit], version: int | None = None
) -> TreatmentPlan:
    """Return the plan locked with every calendar that these dates touch; raises as `commit_course` does."""
    if not 1 <= len(visits) <= MOST_VISITS:
        raise NothingChosen(f"Choose 1 to {MOST_VISITS} dates.")
    patient_id = plan_by_id(session, plan_id).patient_id
    lock_course(session, physician_ids={visit.physician_id for visit in visits}, patient_id=patient_id)
    plan = lock_plan(session, plan_id, version=version)
    require_live(plan)
    return plan


def book_locked(
    session: Session, plan: TreatmentPlan, visits: Sequence[ChosenVisit], *, by: Actor, now: datetime, ring: KeyRing
) -> tuple[Appointment, ...]:
    """Do what `commit_course` does, under the locks, for whoever may: a patient who takes an offer, too."""
    try:
        with whole(session):
            return _Booking(session, plan, by=by, now=now, ring=ring).carry_out(visits)
    except CourseRefused as refusal:
        raise _with_alternatives(session, plan, visits, refusal=refusal, by=by, now=now) from None


@dataclass(frozen=True, slots=True)
class _Booking:
    """One course being booked, under the locks."""

    session: Session
    plan: TreatmentPlan
    by: Actor
    now: datetime
    ring: KeyRing

    def carry_out(self, visits: Sequence[ChosenVisit]) -> tuple[Appointment, ...]:
        """Book all and tell of it, or raise CourseRefused with everything that is wrong."""
        problems = troubles_of_chosen(self.session, course_facts(self.session, self.plan, now=self.now), visits)
        booked: list[Appointment] = []
        for index, visit in sorted(enumerate(visits), key=lambda each: each[1].starts_at):
            try:
                booked.append(self._book(visit))
            except _REFUSALS as refusal:
                # What the calendar says is more to the point than what it would do to the course.
                problems[index] = CourseProblem(index, refusal.message, getattr(refusal, "alternatives", ()))
        if problems:
            raise CourseRefused(_NOTHING_BOOKED, problems=[problems[index] for index in sorted(problems)])
        self._follow(booked)
        return tuple(booked)

    def _book(self, visit: ChosenVisit) -> Appointment:
        made = book_with_course(
            self.session,
            visit_type_code=visit.visit_type,
            patient_id=self.plan.patient_id,
            physician_id=visit.physician_id,
            starts_at=visit.starts_at,
            by=self.by,
            now=self.now,
            ring=self.ring,
        )
        if visit_type(self.session, visit.visit_type).purpose == VisitPurpose.SESSION:
            make_record(self.session, plan=self.plan, appointment_id=made.id, by=self.by, now=self.now)
        return made

    def _follow(self, booked: Sequence[Appointment]) -> None:
        session, plan, by, now = self.session, self.plan, self.by, self.now
        plan.touch(by=by, now=now)
        session.flush()
        note_plan(session, plan, "plan.dates_booked", now=now, appointment_ids=[str(visit.id) for visit in booked])
        withdraw_open_offer(session, plan, by=by, now=now)
        settle_declined(session, plan, by=by, now=now)
        texts.tell_booked(session, plan, booked, by=by, now=now, ring=self.ring)


def _with_alternatives(
    session: Session,
    plan: TreatmentPlan,
    visits: Sequence[ChosenVisit],
    *,
    refusal: CourseRefused,
    by: Actor,
    now: datetime,
) -> CourseRefused:
    """Return the refusal with other times for each date that go with the rest of the course, as far as there are."""
    facts = course_facts(session, plan, now=now)
    wrong = [problem.index for problem in refusal.problems]
    fitting = others_that_fit(session, facts, visits, wrong=wrong, by=by)
    problems = [replace(problem, alternatives=fitting.get(problem.index, ())) for problem in refusal.problems]
    return CourseRefused(refusal.message, problems=problems)
