"""Live sessions: whose they are, as long as they are neither idle, old, revoked nor of a disabled account."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from clinic.access.models import Link, LinkSession, StaffAccount, StaffSession
from clinic.access.rules.accounts import AccountState
from clinic.access.rules.links import LinkPurpose
from clinic.access.rules.sessions import LINK_IDLE, STAFF_IDLE
from clinic.kernel.actor import Actor, ActorKind, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A staff member's live session; `mfa_at` is None while only the password was given."""

    session_id: UUID
    account_id: UUID
    actor: Actor
    mfa_at: datetime | None
    last_seen_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkVisitor:
    """A patient's live session behind a link: one patient, one purpose, one resource."""

    session_id: UUID
    link_id: UUID
    patient_id: UUID
    purpose: str
    resource_kind: str
    resource_id: UUID
    last_seen_at: datetime


_LIVE = (
    select(StaffSession, StaffAccount.full_name, StaffAccount.roles)
    .join(StaffAccount, StaffAccount.id == StaffSession.account_id)
    .where(
        StaffSession.token_hash == bindparam("token_hash"),
        StaffSession.revoked_at.is_(None),
        StaffSession.expires_at > bindparam("now"),
        StaffSession.last_seen_at >= bindparam("since"),
        StaffAccount.state == AccountState.ACTIVE,
    )
)
"""Asked by every page of staff, so built once."""


def session_by_token(session: Session, *, token_hash: bytes, now: datetime) -> SignedIn | None:
    """Return the live staff session of a token's SHA-256; roles are read now, so a change holds at once."""
    asked = {"token_hash": token_hash, "now": now, "since": now - STAFF_IDLE}
    found = session.execute(_LIVE, asked).one_or_none()
    return None if found is None else _signed_in(found[0], found.full_name, found.roles)


def _signed_in(live: StaffSession, name: str, roles: list[str]) -> SignedIn:
    return SignedIn(
        session_id=live.id,
        account_id=live.account_id,
        actor=Actor(kind=ActorKind.STAFF, id=live.account_id, name=name, roles=frozenset(Role(role) for role in roles)),
        mfa_at=live.mfa_at,
        last_seen_at=live.last_seen_at,
        expires_at=live.expires_at,
    )


def link_session_by_token(session: Session, *, token_hash: bytes, now: datetime) -> LinkVisitor | None:
    """Return the live link session of a token's SHA-256.

    A link that guessing locked leaves the patient's own open session alone; a revoked or expired one ends it.
    """
    found = session.execute(
        select(LinkSession, Link)
        .join(Link, Link.id == LinkSession.link_id)
        .where(
            LinkSession.token_hash == token_hash,
            LinkSession.revoked_at.is_(None),
            LinkSession.expires_at > now,
            (LinkSession.last_seen_at >= now - LINK_IDLE) | (LinkSession.purpose == LinkPurpose.SUPPORT),
            Link.revoked_at.is_(None),
            Link.expires_at > now,
        )
    ).one_or_none()
    if found is None:
        return None
    live, link = found
    return LinkVisitor(
        session_id=live.id,
        link_id=link.id,
        patient_id=live.patient_id,
        purpose=live.purpose,
        resource_kind=link.resource_kind,
        resource_id=link.resource_id,
        last_seen_at=live.last_seen_at,
    )
