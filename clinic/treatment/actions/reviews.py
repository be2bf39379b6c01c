"""Signing a review of a plan: once, with what was decided and why."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.kernel.ids import new_id
from clinic.kernel.transaction import refusing
from clinic.treatment.actions.ledger import note_plan
from clinic.treatment.actions.locking import lock_plan, require_physician
from clinic.treatment.errors import ReviewSigned
from clinic.treatment.models import PlanReview, TreatmentPlan
from clinic.treatment.queries.reviews import ReviewDue, reviews_due
from clinic.treatment.rules.reviews import checked_decision


def sign_review(
    session: Session, *, plan_id: UUID, about_key: str, decision: str, note: str, by: Actor, now: datetime
) -> UUID:
    """Keep what a physician decided in a review that waits.

    Raises UnknownPlan, PhysicianDecides, ReviewSigned, PlanRefused and ReasonTooShort.
    """
    plan = lock_plan(session, plan_id)
    require_physician(session, by=by, patient_id=plan.patient_id, now=now)
    words = checked_decision(decision, note)
    about = _waiting(session, plan, about_key, now=now)
    row = PlanReview(id=new_id(), plan_id=plan_id, about_key=about_key, decision=decision, at=now)
    row.kind = about.kind.value
    row.note = words
    row.actor_id, row.actor_name = by.id, by.name
    with refusing(session, {"uq_plan_review_plan_id": _signed()}):
        session.add(row)
        session.flush()
    note_plan(session, plan, "review.signed_off", now=now, kind=about.kind.value)
    return row.id


def _waiting(session: Session, plan: TreatmentPlan, about_key: str, *, now: datetime) -> ReviewDue:
    for each in reviews_due(session, patient_ids=[plan.patient_id], now=now):
        if each.plan_id == plan.id and each.about_key == about_key:
            return each
    raise _signed()


def _signed() -> ReviewSigned:
    return ReviewSigned("This review does not wait any more. The next one is open now.")
