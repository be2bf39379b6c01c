"""Wishes to be let in, and the sessions that come of them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from clinic.access.models import EntryRequest, Link, PatientSession
from clinic.access.rules.links import LinkPurpose
from clinic.access.rules.sessions import AREA_IDLE


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaVisitor:
    """A signed-in patient's live session; `opened_id` is the check-in in hand."""

    session_id: UUID
    patient_id: UUID
    opened_id: UUID | None
    last_seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIns:
    """What staff see of a patient's own sign-ins: the last one, and how many browsers are signed in now."""

    last_at: datetime | None
    live: int


def area_session_by_token(session: Session, *, token_hash: bytes, now: datetime) -> AreaVisitor | None:
    """Return the live session of a token's SHA-256."""
    found = session.scalar(select(PatientSession).where(PatientSession.token_hash == token_hash, _is_live(now)))
    if found is None:
        return None
    return AreaVisitor(
        session_id=found.id,
        patient_id=found.patient_id,
        opened_id=found.opened_id,
        last_seen_at=found.last_seen_at,
    )


def sign_ins_of(session: Session, patient_id: UUID, *, now: datetime) -> SignIns:
    """Return when a patient last signed in, and how many sessions are open."""
    counted = select(func.max(PatientSession.created_at), func.count().filter(_is_live(now)))
    last_at, live = session.execute(counted.where(PatientSession.patient_id == patient_id)).one()
    return SignIns(last_at=last_at, live=live)


def entry_request(session: Session, request_id: UUID) -> EntryRequest | None:
    """Return one wish to be let in."""
    return session.get(EntryRequest, request_id)


def dead_link(session: Session, *, patient_id: UUID, token_hash: bytes | None) -> Link | None:
    """Return the patient's link with this token, dead or alive; else the newest of all that were not taken back.

    That of a support person is somebody else's: it goes to the number it was sent to, and to no other.
    """
    theirs = select(Link).where(Link.patient_id == patient_id, Link.purpose != LinkPurpose.SUPPORT)
    named = session.scalar(theirs.where(Link.token_hash == token_hash)) if token_hash else None
    newest = theirs.where(Link.revoked_at.is_(None)).order_by(Link.created_at.desc(), Link.id).limit(1)
    return named or session.scalar(newest)


def _is_live(now: datetime) -> ColumnElement[bool]:
    return (
        PatientSession.revoked_at.is_(None)
        & (PatientSession.expires_at > now)
        & (PatientSession.last_seen_at >= now - AREA_IDLE)
    )
