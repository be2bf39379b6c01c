"""Passwords: chosen by their owner on an invitation, a reset or from inside; never by an administrator."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.access.actions.accounts import hand_out, locked_account, require_admin, revoke_tokens
from clinic.access.actions.results import Attempt, TooManyGuesses
from clinic.access.actions.sessions import end_all_sessions, held, renew
from clinic.access.actions.signing_in import password_fits, wrong_code
from clinic.access.actions.vouching import ask_whose
from clinic.access.errors import NotPossibleNow, TokenNoLongerValid
from clinic.access.models import AccountToken, StaffAccount
from clinic.access.queries.accounts import account_of_token
from clinic.access.queries.guesses import code_free_at
from clinic.access.rules.accounts import AccountState, TokenPurpose
from clinic.access.rules.hashing import Hasher
from clinic.access.rules.passwords import good_password
from clinic.access.rules.vouching import SignInChange
from clinic.kernel.actor import Actor, ActorKind
from clinic.kernel.ids import digest
from clinic.kernel.journal import note


def accept_invitation(
    session: Session,
    *,
    token: str,
    password: str,
    now: datetime,
    hasher: Hasher,
    words: Iterable[str] = (),
) -> StaffAccount:
    """Take up an invitation with a password of one's own; the second factor follows at the first sign-in.

    `words` are names that a guesser would try, such as the clinic's. Raises TokenNoLongerValid or WeakPassword.
    """
    account = _use_token(session, token, TokenPurpose.INVITE, now=now)
    _set_password(session, account, password, now=now, hasher=hasher, words=words)
    account.state = AccountState.ACTIVE.value
    _note(session, account, "invitation.accepted", now=now)
    return account


def start_reset(session: Session, *, account_id: UUID, by: Actor, now: datetime) -> str:
    """Return the token of a reset link, which works once within 15 minutes; the password stays until it is used."""
    require_admin(by)
    account = locked_account(session, account_id)
    if account.state != AccountState.ACTIVE:
        raise NotPossibleNow(f"{account.full_name} cannot sign in now. Invite them again or turn the account on.")
    _note(session, account, "password_reset.started", now=now)
    return hand_out(session, account, TokenPurpose.RESET, by=by, now=now)


def finish_reset(
    session: Session,
    *,
    token: str,
    password: str,
    now: datetime,
    hasher: Hasher,
    words: Iterable[str] = (),
    ip: str | None = None,
) -> StaffAccount:
    """Set a new password by a reset link and end every session; the second factor is asked for as before."""
    account = _use_token(session, token, TokenPurpose.RESET, now=now)
    _set_password(session, account, password, now=now, hasher=hasher, words=words)
    end_all_sessions(session, account_id=account.id, now=now)
    _note(session, account, "password_reset.finished", now=now)
    owner = Actor(kind=ActorKind.STAFF, id=account.id, name=account.full_name, ip=ip)
    ask_whose(session, account, SignInChange.RESET, by=owner, now=now)
    return account


def change_password(
    session: Session,
    *,
    session_id: UUID,
    current: str,
    password: str,
    ip: str | None,
    now: datetime,
    by: Actor,
    hasher: Hasher,
    words: Iterable[str] = (),
) -> Attempt:
    """Replace one's own password; every other session of the account ends."""
    live, account = held(session, session_id=session_id, now=now)
    if free_at := code_free_at(session, account_key=str(account.id), now=now):
        return TooManyGuesses(free_at)
    wanted = good_password(password, words=(*words, account.full_name, account.email))
    if not password_fits(account, current, hasher):
        return wrong_code(session, account, ip=ip, now=now)
    account.password_hash = hasher.hash(wanted)
    account.touch(by=by, now=now)
    revoke_tokens(session, account.id, now=now)
    end_all_sessions(session, account_id=account.id, now=now, but=live.id)
    _note(session, account, "password.changed", now=now)
    ask_whose(session, account, SignInChange.PASSWORD, by=by, now=now)
    had_factor_at = live.mfa_at
    entered = renew(live, account, now=now)
    live.mfa_at = had_factor_at
    session.flush()
    return entered


def _use_token(session: Session, token: str, purpose: TokenPurpose, *, now: datetime) -> StaffAccount:
    """Return the account of a live token and use the token up; of two who come at once, one is too late."""
    account = locked_account(session, account_of_token(session, token=token, purpose=purpose, now=now).id)
    row = session.scalar(
        select(AccountToken)
        .where(AccountToken.token_hash == digest(token), AccountToken.used_at.is_(None))
        .where(AccountToken.revoked_at.is_(None))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise TokenNoLongerValid("This link no longer works. Ask an administrator for a new one.")
    row.used_at = now
    return account


def _set_password(
    session: Session,
    account: StaffAccount,
    password: str,
    *,
    now: datetime,
    hasher: Hasher,
    words: Iterable[str],
) -> None:
    wanted = good_password(password, words=(*words, account.full_name, account.email))
    account.password_hash = hasher.hash(wanted)
    owner = Actor(kind=ActorKind.STAFF, id=account.id, name=account.full_name)
    account.touch(by=owner, now=now)
    session.flush()


def _note(session: Session, account: StaffAccount, action: str, *, now: datetime) -> None:
    note(session, action, subject_kind="staff_account", subject_id=account.id, at=now)
