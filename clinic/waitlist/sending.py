"""Whether a text about an offered time is still true at the moment it would leave."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.messaging.rules.kinds import Drop, Planned, Send, Verdict
from clinic.waitlist.models import SlotOffer
from clinic.waitlist.rules.offering import SHORTEST
from clinic.waitlist.rules.states import OfferState


def offer_guard(session: Session, message: Planned, now: datetime) -> Verdict:
    """Send only while the time is held and there are minutes left to answer."""
    state, expires_at = session.execute(
        select(SlotOffer.state, SlotOffer.expires_at).where(SlotOffer.id == message.subject_id)
    ).one_or_none() or (None, now)
    return Send() if state == OfferState.OPEN and expires_at - now >= SHORTEST else Drop("offer_over")
