"""Ending an offer: its hold is given back, its question waits no more, and the time goes on to the next."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.kernel import outbox
from clinic.kernel.actor import Actor
from clinic.messaging.actions import cancel_planned, close_questions
from clinic.messaging.models import Message
from clinic.messaging.queries.questions import MAY_HAVE_ARRIVED
from clinic.scheduling.actions import release_hold
from clinic.waitlist.actions.ledger import lock_offer, write_down
from clinic.waitlist.models import SlotOffer, WaitlistEntry
from clinic.waitlist.rules.states import ENDED_OFFER, Channel, OfferState
from clinic.worklist.actions import close_for

OFFER_ENDED = "slot_offer.ended"
"""The fact that an offered time was not taken, so that it is offered to the next."""

SUBJECT = "slot_offer"


def call_key(offer: SlotOffer) -> str:
    """Return the key of the task to offer a time by telephone."""
    return f"waitlist_call:{offer.id}"


def open_offer_of(session: Session, entry: WaitlistEntry) -> SlotOffer | None:
    """Return the open offer of a locked entry, locked too."""
    wanted = select(SlotOffer.id).where(SlotOffer.entry_id == entry.id, SlotOffer.state == OfferState.OPEN)
    found = session.scalar(wanted)
    return None if found is None else lock_offer(session, found)


def end_offer(
    session: Session,
    entry: WaitlistEntry,
    offer: SlotOffer,
    *,
    state: OfferState,
    by: Actor,
    now: datetime,
    reason: str | None = None,
) -> None:
    """End a locked open offer of a locked entry; who waits keeps the place, and the hold is given back.

    A time that was taken back by a colleague is not offered to anybody else: that person wants it for something.
    """
    offer.state = state
    offer.touch(by=by, now=now)
    release_hold(session, appointment_id=offer.hold_id, by=by, now=now)
    cancel_planned(session, subject_kind=SUBJECT, subject_id=offer.id, reason="offer_over", now=now)
    close_questions(session, subject_kind=SUBJECT, subject_id=offer.id, now=now)
    close_for(session, dedupe_key=call_key(offer), by=by, now=now)
    if state not in {OfferState.ACCEPTED, OfferState.WITHDRAWN}:
        outbox.publish(session, OFFER_ENDED, subject_id=offer.id, now=now)
    write_down(session, entry, ENDED_OFFER[state], offer=offer, by=by, now=now, reason=reason)


def was_heard(session: Session, offer: SlotOffer) -> bool:
    """Tell whether the text of an offer may have reached the phone; a call is up to a person."""
    if offer.channel == Channel.CALL:
        return True
    sent = select(Message.id).where(
        Message.subject_kind == SUBJECT, Message.subject_id == offer.id, Message.state.in_(MAY_HAVE_ARRIVED)
    )
    return session.scalar(sent.limit(1)) is not None
