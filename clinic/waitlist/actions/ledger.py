"""Writes down everything that happens to an entry: a history row, a new version, an audit entry; and its locks."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.kernel.actor import Actor, ActorKind
from clinic.waitlist.errors import NotWaiting
from clinic.waitlist.models import SlotOffer, WaitlistChange, WaitlistEntry
from clinic.waitlist.queries.entries import unknown
from clinic.waitlist.rules.states import EntryState, Happening


def write_down(
    session: Session,
    entry: WaitlistEntry,
    happening: Happening,
    *,
    by: Actor,
    now: datetime,
    offer: SlotOffer | None = None,
    reason: str | None = None,
) -> None:
    """Add the history row and the audit entry of a change that was already made to the rows."""
    entry.touch(by=by, now=now)
    session.flush()
    session.add(
        WaitlistChange(
            entry_id=entry.id,
            at=now,
            actor_kind=by.kind.value,
            actor_id=by.id,
            actor_name=by.name,
            happening=happening.value,
            starts_at=offer.starts_at if offer else None,
            physician_id=offer.physician_id if offer else None,
            reason=reason,
        )
    )
    session.flush()
    about = {"starts_at": offer.starts_at.isoformat(), "offer_id": str(offer.id)} if offer else {}
    journal.note(
        session,
        f"waitlist.{happening.value}",
        subject_kind="waitlist_entry",
        subject_id=entry.id,
        at=now,
        patient_ids=(entry.patient_id,),
        state=entry.state,
        **about,
    )


def lock_entry(session: Session, entry_id: UUID, *, by: Actor) -> WaitlistEntry:
    """Return an entry locked, as it is now, or raise UnknownEntry; a patient has only his or her own."""
    found = session.get(WaitlistEntry, entry_id, with_for_update=True, populate_existing=True)
    if found is None or (by.kind is ActorKind.PATIENT and by.id != found.patient_id):
        raise unknown()
    return found


def lock_offer(session: Session, offer_id: UUID) -> SlotOffer:
    """Return an offer locked, as it is now; whoever asks has locked its entry before."""
    return session.get_one(SlotOffer, offer_id, with_for_update=True, populate_existing=True)


def require_waiting(entry: WaitlistEntry) -> None:
    """Raise NotWaiting for an entry that was ended."""
    if entry.state != EntryState.WAITING:
        raise NotWaiting("This entry has ended, so nothing is offered for it any more. Open the list again.")


def end_entry(entry: WaitlistEntry, state: EntryState, *, now: datetime) -> None:
    """Let an entry wait no more; the caller writes it down."""
    entry.state, entry.ended_at = state, now
