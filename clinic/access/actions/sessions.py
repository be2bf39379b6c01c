"""Staff sessions: opened, renewed with a fresh token at each step, marked as seen, ended."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from clinic.access.actions.results import Entered
from clinic.access.errors import SessionEnded
from clinic.access.models import LinkSession, StaffAccount, StaffSession
from clinic.access.queries.accounts import account as account_by_id
from clinic.access.rules.accounts import AccountState
from clinic.access.rules.sessions import STAFF_ABSOLUTE, TOUCH_EVERY, NextStep
from clinic.access.rules.throttles import network_of
from clinic.kernel.actor import Actor, Role
from clinic.kernel.ids import digest, new_id, new_token
from clinic.kernel.journal import note


def start_session(
    session: Session,
    *,
    account_id: UUID,
    now: datetime,
    by: Actor,
    ip: str | None = None,
    has_second_factor: bool = True,
) -> str:
    """Open a session for an account and return its token, which is stored as its SHA-256 only."""
    account = account_by_id(session, account_id)
    token = new_token()
    live = StaffSession(
        id=new_id(),
        token_hash=digest(token),
        account_id=account.id,
        authenticated_at=now,
        mfa_at=now if has_second_factor else None,
        last_seen_at=now,
        expires_at=now + STAFF_ABSOLUTE,
        ip=network_of(ip),
    )
    session.add(live)
    session.flush()
    note(session, "session.started", subject_kind="staff_account", subject_id=account.id, at=now, by_id=by.id)
    return token


def held(session: Session, *, session_id: UUID, now: datetime) -> tuple[StaffSession, StaffAccount]:
    """Return a live session and its account, both locked in this order: account, then session; or raise SessionEnded.

    Whoever decides on a code holds the account, so two codes of one account are never decided at once.
    """
    owner = select(StaffSession.account_id).where(StaffSession.id == session_id).scalar_subquery()
    account = session.scalar(
        select(StaffAccount).where(StaffAccount.id == owner).with_for_update().execution_options(populate_existing=True)
    )
    live = session.scalar(
        select(StaffSession)
        .where(StaffSession.id == session_id, StaffSession.revoked_at.is_(None), StaffSession.expires_at > now)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if account is None or live is None or account.state != AccountState.ACTIVE:
        raise SessionEnded("You were signed out. Sign in again.")
    return live, account


def renew(live: StaffSession, account: StaffAccount, *, now: datetime) -> Entered:
    """Give a session a fresh token and a fresh second factor; its old token is dead at once."""
    token = new_token()
    live.token_hash = digest(token)
    live.mfa_at = now
    live.last_seen_at = now
    roles = frozenset(Role(role) for role in account.roles)
    return Entered(token=token, account_id=account.id, roles=roles, next=NextStep.DONE)


def seen(session: Session, *, session_id: UUID, now: datetime) -> None:
    """Mark a staff session as used; writes at most once a minute."""
    session.execute(
        update(StaffSession)
        .where(StaffSession.id == session_id, StaffSession.last_seen_at <= now - TOUCH_EVERY)
        .values(last_seen_at=now)
    )


def link_seen(session: Session, *, session_id: UUID, now: datetime) -> None:
    """Mark a patient's session as used; writes at most once a minute."""
    session.execute(
        update(LinkSession)
        .where(LinkSession.id == session_id, LinkSession.last_seen_at <= now - TOUCH_EVERY)
        .values(last_seen_at=now)
    )


def sign_out(session: Session, *, session_id: UUID, now: datetime, by: Actor) -> None:
    """End one session."""
    ended = update(StaffSession).where(StaffSession.id == session_id, StaffSession.revoked_at.is_(None))
    session.execute(ended.values(revoked_at=now))
    note(session, "session.ended", subject_kind="staff_account", subject_id=by.id, at=now)


def end_all_sessions(session: Session, *, account_id: UUID, now: datetime, but: UUID | None = None) -> None:
    """End every session of an account, except the one named."""
    wanted = update(StaffSession).where(StaffSession.account_id == account_id, StaffSession.revoked_at.is_(None))
    if but is not None:
        wanted = wanted.where(StaffSession.id != but)
    session.execute(wanted.values(revoked_at=now))
