"""Reading staff accounts."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic.access.errors import NoSuchAccount, TokenNoLongerValid
from clinic.access.models import AccountToken, RecoveryCode, StaffAccount, StaffSession
from clinic.access.rules.accounts import AccountState, TokenPurpose, email_key
from clinic.kernel.actor import Role
from clinic.kernel.ids import digest


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffRow:
    """One line of the staff list; `last_seen_at` is None for somebody who never signed in."""

    id: UUID
    full_name: str
    email: str
    roles: tuple[Role, ...]
    state: AccountState
    has_second_factor: bool
    last_seen_at: datetime | None
    version: int


def staff(session: Session) -> list[StaffRow]:
    """Return all accounts by name, disabled ones last."""
    last_seen = select(func.max(StaffSession.last_seen_at)).where(StaffSession.account_id == StaffAccount.id)
    order = (StaffAccount.state == AccountState.DISABLED, func.lower(StaffAccount.full_name), StaffAccount.id)
    found = session.execute(select(StaffAccount, last_seen.scalar_subquery()).order_by(*order))
    return [_row(account, last_seen_at) for account, last_seen_at in found]


def _row(found: StaffAccount, last_seen_at: datetime | None) -> StaffRow:
    return StaffRow(
        id=found.id,
        full_name=found.full_name,
        email=found.email,
        roles=tuple(Role(role) for role in found.roles),
        state=AccountState(found.state),
        has_second_factor=found.totp_confirmed_at is not None,
        last_seen_at=last_seen_at,
        version=found.version,
    )


def account(session: Session, account_id: UUID) -> StaffAccount:
    """Return one account, or raise NoSuchAccount."""
    found = session.scalar(select(StaffAccount).where(StaffAccount.id == account_id))
    if found is None:
        raise NoSuchAccount("There is no such account.")
    return found


def roles_of(session: Session, account_ids: Collection[UUID]) -> dict[UUID, frozenset[Role]]:
    """Return the roles that these accounts hold now; unknown ids are absent."""
    found = select(StaffAccount.id, StaffAccount.roles).where(StaffAccount.id.in_(account_ids))
    return {row.id: frozenset(Role(role) for role in row.roles) for row in session.execute(found)}


def account_by_email(session: Session, email: str) -> StaffAccount | None:
    """Return the account with this address, however its letters were typed."""
    return session.scalar(select(StaffAccount).where(StaffAccount.email_key == email_key(email)))


def active_accounts_with_role(session: Session, role: Role) -> list[StaffAccount]:
    """Return the people who may sign in with this role, by name."""
    wanted = select(StaffAccount).where(StaffAccount.state == AccountState.ACTIVE)
    return list(
        session.scalars(wanted.where(StaffAccount.roles.contains([role.value])).order_by(StaffAccount.full_name))
    )


def account_of_token(session: Session, *, token: str, purpose: TokenPurpose, now: datetime) -> StaffAccount:
    """Return whose invitation or reset link this is, or raise TokenNoLongerValid, whatever the reason."""
    found = session.scalar(
        select(StaffAccount)
        .join(AccountToken, AccountToken.account_id == StaffAccount.id)
        .where(
            AccountToken.token_hash == digest(token),
            AccountToken.purpose == purpose.value,
            AccountToken.used_at.is_(None),
            AccountToken.revoked_at.is_(None),
            AccountToken.expires_at > now,
            StaffAccount.state != AccountState.DISABLED,
        )
    )
    if found is None:
        raise TokenNoLongerValid("This link no longer works. Ask an administrator for a new one.")
    return found


def recovery_codes_left(session: Session, *, account_id: UUID) -> int:
    """Return how many recovery codes of the newest set are unused."""
    unused = select(func.count()).where(RecoveryCode.account_id == account_id, RecoveryCode.used_at.is_(None))
    return session.scalar(unused) or 0
