"""Writing a visit note, signing what was shown, adding to it later; what is signed never changes."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.kernel.ids import new_id
from clinic.kernel.journal import note as note_down
from clinic.people.models import Physician
from clinic.people.queries import lock_physician, physician_of_staff, survivor_of
from clinic.scheduling.queries import appointment_of_patient
from clinic.treatment.actions.locking import require_physician
from clinic.treatment.errors import (
    NoteNotSigned,
    NoteSigned,
    NotWhatWasShown,
    NotYourNote,
    PhysicianDecides,
    UnknownNote,
)
from clinic.treatment.models import VisitNote, VisitNoteAddendum
from clinic.treatment.rules.notes import Fact, addendum_hash, checked_words, content_hash, data_of, shown_hash


def write_note(
    session: Session,
    *,
    patient_id: UUID,
    words: str,
    by: Actor,
    now: datetime,
    appointment_id: UUID | None = None,
    key: UUID | None = None,
) -> VisitNote:
    """Begin a draft, of a visit or of anything else; the same words sent again with one `key` are one draft.

    Raises PhysicianDecides, NoteRefused and UnknownAppointment.
    """
    require_physician(session, by=by, patient_id=patient_id, now=now)
    if appointment_id is not None:
        appointment_of_patient(session, appointment_id=appointment_id, patient_id=patient_id)
    author, clean = _physician(session, by), checked_words(words)
    lock_physician(session, author.id)
    known = session.get(VisitNote, key) if key else None
    if known is not None and (known.patient_id, known.physician_id, known.words) == (patient_id, author.id, clean):
        return known
    note_id = key if key and known is None else new_id()
    row = VisitNote(id=note_id, patient_id=patient_id, physician_id=author.id, created_at=now)
    row.appointment_id, row.words = appointment_id, clean
    session.add(row)
    _save(session, row, "note.drafted", by=by, now=now)
    return row


def edit_note(session: Session, *, note_id: UUID, words: str, version: int, by: Actor, now: datetime) -> VisitNote:
    """Change the words of the own draft; raises NoteSigned, NotYourNote, NoteRefused and ChangedMeanwhile."""
    row = _own_draft(session, note_id, version=version, by=by, now=now)
    row.words = checked_words(words)
    _save(session, row, "note.edited", by=by, now=now)
    return row


def discard_note(session: Session, *, note_id: UUID, version: int, by: Actor, now: datetime) -> None:
    """Take the own draft away; raises NoteSigned, NotYourNote and ChangedMeanwhile."""
    row = _own_draft(session, note_id, version=version, by=by, now=now)
    row.discarded_at = now
    _save(session, row, "note.discarded", by=by, now=now)


def sign_note(
    session: Session,
    *,
    note_id: UUID,
    facts: Sequence[Fact],
    shown: str,
    version: int,
    by: Actor,
    now: datetime,
) -> VisitNote:
    """Sign the own draft with the data that decided, which locks both.

    `shown` is the `shown_hash` of what the page said; raises NotWhatWasShown if words or data are others by now,
    NoteSigned, NotYourNote and ChangedMeanwhile. That the second factor is fresh is the page's to see to.
    """
    row = _own_draft(session, note_id, version=version, by=by, now=now)
    words, data = row.words or "", data_of(facts)
    if shown != shown_hash(words, data, physician_id=row.physician_id):
        raise NotWhatWasShown("Something changed after you opened this page. Read it again, then sign.")
    row.data, row.signed_at = data, now
    row.content_hash = content_hash(words, data, physician_id=row.physician_id, at=now)
    _save(session, row, "note.signed", by=by, now=now)
    return row


def add_addendum(
    session: Session, *, note_id: UUID, words: str, shown: str, key: UUID, by: Actor, now: datetime
) -> VisitNoteAddendum:
    """Add signed words to a signed note; any physician of the patient may, and one `key` counts once.

    `shown` is the `addendum_hash` without a time of what the page said. Raises NoteNotSigned, NotWhatWasShown.
    """
    note = _locked(session, note_id, by=by, now=now)
    if note.content_hash is None or note.discarded_at is not None:
        raise NoteNotSigned("This note is not signed yet. Change it instead.")
    clean = checked_words(words)
    if shown != addendum_hash(clean, note_hash=note.content_hash, actor_id=by.id):
        raise NotWhatWasShown("These are not the words that the page showed. Read them again, then sign.")
    known = session.get(VisitNoteAddendum, key)
    if known is not None and (known.note_id, known.actor_id) == (note.id, by.id):
        return known
    row = VisitNoteAddendum(id=new_id() if known else key, note_id=note.id, at=now)
    row.words, row.actor_id, row.actor_name = clean, by.id, by.name
    row.content_hash = addendum_hash(clean, note_hash=note.content_hash, actor_id=by.id, at=now)
    session.add(row)
    session.flush()
    _note_down(session, note, "note.extended", now=now)
    return row


def _physician(session: Session, by: Actor) -> Physician:
    found = physician_of_staff(session, by.id)
    if found is None:
        raise PhysicianDecides("Only a physician writes notes. Ask an administrator to tie your account to one.")
    return found


def _own_draft(session: Session, note_id: UUID, *, version: int, by: Actor, now: datetime) -> VisitNote:
    row = _locked(session, note_id, by=by, now=now)
    if row.physician_id != _physician(session, by).id:
        raise NotYourNote("A colleague wrote this draft. Write a note of your own.")
    if row.signed_at is not None:
        raise NoteSigned("This note is signed, so it stays as it is. Add an addendum instead.")
    if row.discarded_at is not None:
        raise NoteSigned("This draft was discarded. Write a new note.")
    row.require_version(version)
    return row


def _locked(session: Session, note_id: UUID, *, by: Actor, now: datetime) -> VisitNote:
    row = session.get(VisitNote, note_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise UnknownNote("There is no such note.")
    lives_on = survivor_of(session, row.patient_id) or row.patient_id
    require_physician(session, by=by, patient_id=lives_on, now=now)
    return row


def _save(session: Session, row: VisitNote, action: str, *, by: Actor, now: datetime) -> None:
    row.touch(by=by, now=now)
    session.flush()
    _note_down(session, row, action, now=now)


def _note_down(session: Session, row: VisitNote, action: str, *, now: datetime) -> None:
    """Write an audit entry, which names the note and says nothing of it."""
    note_down(
        session,
        action,
        subject_kind="visit_note",
        subject_id=row.id,
        at=now,
        patient_ids=(row.patient_id,),
    )
