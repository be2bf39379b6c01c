"""Staff accounts: invited, given roles, switched off and on; only by an administrator, never one's own."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from clinic.access.actions.guessing import one_at_a_time
from clinic.access.actions.sessions import end_all_sessions
from clinic.access.errors import EmailTaken, LastAdmin, NoSuchAccount, NotAnAdmin, NotPossibleNow, OwnAccount
from clinic.access.models import AccountToken, StaffAccount
from clinic.access.rules.accounts import (
    INVITATION_LASTS,
    RESET_LASTS,
    AccountState,
    TokenPurpose,
    usable_email,
    usable_roles,
)
from clinic.kernel.actor import Actor, ActorKind, Role
from clinic.kernel.ids import digest, new_id, new_token
from clinic.kernel.journal import note
from clinic.kernel.text import clean_line
from clinic.kernel.transaction import refusing

_LASTS = {TokenPurpose.INVITE: INVITATION_LASTS, TokenPurpose.RESET: RESET_LASTS}


def invite_staff(
    session: Session, *, email: str, full_name: str, roles: Collection[Role], by: Actor, now: datetime
) -> tuple[StaffAccount, str]:
    """Make an account and return it with the token of its invitation, which works once within 72 hours."""
    require_admin(by)
    shown, key = usable_email(email)
    account = StaffAccount(
        id=new_id(),
        email=shown,
        email_key=key,
        full_name=clean_line(full_name, field="full_name"),
        roles=usable_roles(roles),
        state=AccountState.INVITED.value,
        created_at=now,
    )
    account.touch(by=by, now=now)
    taken = EmailTaken("Somebody on the staff list has this address already.", field="email")
    with refusing(session, {"uq_staff_account_email_key": taken}):
        session.add(account)
        session.flush()
    _note(session, account, "staff.invited", now=now, roles=account.roles)
    return account, hand_out(session, account, TokenPurpose.INVITE, by=by, now=now)


def invite_again(session: Session, *, account_id: UUID, by: Actor, now: datetime) -> str:
    """Return a new invitation's token for an account that nobody has taken up; the earlier ones die."""
    require_admin(by)
    account = locked_account(session, account_id)
    if account.state != AccountState.INVITED:
        raise NotPossibleNow(f"{account.full_name} has taken up the invitation already.")
    _note(session, account, "staff.invited", now=now, roles=account.roles)
    return hand_out(session, account, TokenPurpose.INVITE, by=by, now=now)


def change_roles(
    session: Session, *, account_id: UUID, roles: Collection[Role], version: int, by: Actor, now: datetime
) -> None:
    """Give an account other roles; its sessions end, so the change holds at once."""
    wanted = usable_roles(roles)
    account = account_to_change(session, account_id=account_id, version=version, by=by)
    if Role.ADMIN.value not in wanted:
        _keep_one_admin(session, account)
    _note(session, account, "staff.roles_changed", now=now, before=account.roles, after=wanted)
    account.roles = wanted
    account.touch(by=by, now=now)
    end_all_sessions(session, account_id=account.id, now=now)


def disable_staff(session: Session, *, account_id: UUID, version: int, by: Actor, now: datetime) -> None:
    """Switch an account off: its sessions, invitations and resets end at once."""
    account = account_to_change(session, account_id=account_id, version=version, by=by)
    _keep_one_admin(session, account)
    account.state = AccountState.DISABLED.value
    account.touch(by=by, now=now)
    end_all_sessions(session, account_id=account.id, now=now)
    revoke_tokens(session, account.id, now=now)
    _note(session, account, "staff.disabled", now=now)


def enable_staff(session: Session, *, account_id: UUID, version: int, by: Actor, now: datetime) -> None:
    """Switch an account on again, with the password and second factor that it had."""
    account = account_to_change(session, account_id=account_id, version=version, by=by)
    if account.state != AccountState.DISABLED:
        raise NotPossibleNow(f"{account.full_name}'s account is on.")
    account.state = (AccountState.ACTIVE if account.password_hash else AccountState.INVITED).value
    account.touch(by=by, now=now)
    _note(session, account, "staff.enabled", now=now)


def account_to_change(session: Session, *, account_id: UUID, version: int, by: Actor) -> StaffAccount:
    """Return a locked account that an administrator other than its owner may change, as they last saw it."""
    require_admin(by)
    if by.kind is ActorKind.STAFF and by.id == account_id:
        raise OwnAccount("You cannot change your own account here. Ask another administrator.")
    # One change of rights at a time, so that two administrators cannot switch each other off at once.
    one_at_a_time(session, "staff rights")
    account = locked_account(session, account_id)
    account.require_version(version)
    return account


def hand_out(session: Session, account: StaffAccount, purpose: TokenPurpose, *, by: Actor, now: datetime) -> str:
    """Make a single-use token, kill the earlier ones of the account and return it; only its SHA-256 is kept."""
    revoke_tokens(session, account.id, now=now)
    token = new_token()
    row = AccountToken(
        id=new_id(),
        account_id=account.id,
        purpose=purpose.value,
        token_hash=digest(token),
        expires_at=now + _LASTS[purpose],
        created_by=by.id,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return token


def revoke_tokens(session: Session, account_id: UUID, *, now: datetime) -> None:
    """Kill every unused invitation and reset of an account."""
    unused = update(AccountToken).where(
        AccountToken.account_id == account_id, AccountToken.used_at.is_(None), AccountToken.revoked_at.is_(None)
    )
    session.execute(unused.values(revoked_at=now))


def require_admin(by: Actor) -> None:
    """Raise NotAnAdmin unless an administrator or the machine's own operator acts."""
    if by.kind is not ActorKind.SYSTEM and not by.has(Role.ADMIN):
        raise NotAnAdmin("Only an administrator can change staff accounts.")


def locked_account(session: Session, account_id: UUID) -> StaffAccount:
    """Return an account that nobody else changes until this transaction ends, or raise NoSuchAccount."""
    wanted = select(StaffAccount).where(StaffAccount.id == account_id).with_for_update()
    found = session.scalar(wanted.execution_options(populate_existing=True))
    if found is None:
        raise NoSuchAccount("There is no such account.")
    return found


def _keep_one_admin(session: Session, leaving: StaffAccount) -> None:
    is_other_admin = (
        StaffAccount.id != leaving.id,
        StaffAccount.state == AccountState.ACTIVE,
        StaffAccount.roles.contains([Role.ADMIN.value]),
    )
    is_admin = leaving.state == AccountState.ACTIVE and Role.ADMIN.value in leaving.roles
    if is_admin and session.scalar(select(StaffAccount.id).where(*is_other_admin).limit(1)) is None:
        raise LastAdmin(f"{leaving.full_name} is the only administrator. Make another one first.")


def _note(session: Session, account: StaffAccount, action: str, *, now: datetime, **details: object) -> None:
    note(session, action, subject_kind="staff_account", subject_id=account.id, at=now, patient_ids=(), **details)
