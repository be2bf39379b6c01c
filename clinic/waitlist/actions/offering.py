"""Offering a time to one who waits: a real hold, and a text or a task to call."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.access.actions import make_link
from clinic.access.rules import LinkPurpose
from clinic.kernel.actor import Actor
from clinic.kernel.crypto import KeyRing
from clinic.kernel.errors import DomainError
from clinic.kernel.ids import new_id
from clinic.kernel.localtime import time_label
from clinic.kernel.transaction import refusing
from clinic.messaging.actions import plan as plan_message
from clinic.messaging.rules.kinds import Subject, recipient_of
from clinic.people.queries import consent_of
from clinic.people.rules import is_texting_allowed
from clinic.policies.queries import number
from clinic.policies.rules import PolicyKey
from clinic.scheduling.actions.holding import keep_for
from clinic.scheduling.actions.locking import lock_calendars
from clinic.scheduling.models import Appointment
from clinic.scheduling.queries.calendar import PatientFacts
from clinic.scheduling.queries.hours import visit_type
from clinic.scheduling.rules.slots import Slot
from clinic.waitlist.actions.ending import SUBJECT, call_key, end_offer, open_offer_of
from clinic.waitlist.actions.ledger import lock_entry, require_waiting, write_down
from clinic.waitlist.actions.openings import opening_of
from clinic.waitlist.errors import OfferNotPossible
from clinic.waitlist.models import Opening, SlotOffer, WaitlistEntry
from clinic.waitlist.queries.entries import entry as entry_by_id
from clinic.waitlist.queries.fitting import Waiting, unfit, waiting
from clinic.waitlist.rules.offering import offered_until
from clinic.waitlist.rules.states import Channel, Happening, OfferState
from clinic.worklist.actions import open_item
from clinic.worklist.rules import WorkKind

TEMPLATE = "SLOT_OFFER"
ENTRY = "waitlist_entry"
_LINK_LASTS = timedelta(days=14)


def answer_within(session: Session) -> timedelta:
    """Return how long somebody has to answer (policy)."""
    return timedelta(minutes=number(session, PolicyKey.OFFER_ANSWER_MINUTES))


def offer_slot(
    session: Session,
    *,
    entry_id: UUID,
    opening: Opening,
    slot: Slot,
    sentence: str,
    by: Actor,
    now: datetime,
    ring: KeyRing,
) -> SlotOffer:
    """Hold a time for one who waits and say so by text, or ask a coordinator to call who may not be texted.

    Raises OfferNotPossible, NotWaiting and what holding raises.
    """
    starts_at = datetime.fromtimestamp(slot.starts_at, UTC)
    patient_id = entry_by_id(session, entry_id).patient_id
    lock_calendars(session, physician_id=slot.physician_id, patient_id=patient_id)
    entry = lock_entry(session, entry_id, by=by)
    require_waiting(entry)
    one = waiting(session, entry, now=now)
    until = _until(session, one, slot, now=now)
    held = keep_for(
        session,
        visit_type_code=entry.visit_type_code,
        patient_id=entry.patient_id,
        physician_id=slot.physician_id,
        starts_at=starts_at,
        until=until,
        offer_id=new_id(),
        moving=entry.appointment_id,
        by=by,
        now=now,
    )
    offer = _made(entry, held, opening=opening, sentence=sentence, until=until)
    offer.channel = _channel(session, one.patient)
    _store(session, offer, by=by, now=now)
    _tell(session, entry, offer, patient=one.patient, by=by, now=now, ring=ring)
    write_down(session, entry, Happening.OFFERED, offer=offer, by=by, now=now, reason=sentence)
    return offer


def offer_by_hand(
    session: Session,
    *,
    entry_id: UUID,
    physician_id: UUID,
    starts_at: datetime,
    by: Actor,
    now: datetime,
    ring: KeyRing,
) -> SlotOffer:
    """Offer a time that a colleague chose to one who waits. Raises what `offer_slot` raises."""
    kind = visit_type(session, entry_by_id(session, entry_id).visit_type_code)
    ends_at = starts_at + timedelta(minutes=kind.patient_minutes)
    slot = Slot(physician_id, int(starts_at.timestamp()), int(ends_at.timestamp()))
    opening = opening_of(session, physician_id, (starts_at, ends_at), now=now)
    sentence = f"Chosen by {by.name}."
    return offer_slot(
        session, entry_id=entry_id, opening=opening, slot=slot, sentence=sentence, by=by, now=now, ring=ring
    )


def take_back(session: Session, *, entry_id: UUID, by: Actor, now: datetime) -> WaitlistEntry:
    """Take an open offer back; the time is free for something else, and nothing happens where none is open."""
    entry = lock_entry(session, entry_id, by=by)
    offer = open_offer_of(session, entry)
    if offer is not None:
        end_offer(session, entry, offer, state=OfferState.WITHDRAWN, by=by, now=now)
    return entry


def _until(session: Session, one: Waiting, slot: Slot, *, now: datetime) -> datetime:
    starts_at = datetime.fromtimestamp(slot.starts_at, UTC)
    reason = unfit(session, one, slot, now=now)
    if reason is not None:
        raise OfferNotPossible(f"This time cannot be offered. {reason}")
    until = offered_until(now, starts_at=starts_at, answer_within=answer_within(session), zone=one.patient.zone)
    if until is None:
        raise OfferNotPossible(
            "Nobody is offered a time at night or too shortly before it: the answer could not come in time. "
            "Call the patient, or offer it in the morning."
        )
    return until


def _made(entry: WaitlistEntry, held: Appointment, *, opening: Opening, sentence: str, until: datetime) -> SlotOffer:
    assert held.held_by is not None
    return SlotOffer(
        id=held.held_by,
        entry_id=entry.id,
        opening_id=opening.id,
        hold_id=held.id,
        physician_id=held.physician_id,
        starts_at=held.starts_at,
        ends_at=held.ends_at,
        state=OfferState.OPEN,
        expires_at=until,
        sentence=sentence,
    )


def _store(session: Session, offer: SlotOffer, *, by: Actor, now: datetime) -> None:
    offer.created_at = now
    offer.touch(by=by, now=now)
    with refusing(session, _one_at_a_time()):
        session.add(offer)
        session.flush()


def _one_at_a_time() -> dict[str, DomainError]:
    return {"uq_slot_offer_open": OfferNotPossible("The patient has an open offer already. Take it back first.")}


def _channel(session: Session, patient: PatientFacts) -> Channel:
    consent = consent_of(session, patient.phone_id)
    return Channel.TEXT if is_texting_allowed(consent.consented_at, consent.opted_out_at) else Channel.CALL


def _tell(
    session: Session,
    entry: WaitlistEntry,
    offer: SlotOffer,
    *,
    patient: PatientFacts,
    by: Actor,
    now: datetime,
    ring: KeyRing,
) -> None:
    if offer.channel == Channel.CALL:
        _ask_for_call(session, entry, offer, zone=patient.zone, by=by, now=now)
        return
    link = make_link(
        session,
        purpose=LinkPurpose.WAITLIST,
        resource_kind=ENTRY,
        resource_id=entry.id,
        patient_id=entry.patient_id,
        expires_at=now + _LINK_LASTS,
        now=now,
        by=by,
        ring=ring,
    )
    plan_message(
        session,
        template_key=TEMPLATE,
        recipient=recipient_of(patient),
        subject=Subject(kind=SUBJECT, id=offer.id, version=1),
        variables={"starts_at": offer.starts_at, "until": offer.expires_at},
        link_id=link.id,
        due_at=now,
        by=by,
        now=now,
    )


def _ask_for_call(
    session: Session, entry: WaitlistEntry, offer: SlotOffer, *, zone: str, by: Actor, now: datetime
) -> None:
    until = time_label(offer.expires_at, zone, language="en")
    open_item(
        session,
        kind=WorkKind.WAITLIST_CALL,
        dedupe_key=call_key(offer),
        reason=f"A time came free for a patient who gets no texts. Call and offer it; it is held until {until}, their "
        "time.",
        subject_kind=ENTRY,
        subject_id=entry.id,
        patient_id=entry.patient_id,
        due_at=offer.expires_at,
        now=now,
        by=by,
    )
