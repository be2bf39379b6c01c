"""A desk where people are hired and sign in, and a hasher that counts."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.access import actions, queries
from clinic.access.models import StaffAccount
from clinic.access.rules.hashing import Argon2Hasher
from clinic.access.rules.totp import code_at, counter_at
from clinic.kernel.actor import Actor, Role, system
from clinic.kernel.ids import digest

PASSWORD = "copper lantern violet tide"
OPERATOR = system("Operator")


@dataclass
class CountingHasher:
    """Does what the real one does, cheaply, and counts what was asked."""

    real: Argon2Hasher = field(default_factory=lambda: Argon2Hasher(memory_kib=8, time_cost=1))
    asked: list[str] = field(default_factory=list)

    def hash(self, password: str) -> str:
        self.asked.append("hash")
        return self.real.hash(password)

    def matches(self, stored: str, password: str) -> bool:
        self.asked.append("matches")
        return self.real.matches(stored, password)

    def pretend(self, password: str) -> None:
        self.asked.append("pretend")
        self.real.pretend(password)

    def is_stale(self, stored: str) -> bool:
        return self.real.is_stale(stored)


@dataclass(frozen=True)
class Desk:
    """Signs people in and out over one session of the database."""

    session: Session
    hasher: CountingHasher
    somebody: Actor

    def hire(self, name: str = "Dana Reyes", *roles: Role, now: datetime, **other: str) -> StaffAccount:
        email = other.get("email", name.lower().replace(" ", ".") + "@example.org")
        _, token = actions.invite_staff(
            self.session, email=email, full_name=name, roles=roles or (Role.COORDINATOR,), by=OPERATOR, now=now
        )
        return actions.accept_invitation(self.session, token=token, password=PASSWORD, now=now, hasher=self.hasher)

    def sign_in(
        self,
        account: StaffAccount | str,
        password: str = PASSWORD,
        *,
        now: datetime,
        ip: str | None = "192.0.2.10",
        may_skip: bool = False,
    ) -> actions.Entered | actions.NotEntered | actions.TooManyGuesses:
        return actions.sign_in(
            self.session,
            email=account if isinstance(account, str) else account.email,
            password=password,
            ip=ip,
            now=now,
            by=self.somebody,
            hasher=self.hasher,
            may_skip_second_factor=may_skip,
        )

    def set_up(self, account: StaffAccount, *, now: datetime) -> actions.CodesIssued:
        """Sign in with the password and set up the app; the code of the step before `now` is used up."""
        entered = self.sign_in(account, now=now)
        assert isinstance(entered, actions.Entered)
        issued = actions.confirm_totp(
            self.session,
            session_id=self.session_id(entered.token, now),
            code=self.code(account, now),
            ip="192.0.2.10",
            now=now,
            by=self.somebody,
            hasher=self.hasher,
        )
        assert isinstance(issued, actions.CodesIssued)
        return issued

    def session_id(self, token: str, now: datetime) -> UUID:
        found = queries.session_by_token(self.session, token_hash=digest(token), now=now)
        assert found is not None
        return found.session_id

    def code(self, account: StaffAccount, at: datetime) -> str:
        assert account.totp_seed is not None
        return code_at(account.totp_seed, counter_at(at))
