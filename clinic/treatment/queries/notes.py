"""Visit notes: what is signed, with the proof that it was not changed since, and drafts for who wrote them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, func, or_, select
from sqlalchemy.orm import Session

from clinic.kernel.crypto import UnreadableSecret
from clinic.people.models import Physician
from clinic.people.queries import records_of
from clinic.treatment.errors import UnknownNote
from clinic.treatment.models import VisitNote, VisitNoteAddendum
from clinic.treatment.rules.notes import Fact, addendum_hash, content_hash, facts_of


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsignedNote:
    """A draft that waits for its physician's signature; nothing of what it says."""

    note_id: UUID
    patient_id: UUID
    appointment_id: UUID | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AddendumRow:
    """What was added to a signed note; `is_whole` says that it is still what was signed."""

    words: str
    at: datetime
    who: str
    is_whole: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteRow:
    """A note; a draft has no `signed_at`, and `is_whole` says that a signed one is still what was signed."""

    id: UUID
    version: int
    patient_id: UUID
    physician_id: UUID
    physician_name: str
    appointment_id: UUID | None
    words: str
    data: str
    facts: tuple[Fact, ...]
    created_at: datetime
    updated_at: datetime
    signed_at: datetime | None
    content_hash: str
    is_whole: bool
    addenda: tuple[AddendumRow, ...]


def unsigned_of(session: Session, physician_id: UUID) -> list[UnsignedNote]:
    """Return the drafts that wait for this physician's signature, the oldest first."""
    wanted = (
        select(
            VisitNote.id.label("note_id"),
            VisitNote.patient_id,
            VisitNote.appointment_id,
            VisitNote.created_at,
            VisitNote.updated_at,
        )
        .where(VisitNote.physician_id == physician_id, *_DRAFT)
        .order_by(VisitNote.created_at, VisitNote.id)
    )
    return [UnsignedNote(**row) for row in session.execute(wanted).mappings()]


def count_unsigned(physician_id: ScalarSelect[UUID]) -> ScalarSelect[int]:
    """Return the statement that counts them."""
    mine = (VisitNote.physician_id == physician_id, *_DRAFT)
    return select(func.count()).select_from(VisitNote).where(*mine).scalar_subquery()


def notes_of(session: Session, *, patient_id: UUID, physician_id: UUID) -> list[NoteRow]:
    """Return the patient's signed notes and this physician's own drafts, the newest first."""
    mine = VisitNote.physician_id == physician_id
    return _rows(session, _of_patient(patient_id), or_(VisitNote.signed_at.is_not(None), mine))


def note_of(session: Session, *, patient_id: UUID, note_id: UUID, physician_id: UUID) -> NoteRow:
    """Return one of these notes, or raise UnknownNote."""
    mine = or_(VisitNote.signed_at.is_not(None), VisitNote.physician_id == physician_id)
    for row in _rows(session, _of_patient(patient_id), VisitNote.id == note_id, mine):
        return row
    raise UnknownNote("There is no such note.")


_DRAFT = (VisitNote.signed_at.is_(None), VisitNote.discarded_at.is_(None))


def _of_patient(patient_id: UUID) -> ColumnElement[bool]:
    """Return the condition of a patient's notes, those of records that were merged into this one too."""
    return VisitNote.patient_id.in_(records_of(patient_id))


def _rows(session: Session, *conditions: ColumnElement[bool]) -> list[NoteRow]:
    wanted = (
        select(VisitNote, Physician.full_name)
        .join(Physician, Physician.id == VisitNote.physician_id)
        .where(VisitNote.discarded_at.is_(None), *conditions)
        .order_by(VisitNote.created_at.desc(), VisitNote.id)
    )
    found = [(note, name) for note, name in session.execute(wanted)]
    addenda = _addenda(session, [note for note, _ in found])
    return [_row(note, name, addenda[note.id]) for note, name in found]


def _row(note: VisitNote, name: str, addenda: Sequence[VisitNoteAddendum]) -> NoteRow:
    words, data = _readable(note, "words"), _readable(note, "data")
    return NoteRow(
        id=note.id,
        version=note.version,
        patient_id=note.patient_id,
        physician_id=note.physician_id,
        physician_name=name,
        appointment_id=note.appointment_id,
        words=words or "",
        data=data or "[]",
        facts=facts_of(data or "[]"),
        created_at=note.created_at,
        updated_at=note.updated_at,
        signed_at=note.signed_at,
        content_hash=note.content_hash or "",
        is_whole=_is_whole(note, words, data),
        addenda=tuple(_addendum(note, each) for each in addenda),
    )


def _is_whole(note: VisitNote, words: str | None, data: str | None) -> bool:
    if note.signed_at is None:
        return True
    if words is None or data is None:
        return False
    return note.content_hash == content_hash(words, data, physician_id=note.physician_id, at=note.signed_at)


def _addendum(note: VisitNote, row: VisitNoteAddendum) -> AddendumRow:
    words = _readable(row, "words")
    right = addendum_hash(words or "", note_hash=note.content_hash or "", actor_id=row.actor_id, at=row.at)
    return AddendumRow(
        words=words or "", at=row.at, who=row.actor_name, is_whole=words is not None and row.content_hash == right
    )


def _addenda(session: Session, notes: Sequence[VisitNote]) -> dict[UUID, list[VisitNoteAddendum]]:
    wanted = select(VisitNoteAddendum).where(VisitNoteAddendum.note_id.in_([note.id for note in notes]))
    found: dict[UUID, list[VisitNoteAddendum]] = defaultdict(list)
    for row in session.scalars(wanted.order_by(VisitNoteAddendum.at, VisitNoteAddendum.id)):
        found[row.note_id].append(row)
    return found


def _readable(row: VisitNote | VisitNoteAddendum, attribute: str) -> str | None:
    """Return a sealed text, or None where somebody changed its bytes."""
    try:
        found: str | None = getattr(row, attribute)
    except UnreadableSecret:
        return None
    return found
