"""Going on after a long pause: the visit took place, the forms are signed, or a physician lifts what lacks."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.billing.actions.holding import release
from clinic.billing.models import Subscription
from clinic.billing.queries.subscriptions import living
from clinic.billing.rules.subscriptions import SubscriptionState
from clinic.handover.errors import RestartNotYet
from clinic.handover.queries.restarts import restart_of
from clinic.kernel.actor import Actor
from clinic.treatment.actions.locking import lock_plan, require_live, require_physician
from clinic.treatment.actions.pausing import resume_check_ins
from clinic.treatment.actions.resting import lift_pause
from clinic.treatment.models import TreatmentPlan


def restart(
    session: Session, *, plan_id: UUID, lifts: bool, reason: str, version: int, by: Actor, now: datetime
) -> TreatmentPlan:
    """Let a course go on after a pause: check-ins go on, and a medical hold of the membership ends.

    Raises RestartNotYet while something lacks, unless `lifts` with a reason; PhysicianDecides, PlanOver,
    ChangedMeanwhile, ReasonTooShort, NothingToLift, and WrongState for a hold that lasted too long.
    """
    plan = lock_plan(session, plan_id, version=version)
    require_physician(session, by=by, patient_id=plan.patient_id, now=now)
    require_live(plan)
    found = restart_of(session, plan, now=now)
    if found.lacking:
        if not lifts:
            raise RestartNotYet(f"{found.sentence} Tick the box and write why to go on all the same.", field="lifts")
        lift_pause(session, plan_id=plan.id, reason=reason, version=version, by=by, now=now)
    if plan.paused_until is not None:
        resume_check_ins(session, plan_id=plan.id, by=by, now=now)
    member = held_membership(session, plan.patient_id)
    if member is not None:
        release(session, member.id, reason=reason, by=by, now=now)
    return plan


def held_membership(session: Session, patient_id: UUID) -> Subscription | None:
    """Return the membership of a patient that is on medical hold."""
    found = living(session, patient_id)
    return found if found is not None and found.state == SubscriptionState.MEDICAL_HOLD else None
