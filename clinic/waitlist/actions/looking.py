"""One look at a time that came free: who may have it, who comes first, and an offer to that one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.kernel.crypto import KeyRing
from clinic.kernel.errors import DomainError
from clinic.kernel.transaction import whole
from clinic.scheduling.queries.freed import held_until
from clinic.scheduling.rules.slots import Slot
from clinic.waitlist.actions.offering import answer_within, offer_slot
from clinic.waitlist.models import Opening, SlotOffer, WaitlistEntry
from clinic.waitlist.queries.fitting import Waiting, standing_in, waiting
from clinic.waitlist.rules.offering import next_offering, offered_until
from clinic.waitlist.rules.ranking import Standing, rank
from clinic.waitlist.rules.states import EntryState, OfferState

MOST_JUDGED = 300
"""So many who wait are judged for one time, those who wait longest."""

_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Found:
    """Who may be offered a time now, and from when on others may."""

    now: dict[Standing, Slot]
    later: tuple[datetime, ...]


def look_at_one(session: Session, *, by: Actor, now: datetime, ring: KeyRing) -> bool:
    """Offer the time that waits longest to who comes first; tell whether there was one to look at.

    Each look makes one offer at the most. Then the rest of the stretch is looked at again; without anybody it waits
    for the morning of who sleeps, for the end of a hold, or for the end of an offer.
    """
    due = (
        select(Opening)
        .where(Opening.due_at <= now)
        .order_by(Opening.due_at, Opening.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    opening = session.scalar(due, execution_options={"populate_existing": True})
    if opening is None:
        return False
    opening.looks += 1
    opening.due_at = _look(session, opening, by=by, now=now, ring=ring)
    return True


def _look(session: Session, opening: Opening, *, by: Actor, now: datetime, ring: KeyRing) -> datetime | None:
    """Make an offer if one can be made, and return when to look again."""
    if opening.ends_at <= now:
        return None
    found = _who(session, opening, now=now)
    for ranked in rank(found.now, now=now):
        entry_id, slot = ranked.standing.entry_id, found.now[ranked.standing]
        try:
            with whole(session):
                offer_slot(
                    session,
                    entry_id=entry_id,
                    opening=opening,
                    slot=slot,
                    sentence=ranked.sentence,
                    by=by,
                    now=now,
                    ring=ring,
                )
        except DomainError:
            continue  # Somebody was quicker, or the membership does not cover it; the next one is asked.
        return now
    held = held_until(session, physician_id=opening.physician_id, stretch=(opening.starts_at, opening.ends_at), now=now)
    return min([*found.later, *([held] if held else [])], default=None)


def _who(session: Session, opening: Opening, *, now: datetime) -> _Found:
    within, found, later = answer_within(session), dict[Standing, Slot](), list[datetime]()
    for entry in _candidates(session, opening):
        one = waiting(session, entry, now=now)
        best = standing_in(session, one, opening, now=now)
        if best is None:
            continue
        standing, slot = best
        if _can_answer(one, standing, within, at=now):
            found[standing] = slot
            continue
        again = next_offering(now, answer_within=within, zone=one.patient.zone)
        if again > now and _can_answer(one, standing, within, at=again):
            later.append(again)
    return _Found(found, tuple(later))


def _can_answer(one: Waiting, standing: Standing, within: timedelta, *, at: datetime) -> bool:
    zone = one.patient.zone
    return offered_until(at, starts_at=standing.starts_at, answer_within=within, zone=zone) is not None


def _candidates(session: Session, opening: Opening) -> Sequence[WaitlistEntry]:
    """Return who waits, has no open offer and was not offered a time of this stretch yet, longest first."""
    offered = select(SlotOffer.entry_id).where(
        (SlotOffer.opening_id == opening.id) | (SlotOffer.state == OfferState.OPEN)
    )
    wanted = (
        select(WaitlistEntry)
        .where(WaitlistEntry.state == EntryState.WAITING, WaitlistEntry.id.not_in(offered))
        .where(WaitlistEntry.latest_on >= (opening.starts_at - _A_DAY).date())
        .where(WaitlistEntry.earliest_on <= (opening.ends_at + _A_DAY).date())
        .order_by(WaitlistEntry.created_at, WaitlistEntry.id)
        .limit(MOST_JUDGED)
    )
    return session.scalars(wanted).all()
