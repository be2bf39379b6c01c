"""Sessions of signed-in patients: opened by a code, marked as seen, ended by them, by staff and by what changes."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, update
from sqlalchemy.orm import Session

from clinic.access.models import EntryRequest, PatientSession
from clinic.access.rules.sessions import AREA_ABSOLUTE, TOUCH_EVERY
from clinic.kernel.actor import Actor
from clinic.kernel.ids import digest, new_id, new_token
from clinic.kernel.journal import note

SUBJECT = "patient_session"


def start_area_session(session: Session, *, patient_id: UUID, phone_id: UUID, now: datetime, by: Actor) -> str:
    """Open a session for a patient whose phone got a code, and return its token."""
    token = new_token()
    live = PatientSession(
        id=new_id(),
        token_hash=digest(token),
        patient_id=patient_id,
        phone_id=phone_id,
        created_at=now,
        last_seen_at=now,
        expires_at=now + AREA_ABSOLUTE,
    )
    session.add(live)
    session.flush()
    _note(session, "patient_session.started", live.id, patient_id, now=now, by=by)
    return token


def area_seen(session: Session, *, session_id: UUID, now: datetime) -> None:
    """Mark a patient's session as used; writes at most once a minute."""
    is_due = PatientSession.last_seen_at <= now - TOUCH_EVERY
    session.execute(update(PatientSession).where(PatientSession.id == session_id, is_due).values(last_seen_at=now))


def take_in_hand(session: Session, *, session_id: UUID, opened_id: UUID) -> None:
    """Remember which check-in a signed-in patient opened; that it is the patient's own is for the caller to know."""
    session.execute(update(PatientSession).where(PatientSession.id == session_id).values(opened_id=opened_id))


def leave_area(session: Session, *, session_id: UUID, now: datetime, by: Actor) -> int:
    """End one session; return how many that were."""
    return _end(session, PatientSession.id == session_id, now=now, by=by)


def end_area_sessions(session: Session, *, patient_id: UUID, now: datetime, by: Actor) -> int:
    """End every session of a patient and make every code that is on its way useless; return how many sessions."""
    _forget_codes(session, EntryRequest.patient_id == patient_id)
    return _end(session, PatientSession.patient_id == patient_id, now=now, by=by)


def end_area_sessions_of_phone(session: Session, *, phone_id: UUID, now: datetime, by: Actor) -> int:
    """Do the same for everybody who signed in by this number, which gets no texts any more."""
    _forget_codes(session, EntryRequest.phone_id == phone_id)
    return _end(session, PatientSession.phone_id == phone_id, now=now, by=by)


def _forget_codes(session: Session, which: ColumnElement[bool]) -> None:
    waiting = update(EntryRequest).where(which, EntryRequest.used_at.is_(None), EntryRequest.code_hash.is_not(None))
    session.execute(waiting.values(code_hash=None))


def _end(session: Session, which: ColumnElement[bool], *, now: datetime, by: Actor) -> int:
    ended = update(PatientSession).where(which, PatientSession.revoked_at.is_(None), PatientSession.expires_at > now)
    rows = session.execute(ended.values(revoked_at=now).returning(PatientSession.id, PatientSession.patient_id)).all()
    for row in rows:
        _note(session, "patient_session.ended", row.id, row.patient_id, now=now, by=by)
    return len(rows)


def _note(session: Session, action: str, session_id: UUID, patient_id: UUID, *, now: datetime, by: Actor) -> None:  # noqa: PLR0917 - one line of history
    note(session, action, subject_kind=SUBJECT, subject_id=session_id, at=now, patient_ids=(patient_id,), by_id=by.id)
