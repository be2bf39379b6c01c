"""What every page of a note reads first: the patient, the reader's own record and the note."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from pydantic import StringConstraints
from sqlalchemy.orm import Session

from clinic.people.models import Patient, Physician
from clinic.treatment.errors import UnknownNote
from clinic.treatment.queries.notes import NoteRow, note_of
from clinic.treatment.rules.notes import LONGEST_NOTE, checked_words
from clinic.web.frame.fields import refusing
from clinic.web.physician.own import own_record
from clinic.web.physician.plans.reading import own_patient, seen_patient

# Browsers count a line end as one character and send two, so the rule counts after they are one again.
Words = Annotated[str, StringConstraints(max_length=2 * LONGEST_NOTE), refusing(checked_words)]

WORDS_SAID = {"words": "Write something first.", "words.long": f"Write at most {LONGEST_NOTE:,} characters."}


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A patient of the reader's, the reader and one note."""

    patient: Patient
    me: Physician
    note: NoteRow


def seen_note(session: Session, patient_id: UUID, note_id: UUID) -> Opened:
    """Return the note and write down that it was seen; raises PatientNotFound and UnknownNote."""
    patient, me = seen_patient(session, patient_id), own_record(session)
    note = note_of(session, patient_id=patient_id, note_id=note_id, physician_id=me.id)
    return Opened(patient=patient, me=me, note=note)


def require_note(session: Session, patient_id: UUID, note_id: UUID) -> NoteRow:
    """Return the same without a page that shows it, before it is changed."""
    own_patient(session, patient_id)
    return note_of(session, patient_id=patient_id, note_id=note_id, physician_id=own_record(session).id)


def is_own_draft(opened: Opened) -> bool:
    """Tell whether the reader may change the note."""
    return opened.note.signed_at is None and opened.note.physician_id == opened.me.id


def seen_draft(session: Session, patient_id: UUID, note_id: UUID) -> Opened:
    """Return the reader's own draft; raises UnknownNote for one that is signed."""
    opened = seen_note(session, patient_id, note_id)
    if not is_own_draft(opened):
        raise UnknownNote("There is no such draft.")
    return opened
