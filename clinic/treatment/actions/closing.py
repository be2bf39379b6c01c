"""Closing offers of dates that nobody can choose from any more."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.messaging.actions import cancel_planned
from clinic.treatment.actions.ledger import note_plan
from clinic.treatment.models import CourseOffer, TreatmentPlan
from clinic.treatment.sending import OFFER, SUBJECT
from clinic.worklist.actions import close_for
from clinic.worklist.rules import Outcome

OPEN, TAKEN, WITHDRAWN, EXPIRED = "open", "taken", "withdrawn", "expired"


def declined_key(plan_id: UUID) -> str:
    """Return the key of the task about a patient whom none of the offered dates suits."""
    return f"offer_declined:{plan_id}"


def settle_declined(session: Session, plan: TreatmentPlan, *, by: Actor, now: datetime) -> None:
    """Close that task, since dates are booked or others are offered."""
    close_for(session, dedupe_key=declined_key(plan.id), outcome=Outcome.DONE, by=by, now=now)


def withdraw_open_offer(session: Session, plan: TreatmentPlan, *, by: Actor, now: datetime) -> None:
    """Withdraw the offer that is open, since the dates it was made for are arranged otherwise."""
    wanted = select(CourseOffer).where(CourseOffer.plan_id == plan.id, CourseOffer.state == OPEN)
    offer = session.scalar(wanted.with_for_update().execution_options(populate_existing=True))
    if offer is not None:
        close_offer(session, plan, offer, state=WITHDRAWN, by=by, now=now)


def close_offer(
    session: Session, plan: TreatmentPlan, offer: CourseOffer, *, state: str, by: Actor, now: datetime
) -> None:
    """Give a locked offer its last state and write it down; its text is called back."""
    offer.state = state
    offer.touch(by=by, now=now)
    session.flush()
    cancel_planned(session, subject_kind=SUBJECT, subject_id=plan.id, template_key=OFFER, reason="offer_over", now=now)
    note_plan(session, plan, f"course_offer.{state}", now=now, offer_id=str(offer.id))
