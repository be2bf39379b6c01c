"""What follows when none of the offered dates suits the patient: somebody calls."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.treatment.actions.closing import TAKEN, declined_key
from clinic.treatment.actions.offers import withdraw_offer
from clinic.treatment.errors import OfferClosed
from clinic.treatment.queries import plan
from clinic.worklist.actions import open_item
from clinic.worklist.rules import WorkKind


def decline_offer(session: Session, *, offer_id: UUID, by: Actor, now: datetime) -> None:
    """Take the offer back and ask a coordinator to find other dates; saying so twice is one task.

    A patient declines only an offer of his or her own (UnknownOffer), and none that was taken (OfferClosed).
    """
    offer = withdraw_offer(session, offer_id=offer_id, by=by, now=now)
    if offer.state == TAKEN:
        raise OfferClosed("One of these choices is booked already. Look at your dates.")
    patient_id = plan(session, offer.plan_id).patient_id
    open_item(
        session,
        kind=WorkKind.OFFER_DECLINED,
        dedupe_key=declined_key(offer.plan_id),
        reason="None of the offered dates suits. Call and plan others.",
        subject_kind="patient",
        subject_id=patient_id,
        patient_id=patient_id,
        now=now,
        by=by,
    )
