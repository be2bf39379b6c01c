"""What a reply to an offered time does, and how the phone is answered."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor, ActorKind
from clinic.kernel.crypto import KeyRing
from clinic.kernel.errors import DomainError
from clinic.messaging.rules.questions import Choice
from clinic.scheduling.queries.calendar import patient_facts
from clinic.waitlist.actions.answering import accept, decline
from clinic.waitlist.models import SlotOffer, WaitlistEntry
from clinic.waitlist.queries.entries import entry as entry_by_id
from clinic.waitlist.rules.states import OfferState
from clinic.worklist.actions import open_item
from clinic.worklist.rules import WorkKind

TAKEN_ANSWER, DECLINED_ANSWER, GONE_ANSWER = "SLOT_TAKEN", "SLOT_DECLINED", "SLOT_GONE"


@dataclass(frozen=True, slots=True)
class OfferReply:
    """Which text answers the phone, if any, for which patient, and the time that it may name."""

    template_key: str | None
    patient_id: UUID
    starts_at: datetime


def answer_offer(
    session: Session, *, offer_id: UUID, phone_id: UUID, choice: Choice, by: Actor, now: datetime, ring: KeyRing
) -> OfferReply:
    """Act on a `1` or a `2` to an offered time, as it is now; what comes too late changes nothing.

    A reply from a number that the patient no longer has, and a `2` after a `1`, are read by a person.
    """
    offer = session.get_one(SlotOffer, offer_id)
    entry = entry_by_id(session, offer.entry_id)
    if patient_facts(session, entry.patient_id).phone_id != phone_id:
        reason = "A reply to an offered time came from a number that is not the patient's any more. Call and ask."
        _to_a_person(session, entry, phone_id, reason=reason, by=by, now=now)
        return OfferReply(GONE_ANSWER, entry.patient_id, offer.starts_at)
    patient = replace(by, kind=ActorKind.PATIENT, id=entry.patient_id, name="Patient, by text")
    if choice is Choice.ONE:
        return _take(session, offer, entry, by=patient, now=now, ring=ring)
    if offer.state == OfferState.ACCEPTED:
        reason = "The patient took the offered time by text and then replied 2. The visit stays; call and ask."
        _to_a_person(session, entry, phone_id, reason=reason, by=by, now=now)
        return OfferReply(TAKEN_ANSWER, entry.patient_id, offer.starts_at)
    ended = decline(session, offer_id=offer.id, by=patient, now=now)
    key = DECLINED_ANSWER if ended.state == OfferState.DECLINED else GONE_ANSWER
    return OfferReply(key, entry.patient_id, offer.starts_at)


def _take(
    session: Session, offer: SlotOffer, entry: WaitlistEntry, *, by: Actor, now: datetime, ring: KeyRing
) -> OfferReply:
    is_new = offer.state == OfferState.OPEN
    try:
        visit = accept(session, offer_id=offer.id, by=by, now=now, ring=ring)
    except DomainError:
        return OfferReply(GONE_ANSWER, entry.patient_id, offer.starts_at)
    # The text about the visit that was booked or moved says all that there is to say.
    return OfferReply(None if is_new else TAKEN_ANSWER, entry.patient_id, visit.starts_at)


def _to_a_person(
    session: Session, entry: WaitlistEntry, phone_id: UUID, *, reason: str, by: Actor, now: datetime
) -> None:
    open_item(
        session,
        kind=WorkKind.REPLY_UNCLEAR,
        dedupe_key=f"reply_unclear:{entry.id}:offer",
        reason=reason,
        subject_kind="phone",
        subject_id=phone_id,
        patient_id=entry.patient_id,
        now=now,
        by=by,
    )
