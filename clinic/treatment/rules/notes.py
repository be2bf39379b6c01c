"""What a visit note is made of, and the hash that says later whether it is still what was signed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from uuid import UUID

from clinic.kernel.text import clean_note
from clinic.treatment.errors import NoteRefused

LONGEST_NOTE = 8000


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One line of the data that decided: what it is, what it says and of which day."""

    what: str
    value: str
    on: date | None = None


def checked_words(typed: str, *, field: str = "words") -> str:
    """Return the words of a note without empty edges; raises NoteRefused and UnseenCharacter."""
    words = clean_note(typed, field=field)
    if not words:
        raise NoteRefused("Write something first.", field=field)
    if len(words) > LONGEST_NOTE:
        raise NoteRefused(f"Write at most {LONGEST_NOTE} characters; this has {len(words)}.", field=field)
    return words


def data_of(facts: Sequence[Fact]) -> str:
    """Return the data that decided in the one form in which it is kept and hashed."""
    return _canonical([[fact.what, fact.value, fact.on.isoformat() if fact.on else None] for fact in facts])


def facts_of(data: str) -> tuple[Fact, ...]:
    """Return the data that decided as it was kept."""
    return tuple(
        Fact(what=what, value=value, on=date.fromisoformat(day) if day else None)
        for what, value, day in json.loads(data or "[]")
    )


def shown_hash(words: str, data: str, *, physician_id: UUID) -> str:
    """Return the hash of what a page shows before it is signed, in hex."""
    return _hash({"words": words, "data": data, "physician": str(physician_id)})


def content_hash(words: str, data: str, *, physician_id: UUID, at: datetime) -> str:
    """Return the hash of a signed note, in hex: words, data, physician and time."""
    return _hash({"words": words, "data": data, "physician": str(physician_id), "at": at.isoformat()})


def addendum_hash(words: str, *, note_hash: str, actor_id: UUID | None, at: datetime | None = None) -> str:
    """Return the hash of an addendum, in hex, which holds on to the note that it belongs to."""
    parts = {"words": words, "note": note_hash, "by": str(actor_id)}
    return _hash(parts | ({"at": at.isoformat()} if at else {}))


def _hash(parts: Mapping[str, str]) -> str:
    return sha256(_canonical(parts).encode()).hexdigest()


def _canonical(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
