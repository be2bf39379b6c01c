"""Writing down calls and notes: entries are only ever added, a correction names the one that it corrects."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.kernel.actor import Actor
from clinic.kernel.errors import Forbidden
from clinic.kernel.ids import new_id
from clinic.people.errors import ContactRefused, CorrectedAlready
from clinic.people.models import ContactEntry
from clinic.people.queries.contact_log import contact_entry, correction_of
from clinic.people.queries.patients import lock_patient
from clinic.people.rules.contact_log import (
    CallOutcome,
    ContactKind,
    Direction,
    NewContact,
    at_its_time,
    checked_contact,
    says_the_same,
)


def add_contact(session: Session, *, patient_id: UUID, new: NewContact, by: Actor, now: datetime) -> ContactEntry:
    """Write down a call or a note; raises ContactRefused."""
    lock_patient(session, patient_id)
    return _write(session, patient_id, checked_contact(new, now=now), corrects=None, by=by, now=now)


def correct_contact(
    session: Session, *, patient_id: UUID, entry_id: UUID, new: NewContact, by: Actor, now: datetime
) -> ContactEntry:
    """Write what an entry should have said; the entry itself stays.

    Without another time it keeps its own. The patient's row is locked, so that of two people who correct one entry
    the second is told. Raises ContactNotFound, CorrectedAlready, and ContactRefused also when nothing would change.
    """
    lock_patient(session, patient_id)
    wrong = contact_entry(session, patient_id=patient_id, entry_id=entry_id)
    known = correction_of(session, wrong)
    if known is not None:
        raise CorrectedAlready(f"{known.author_name} has corrected this already. Correct what stands there now.")
    right = checked_contact(at_its_time(new, wrong.happened_at), now=now)
    if says_the_same(right, facts_of(wrong)):
        raise ContactRefused("This says the same as before. Change what was wrong.", field="body")
    return _write(session, wrong.patient_id, right, corrects=wrong.id, by=by, now=now)


def facts_of(entry: ContactEntry) -> NewContact:
    """Return what an entry says."""
    return NewContact(
        kind=ContactKind(entry.kind),
        direction=None if entry.direction is None else Direction(entry.direction),
        outcome=None if entry.outcome is None else CallOutcome(entry.outcome),
        body=entry.body,
        happened_at=entry.happened_at,
    )


def _write(
    session: Session, patient_id: UUID, facts: NewContact, *, corrects: UUID | None, by: Actor, now: datetime
) -> ContactEntry:
    if by.id is None:
        raise Forbidden("Sign in with your own account to write this down.")
    entry = ContactEntry(
        id=new_id(),
        patient_id=patient_id,
        kind=facts.kind,
        direction=facts.direction,
        outcome=facts.outcome,
        happened_at=facts.happened_at,
        recorded_at=now,
        author_id=by.id,
        author_name=by.name,
        corrects_id=corrects,
    )
    entry.body = facts.body
    session.add(entry)
    session.flush()
    _note(session, entry, now=now)
    return entry


def _note(session: Session, entry: ContactEntry, *, now: datetime) -> None:
    """Audit the entry without its text."""
    journal.note(
        session,
        "contact.corrected" if entry.corrects_id else "contact.added",
        subject_kind="contact_entry",
        subject_id=entry.id,
        at=now,
        patient_ids=(entry.patient_id,),
        kind=str(entry.kind),
        direction=entry.direction,
        outcome=entry.outcome,
        corrects=str(entry.corrects_id) if entry.corrects_id else None,
    )
