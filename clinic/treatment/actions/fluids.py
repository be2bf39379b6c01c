"""Deciding that nobody tells a patient to drink, and taking that back; texts that wait follow at once."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.people.actions import note_fluid_restriction
from clinic.people.queries import patient as patient_by_id
from clinic.scheduling.actions import plan_texts_again
from clinic.treatment.actions.ledger import write_pairs
from clinic.treatment.actions.locking import lock_plan, require_live, require_physician
from clinic.treatment.models import TreatmentPlan
from clinic.treatment.rules.plans import written_reason

FIELD = "is_fluid_restricted"


def restrict_fluids(
    session: Session, *, plan_id: UUID, is_restricted: bool, reason: str, version: int, by: Actor, now: datetime
) -> TreatmentPlan:
    """Write down whether the plan's patient is fluid-restricted; the same again changes nothing.

    Values before and after stay sealed with the plan. Every text that waits is planned anew in this transaction, with
    or without words about drinking. Raises PhysicianDecides, ReasonTooShort, PlanOver and ChangedMeanwhile.
    """
    plan = lock_plan(session, plan_id, version=version)
    require_physician(session, by=by, patient_id=plan.patient_id, now=now)
    require_live(plan)
    why, patient = written_reason(reason), patient_by_id(session, plan.patient_id)
    if not note_fluid_restriction(session, patient, is_restricted=is_restricted, now=now):
        return plan
    write_pairs(session, plan, {FIELD: [not is_restricted, is_restricted]}, reason=why, by=by, now=now)
    plan_texts_again(session, patient_id=patient.id, reason="patient_changed", by=by, now=now)
    return plan
