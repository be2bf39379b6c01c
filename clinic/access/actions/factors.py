"""The second factor: set up with the authenticator app, recovered with codes, forgotten when a phone is lost."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from clinic.access.actions.accounts import account_to_change
from clinic.access.actions.results import Entered, NotEntered, TooManyGuesses
from clinic.access.actions.sessions import end_all_sessions, held, renew
from clinic.access.actions.signing_in import wrong_code
from clinic.access.actions.vouching import ask_whose
from clinic.access.errors import AlreadySetUp, NotPossibleNow
from clinic.access.models import RecoveryCode, StaffAccount
from clinic.access.queries.guesses import code_free_at
from clinic.access.rules.hashing import Hasher
from clinic.access.rules.recovery import new_codes, plain_symbols
from clinic.access.rules.totp import accepted_counter, new_seed
from clinic.access.rules.vouching import SignInChange
from clinic.kernel.actor import Actor
from clinic.kernel.ids import new_id
from clinic.kernel.journal import note


@dataclass(frozen=True, slots=True, kw_only=True)
class CodesIssued:
    """The second factor stands; `codes` are shown once and never again."""

    entered: Entered
    codes: list[str] = field(repr=False)


def begin_totp(session: Session, *, session_id: UUID, now: datetime, by: Actor) -> None:
    """Prepare setting up the app for an account that has no second factor yet."""
    _, account = held(session, session_id=session_id, now=now)
    if account.totp_confirmed_at is not None:
        raise AlreadySetUp("Your authenticator app is set up already.")
    account.totp_seed = new_seed()
    session.flush()
    _note(session, account, "second_factor.begun", now=now, by=by)


def confirm_totp(
    session: Session, *, session_id: UUID, code: str, ip: str | None, now: datetime, by: Actor, hasher: Hasher
) -> CodesIssued | NotEntered | TooManyGuesses:
    """Finish setting up the app with its first code and hand out ten recovery codes."""
    live, account = held(session, session_id=session_id, now=now)
    if account.totp_confirmed_at is not None:
        raise AlreadySetUp("Your authenticator app is set up already.")
    if account.totp_seed is None:
        raise NotPossibleNow("Sign in again to set up your authenticator app.")
    if free_at := code_free_at(session, account_key=str(account.id), now=now):
        return TooManyGuesses(free_at)
    counter = accepted_counter(account.totp_seed, code, now=now, last_counter=account.totp_last_counter)
    if counter is None:
        return wrong_code(session, account, ip=ip, now=now)
    account.totp_confirmed_at = now
    account.totp_last_counter = counter
    _note(session, account, "second_factor.set_up", now=now, by=by)
    codes = _issue_codes(session, account, now=now, hasher=hasher)
    return CodesIssued(entered=renew(live, account, now=now), codes=codes)


def new_recovery_codes(session: Session, *, session_id: UUID, now: datetime, by: Actor, hasher: Hasher) -> list[str]:
    """Replace the recovery codes of the person who asks; the old ones stop working."""
    _, account = held(session, session_id=session_id, now=now)
    if account.totp_confirmed_at is None:
        raise NotPossibleNow("Set up your authenticator app first.")
    _note(session, account, "recovery_codes.replaced", now=now, by=by)
    ask_whose(session, account, SignInChange.CODES, by=by, now=now)
    return _issue_codes(session, account, now=now, hasher=hasher)


def forget_second_factor(session: Session, *, account_id: UUID, version: int, by: Actor, now: datetime) -> None:
    """Take a lost phone off an account: its next sign-in sets up a new one; sessions and codes end."""
    account = account_to_change(session, account_id=account_id, version=version, by=by)
    account.totp_seed_sealed = None
    account.totp_confirmed_at = None
    account.totp_last_counter = None
    account.touch(by=by, now=now)
    _use_up_codes(session, account.id, now=now)
    end_all_sessions(session, account_id=account.id, now=now)
    _note(session, account, "second_factor.forgotten", now=now, by=by)
    ask_whose(session, account, SignInChange.PHONE, by=by, now=now)


def _issue_codes(session: Session, account: StaffAccount, *, now: datetime, hasher: Hasher) -> list[str]:
    _use_up_codes(session, account.id, now=now)
    codes = new_codes()
    # Codes are told apart by their position, and rows of one set are read back in the order of their ids.
    ids = sorted(new_id() for _ in codes)
    for row_id, code in zip(ids, codes, strict=True):
        hashed = hasher.hash(plain_symbols(code))
        session.add(RecoveryCode(id=row_id, account_id=account.id, code_hash=hashed, created_at=now))
    session.flush()
    return codes


def _use_up_codes(session: Session, account_id: UUID, *, now: datetime) -> None:
    unused = update(RecoveryCode).where(RecoveryCode.account_id == account_id, RecoveryCode.used_at.is_(None))
    session.execute(unused.values(used_at=now))


def _note(session: Session, account: StaffAccount, action: str, *, now: datetime, by: Actor) -> None:
    note(session, action, subject_kind="staff_account", subject_id=account.id, at=now, by_id=by.id)
