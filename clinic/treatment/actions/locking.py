"""Locks in the one order, the patient and then the plan, and who may do what to it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.kernel.errors import ChangedMeanwhile
from clinic.people.queries import lock_patient, lock_patient_of
from clinic.scheduling.queries import appointment
from clinic.treatment.errors import PhysicianDecides, PlanningNotAllowed, PlanOver, UnknownPlan
from clinic.treatment.models import TreatmentPlan
from clinic.treatment.queries.plans import IS_LIVE, may_decide, may_plan
from clinic.treatment.rules.phases import Phase


def lock_plan(session: Session, plan_id: UUID, *, version: int | None = None) -> TreatmentPlan:
    """Return the plan as it is now, locked with its patient; raises UnknownPlan and ChangedMeanwhile.

    Whoever places visits in the same transaction locks their physicians before.
    """
    patient = lock_patient_of(session, TreatmentPlan, plan_id)
    locked = session.get(TreatmentPlan, plan_id, with_for_update=True, populate_existing=True) if patient else None
    if patient is None or locked is None:
        raise UnknownPlan
    if locked.patient_id != patient.id:
        raise ChangedMeanwhile("This record was just merged with another. Open the patient's record again.")
    if version is not None:
        locked.require_version(version)
    return locked


def lock_plan_of_visit(session: Session, appointment_id: UUID) -> TreatmentPlan | None:
    """Return the live plan of a visit's patient, locked with the patient, or None; raises UnknownAppointment.

    The visit itself is not locked: whoever changes visits holds the patient before.
    """
    visit, locked = appointment(session, appointment_id), None
    while locked != visit.patient_id:
        locked = lock_patient(session, visit.patient_id).id
        session.refresh(visit)  # Its record may have been merged while we waited.
    live = select(TreatmentPlan).where(TreatmentPlan.patient_id == visit.patient_id, IS_LIVE).with_for_update()
    return session.scalar(live, execution_options={"populate_existing": True})


def require_planner(session: Session, *, by: Actor, patient_id: UUID, now: datetime) -> None:
    """Raise PlanningNotAllowed unless the actor plans for this patient."""
    if not may_plan(session, actor=by, patient_id=patient_id, now=now):
        raise PlanningNotAllowed("Coordinators and the patient's physicians arrange this. Ask one of them.")


def require_physician(session: Session, *, by: Actor, patient_id: UUID, now: datetime) -> None:
    """Raise PhysicianDecides unless the actor is a physician of the patient's care team."""
    if not may_decide(session, actor=by, patient_id=patient_id, now=now):
        raise PhysicianDecides("A physician of this patient decides this. Ask one of them.")


def require_live(plan: TreatmentPlan) -> None:
    """Raise PlanOver for a plan that has ended."""
    if plan.phase == Phase.ENDED:
        raise PlanOver("This plan has ended, so it stays as it is. Open a new one to go on.")
