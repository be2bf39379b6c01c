"""What an attempt to come in ends with; values, not exceptions, so that a wrong guess is committed and counted."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from clinic.access.rules.sessions import NextStep
from clinic.kernel.actor import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """The attempt was right: a new session token, shown to nobody but the browser, and what comes next."""

    token: str = field(repr=False)
    account_id: UUID
    roles: frozenset[Role]
    next: NextStep


@dataclass(frozen=True, slots=True)
class NotEntered:
    """The attempt was wrong; whether an account exists is not said."""


@dataclass(frozen=True, slots=True)
class TooManyGuesses:
    """The attempt was not heard; the next one is at `free_at`."""

    free_at: datetime


Attempt = Entered | NotEntered | TooManyGuesses
