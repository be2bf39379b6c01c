"""Accounts: how an address is compared, what states there are, how long a letter of invitation lives."""

import re
import unicodedata
from collections.abc import Collection
from datetime import timedelta
from enum import StrEnum

from clinic.access.errors import BadEmail, NoRole
from clinic.kernel.actor import Role
from clinic.kernel.text import clean_line

INVITATION_LASTS = timedelta(hours=72)
RESET_LASTS = timedelta(minutes=15)
"""Both single-use (ASVS 6.4.1, 6.4.3)."""

_LONGEST = 254
_SHAPE = re.compile(r"[!-?A-~]+@[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+")


class AccountState(StrEnum):
    """Whether somebody may sign in with an account."""

    INVITED = "invited"
    ACTIVE = "active"
    DISABLED = "disabled"


class TokenPurpose(StrEnum):
    """What a single-use link lets its holder do."""

    INVITE = "invite"
    RESET = "reset"


def email_key(email: str) -> str:
    """Return the address in the form that is compared: NFKC, casefolded, without outer spaces."""
    return unicodedata.normalize("NFKC", email).strip().casefold()


def usable_email(email: str) -> tuple[str, str]:
    """Return the address as it is shown and as it is compared, or raise BadEmail.

    Only ASCII addresses are taken, so that no two accounts look alike and are not.
    """
    shown = clean_line(email, field="email")
    key = email_key(shown)
    if len(key) > _LONGEST or not _SHAPE.fullmatch(key):
        raise BadEmail("Enter a work e-mail address, like dana@example.org.", field="email")
    return shown, key


def usable_roles(roles: Collection[Role]) -> list[str]:
    """Return the roles in a fixed order, or raise NoRole."""
    if not roles:
        raise NoRole("Choose at least one role.", field="roles")
    return sorted({role.value for role in roles})
