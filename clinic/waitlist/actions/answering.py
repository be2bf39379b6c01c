"""Answers to an offer: taken, declined, or left until it ran out."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor, ActorKind
from clinic.kernel.crypto import KeyRing
from clinic.kernel.transaction import whole
from clinic.scheduling.actions import book, move
from clinic.scheduling.actions.locking import lock_calendars
from clinic.scheduling.models import Appointment
from clinic.scheduling.queries import appointment
from clinic.scheduling.rules.reasons import MoveReason
from clinic.scheduling.rules.states import AppointmentState
from clinic.waitlist.actions.ending import end_offer, was_heard
from clinic.waitlist.actions.ledger import end_entry, lock_entry, lock_offer, require_waiting
from clinic.waitlist.errors import SlotOfferOver
from clinic.waitlist.models import SlotOffer, WaitlistEntry
from clinic.waitlist.queries import entries
from clinic.waitlist.rules.states import EntryState, OfferState


def accept(session: Session, *, offer_id: UUID, by: Actor, now: datetime, ring: KeyRing) -> Appointment:
    """Take the offered time: the visit is moved there, or a first one is booked; taking it again returns it.

    The old time of a moved visit comes free in the same transaction. Raises SlotOfferOver, after which the place on
    the list is what it was, and what moving and booking raise.
    """
    seen = _seen(session, offer_id, by=by)
    patient_id = entries.entry(session, seen.entry_id).patient_id
    lock_calendars(session, physician_id=seen.physician_id, patient_id=patient_id)
    entry = lock_entry(session, seen.entry_id, by=by)
    offer = lock_offer(session, offer_id)
    if offer.state == OfferState.ACCEPTED and entry.booked_id is not None:
        return appointment(session, entry.booked_id)
    _require_open(offer, now=now)
    require_waiting(entry)
    with whole(session):
        return _take(session, entry, offer, by=by, now=now, ring=ring)


def decline(session: Session, *, offer_id: UUID, by: Actor, now: datetime) -> SlotOffer:
    """Let the offered time go to the next; the place on the list stays. An offer that is over stays as it is."""
    entry = lock_entry(session, _seen(session, offer_id, by=by).entry_id, by=by)
    offer = lock_offer(session, offer_id)
    if offer.state == OfferState.OPEN and offer.expires_at > now:
        end_offer(session, entry, offer, state=OfferState.DECLINED, by=by, now=now)
    return offer


def expire_offers(session: Session, *, by: Actor, now: datetime, limit: int = 100) -> int:
    """End offers that ran out, or whose hold is gone, and return how many; those somebody works on are left to them."""
    over = (
        select(SlotOffer.id, SlotOffer.entry_id)
        .join(WaitlistEntry, WaitlistEntry.id == SlotOffer.entry_id)
        .join(Appointment, Appointment.id == SlotOffer.hold_id)
        .where(SlotOffer.state == OfferState.OPEN)
        .where(or_(SlotOffer.expires_at <= now, Appointment.state != AppointmentState.HELD))
        .order_by(SlotOffer.entry_id)
        .limit(limit)
        .with_for_update(of=WaitlistEntry, skip_locked=True)
    )
    count = 0
    for offer_id, entry_id in session.execute(over).all():
        entry, offer = lock_entry(session, entry_id, by=by), lock_offer(session, offer_id)
        if offer.state == OfferState.OPEN:
            state = OfferState.EXPIRED if was_heard(session, offer) else OfferState.UNHEARD
            end_offer(session, entry, offer, state=state, by=by, now=now)
            count += 1
    return count


def _take(
    session: Session, entry: WaitlistEntry, offer: SlotOffer, *, by: Actor, now: datetime, ring: KeyRing
) -> Appointment:
    if entry.appointment_id is None:
        visit = book(session, appointment_id=offer.hold_id, by=by, now=now, ring=ring)
        _end(session, entry, offer, visit_id=visit.id, by=by, now=now)
        return visit
    _end(session, entry, offer, visit_id=entry.appointment_id, by=by, now=now)
    return move(
        session,
        appointment_id=entry.appointment_id,
        physician_id=offer.physician_id,
        starts_at=offer.starts_at,
        # The notice was judged when the time was offered; minutes of thinking do not count against the patient.
        ignore_notice=True,
        reason=None if by.kind is ActorKind.PATIENT else MoveReason.PATIENT_REQUEST,
        by=by,
        now=now,
        ring=ring,
    )


def _end(session: Session, entry: WaitlistEntry, offer: SlotOffer, *, visit_id: UUID, by: Actor, now: datetime) -> None:
    end_entry(entry, EntryState.BOOKED, now=now)
    entry.booked_id = visit_id
    end_offer(session, entry, offer, state=OfferState.ACCEPTED, by=by, now=now)


def _require_open(offer: SlotOffer, *, now: datetime) -> None:
    if offer.state != OfferState.OPEN or offer.expires_at <= now:
        raise SlotOfferOver("This offer is over: it was answered, taken back or ran out. The place on the list stays.")


def _seen(session: Session, offer_id: UUID, *, by: Actor) -> SlotOffer:
    """Return the offer to the patient whose it is, or to staff."""
    offer = entries.offer(session, offer_id)
    if offer is None:
        raise entries.unknown()
    if by.kind is ActorKind.PATIENT and entries.entry(session, offer.entry_id).patient_id != by.id:
        raise entries.unknown()
    return offer
