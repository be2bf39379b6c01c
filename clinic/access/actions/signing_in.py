"""Signing in: the password, then the second factor, each guess counted."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from clinic.access.actions.guessing import forgive_guesses, one_at_a_time, record_guess
from clinic.access.actions.results import Attempt, Entered, NotEntered, TooManyGuesses
from clinic.access.actions.sessions import held, renew, start_session
from clinic.access.errors import NotPossibleNow
from clinic.access.models import RecoveryCode, StaffAccount, StaffSession
from clinic.access.queries.accounts import account_by_email
from clinic.access.queries.guesses import code_free_at, password_free_at
from clinic.access.rules.accounts import AccountState, email_key
from clinic.access.rules.hashing import Hasher
from clinic.access.rules.passwords import is_checkable
from clinic.access.rules.recovery import HOW_MANY, read_code
from clinic.access.rules.sessions import NextStep, next_step
from clinic.access.rules.throttles import GuessKind, account_key, network_of
from clinic.access.rules.totp import accepted_counter, new_seed
from clinic.kernel.actor import Actor, Role
from clinic.kernel.journal import note


def sign_in(
    session: Session,
    *,
    email: str,
    password: str,
    ip: str | None,
    now: datetime,
    by: Actor,
    hasher: Hasher,
    may_skip_second_factor: bool = False,
) -> Attempt:
    """Check address and password and open a session that still lacks its second factor.

    Costs one hash whether or not the account exists. Raises Busy when too many hashes are under way.
    """
    key, network = email_key(email), network_of(ip)
    counted_as = account_key(key)
    if free_at := password_free_at(session, account_key=counted_as, email_key=key, network=network, now=now):
        return TooManyGuesses(free_at)
    account = account_by_email(session, key)
    is_right = password_fits(account, password, hasher)
    one_at_a_time(session, counted_as, network)
    if free_at := password_free_at(session, account_key=counted_as, email_key=key, network=network, now=now):
        return TooManyGuesses(free_at)
    if account is None or not is_right:
        record_guess(session, kind=GuessKind.PASSWORD, account_key=counted_as, network=network, now=now)
        _note_refusal(session, account, "password", now=now)
        return NotEntered()
    forgive_guesses(session, account_key=counted_as, network=network, now=now)
    _rehash_if_stale(session, account, password, hasher=hasher)
    return _come_in(session, account, ip=ip, now=now, by=by, may_skip=may_skip_second_factor)


def second_factor(
    session: Session, *, session_id: UUID, code: str, ip: str | None, now: datetime, by: Actor
) -> Attempt:
    """Check a code of the authenticator app; completes signing in, and steps a signed-in session up."""
    live, account = held(session, session_id=session_id, now=now)
    if account.totp_confirmed_at is None or account.totp_seed is None:
        raise NotPossibleNow("Set up your authenticator app first.")
    if free_at := code_free_at(session, account_key=str(account.id), now=now):
        return TooManyGuesses(free_at)
    counter = accepted_counter(account.totp_seed, code, now=now, last_counter=account.totp_last_counter)
    if counter is None:
        return wrong_code(session, account, ip=ip, now=now)
    account.totp_last_counter = counter
    return _factor_given(session, live, account, now=now, by=by, means="app")


def recovery(
    session: Session, *, session_id: UUID, code: str, ip: str | None, now: datetime, by: Actor, hasher: Hasher
) -> Attempt:
    """Check a recovery code, which then is used up; stands in for the app's code."""
    live, account = held(session, session_id=session_id, now=now)
    if free_at := code_free_at(session, account_key=str(account.id), now=now):
        return TooManyGuesses(free_at)
    found = _fitting_code(session, account.id, code, hasher=hasher)
    if found is None:
        return wrong_code(session, account, ip=ip, now=now)
    found.used_at = now
    return _factor_given(session, live, account, now=now, by=by, means="recovery_code")


def step_up_by_password(
    session: Session,
    *,
    session_id: UUID,
    password: str,
    ip: str | None,
    now: datetime,
    by: Actor,
    hasher: Hasher,
    may_skip_second_factor: bool,
) -> Attempt:
    """Ask for the password again, where a demo account has no second factor that could be asked for."""
    live, account = held(session, session_id=session_id, now=now)
    if account.totp_confirmed_at is not None or not may_skip_second_factor:
        raise NotPossibleNow("Use a code from your authenticator app.")
    if free_at := code_free_at(session, account_key=str(account.id), now=now):
        return TooManyGuesses(free_at)
    if not password_fits(account, password, hasher):
        return wrong_code(session, account, ip=ip, now=now)
    return _factor_given(session, live, account, now=now, by=by, means="password")


def wrong_code(session: Session, account: StaffAccount, *, ip: str | None, now: datetime) -> NotEntered:
    """Count a wrong second factor."""
    record_guess(session, kind=GuessKind.CODE, account_key=str(account.id), network=network_of(ip), now=now)
    _note_refusal(session, account, "second_factor", now=now)
    return NotEntered()


def password_fits(account: StaffAccount | None, password: str, hasher: Hasher) -> bool:
    """Tell whether the password is the account's; costs one hash in every case."""
    is_real = account is not None and account.state == AccountState.ACTIVE and is_checkable(password)
    stored = account.password_hash if account is not None and is_real else None
    if stored is None:
        hasher.pretend("a password that nobody typed")
        return False
    return hasher.matches(stored, password)


def _rehash_if_stale(session: Session, account: StaffAccount, password: str, *, hasher: Hasher) -> None:
    """Store the password under today's parameters, unless somebody set another one meanwhile."""
    stored = account.password_hash
    if stored is None or not hasher.is_stale(stored):
        return
    same = update(StaffAccount).where(StaffAccount.id == account.id, StaffAccount.password_hash == stored)
    session.execute(same.values(password_hash=hasher.hash(password)))


def _come_in(
    session: Session, account: StaffAccount, *, ip: str | None, now: datetime, by: Actor, may_skip: bool
) -> Entered:
    step = next_step(has_second_factor=account.totp_confirmed_at is not None, may_skip=may_skip)
    if step is NextStep.SET_UP and account.totp_seed is None:
        account.totp_seed = new_seed()
    token = start_session(
        session, account_id=account.id, now=now, by=by, ip=ip, has_second_factor=step is NextStep.DONE
    )
    roles = frozenset(Role(role) for role in account.roles)
    return Entered(token=token, account_id=account.id, roles=roles, next=step)


def _factor_given(
    session: Session, live: StaffSession, account: StaffAccount, *, now: datetime, by: Actor, means: str
) -> Entered:
    entered = renew(live, account, now=now)
    session.flush()
    note(
        session,
        "second_factor.given",
        subject_kind="staff_account",
        subject_id=account.id,
        at=now,
        means=means,
        by_id=by.id,
    )
    return entered


def _fitting_code(session: Session, account_id: UUID, typed: str, *, hasher: Hasher) -> RecoveryCode | None:
    read = read_code(typed)
    newest = select(RecoveryCode).where(RecoveryCode.account_id == account_id)
    codes = session.scalars(newest.order_by(RecoveryCode.created_at.desc(), RecoveryCode.id).limit(HOW_MANY)).all()
    if read is None or read[0] >= len(codes):
        hasher.pretend(typed[:HOW_MANY])
        return None
    found = codes[read[0]]
    return found if hasher.matches(found.code_hash, read[1]) and found.used_at is None else None


def _note_refusal(session: Session, account: StaffAccount | None, what: str, *, now: datetime) -> None:
    subject_id = account.id if account else None
    note(session, "sign_in.refused", subject_kind="staff_account", subject_id=subject_id, at=now, what=what)
