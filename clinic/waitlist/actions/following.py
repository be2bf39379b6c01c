"""What the list does when something changes elsewhere: a visit, a patient's care, two records, the calendar's days."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.kernel.localtime import in_zone
from clinic.people.models import Patient
from clinic.policies.queries import number
from clinic.policies.rules import PolicyKey
from clinic.scheduling.queries import appointment
from clinic.scheduling.rules.states import UPCOMING
from clinic.waitlist.actions.ending import end_offer, open_offer_of
from clinic.waitlist.actions.joining import stop_waiting
from clinic.waitlist.actions.ledger import lock_entry, write_down
from clinic.waitlist.models import WaitlistEntry
from clinic.waitlist.queries.entries import entry_of_visit
from clinic.waitlist.rules.states import EntryState, Happening, OfferState

_VISIT_GONE, _DATE_PASSED, _EARLY_BY_NOW = "visit_gone", "date_passed", "visit_is_earlier"
_NEW_PHYSICIAN = "new_physician"


def follow_visit(session: Session, *, subject_id: UUID, now: datetime, by: Actor) -> None:
    """End the waiting for an earlier time of a visit that does not take place any more.

    An offer that would not make the visit earlier any more, since somebody moved it, is over.
    """
    found = entry_of_visit(session, subject_id)
    if found is None:
        return
    entry, visit = lock_entry(session, found.id, by=by), appointment(session, subject_id)
    if entry.state != EntryState.WAITING:
        return
    if visit.state not in UPCOMING:
        stop_waiting(session, entry, EntryState.OVER, by=by, now=now, reason=_VISIT_GONE)
        return
    offer, gain = open_offer_of(session, entry), timedelta(hours=number(session, PolicyKey.EARLIER_BY_HOURS))
    if offer is not None and visit.starts_at - offer.starts_at < gain:
        end_offer(session, entry, offer, state=OfferState.DECLINED, by=by, now=now, reason=_EARLY_BY_NOW)


def end_of_patient(session: Session, *, patient_id: UUID, by: Actor, now: datetime) -> int:
    """Take somebody who leaves the clinic's care off the list; return how many entries ended."""
    ids = session.scalars(
        select(WaitlistEntry.id)
        .where(WaitlistEntry.patient_id == patient_id, WaitlistEntry.state == EntryState.WAITING)
        .order_by(WaitlistEntry.id)
    ).all()
    for entry_id in ids:
        entry = lock_entry(session, entry_id, by=by)
        stop_waiting(session, entry, EntryState.OVER, by=by, now=now, reason="care_ended")
    return len(ids)


def follow_new_physician(
    session: Session, *, patient_id: UUID, from_id: UUID, to_id: UUID, by: Actor, now: datetime
) -> int:
    """Let wishes for one physician go to the one who looks after the patient now; return how many changed.

    An open offer of a time of the former one is over and goes on to the next.
    """
    ids = session.scalars(
        select(WaitlistEntry.id)
        .where(WaitlistEntry.patient_id == patient_id, WaitlistEntry.state == EntryState.WAITING)
        .order_by(WaitlistEntry.id)
    ).all()
    count = 0
    for entry_id in ids:
        entry = lock_entry(session, entry_id, by=by)
        offer = open_offer_of(session, entry)
        if offer is not None and offer.physician_id == from_id:
            end_offer(session, entry, offer, state=OfferState.DECLINED, by=by, now=now, reason=_NEW_PHYSICIAN)
        if entry.physician_id == from_id:
            entry.physician_id = to_id
            entry.touch(by=by, now=now)
            write_down(session, entry, Happening.CHANGED, by=by, now=now, reason=_NEW_PHYSICIAN)
            count += 1
    return count


def hand_over_entries(session: Session, *, from_id: UUID, to_id: UUID, by: Actor, now: datetime) -> int:
    """Let a merged record's entries go on for the other one; a wish that both have goes on once.

    Open offers are over, since their holds are another record's.
    """
    ids = session.scalars(
        select(WaitlistEntry.id)
        .where(WaitlistEntry.patient_id == from_id, WaitlistEntry.state == EntryState.WAITING)
        .order_by(WaitlistEntry.id)
    ).all()
    kinds = set(
        session.scalars(
            select(WaitlistEntry.visit_type_code).where(
                WaitlistEntry.patient_id == to_id,
                WaitlistEntry.state == EntryState.WAITING,
                WaitlistEntry.appointment_id.is_(None),
            )
        )
    )
    for entry_id in ids:
        entry = lock_entry(session, entry_id, by=by)
        if entry.appointment_id is None and entry.visit_type_code in kinds:
            stop_waiting(session, entry, EntryState.OVER, by=by, now=now, reason="merged")
            continue
        offer = open_offer_of(session, entry)
        if offer is not None:
            end_offer(session, entry, offer, state=OfferState.DECLINED, by=by, now=now, reason="merged")
        entry.patient_id = to_id
        write_down(session, entry, Happening.MERGED, by=by, now=now)
    return len(ids)


def end_past_entries(session: Session, *, by: Actor, now: datetime, limit: int = 100) -> int:
    """End entries whose last day is over where the patient is; return how many."""
    wanted = (
        select(WaitlistEntry, Patient.zone)
        .join(Patient, Patient.id == WaitlistEntry.patient_id)
        .where(WaitlistEntry.state == EntryState.WAITING, WaitlistEntry.latest_on < now.date())
        .order_by(WaitlistEntry.id)
        .limit(limit)
        .with_for_update(of=WaitlistEntry, skip_locked=True)
    )
    count = 0
    for entry, zone in session.execute(wanted).all():
        if entry.latest_on < in_zone(now, zone).date():
            stop_waiting(session, entry, EntryState.OVER, by=by, now=now, reason=_DATE_PASSED)
            count += 1
    return count
