"""The sealed sentence that tells whether a process holds the right keys."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from clinic.kernel.crypto import KeyRing, UnreadableSecret, seal, unseal
from clinic.kernel.tables import KnownAnswer

_SENTENCE = "this clinic's keys are the right ones"
_PLACE = "known_answer|blob|1"


class WrongKeys(Exception):
    """The process's keys cannot read what this database was written with."""


def require_right_keys(session: Session, ring: KeyRing, *, now: datetime) -> None:
    """Read the known answer, or write it the first time; raise WrongKeys when it does not decrypt."""
    blob = session.scalar(select(KnownAnswer.blob).where(KnownAnswer.id == 1))
    if blob is None:
        first = seal(ring, _SENTENCE, place=_PLACE)
        session.execute(insert(KnownAnswer).values(id=1, blob=first, created_at=now).on_conflict_do_nothing())
        return
    try:
        readable = unseal(ring, blob, place=_PLACE) == _SENTENCE
    except UnreadableSecret:
        readable = False
    if not readable:
        raise WrongKeys("CLINIC_ENCRYPTION_KEYS cannot read this database; put the key back that wrote it")
