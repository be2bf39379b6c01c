"""Being let in by one's own phone: what is asked, the six digits that are sent, and what a try ends with."""

import hmac
import json
import secrets
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from clinic.kernel.crypto import KeyRing, keyed_code

CODE_DIGITS = 6
CODE_LIVES = timedelta(minutes=10)
"""For so long a code is good (NIST SP 800-63B 5.1.3.2: ten minutes at most)."""

CODE_TRIES = 5
"""Five tries at one of a million codes: asking as often as a number may, a program needs years for one."""

LINK_LIVES = timedelta(days=7)
"""For so long a page opens by a link that was sent anew because the old one had run out."""

_NO_CODE = bytes(16)


class Wish(StrEnum):
    """How somebody wants to be let in."""

    CODE = "code"
    LINK = "link"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was typed: a number in E.164 and a birth date; nobody has looked yet whose they are."""

    e164: str = field(repr=False)
    birth_date: date = field(repr=False)

    def written(self) -> str:
        """Return it as one text, to be sealed."""
        return json.dumps([self.e164, self.birth_date.isoformat()])

    @classmethod
    def read(cls, written: str) -> "Asked":
        """Return what `written` wrote."""
        e164, born = json.loads(written)
        return cls(e164=e164, birth_date=date.fromisoformat(born))


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaEntered:
    """The code was right: a token for the browser's session."""

    token: str = field(repr=False)
    patient_id: UUID


@dataclass(frozen=True, slots=True)
class WrongCode:
    """The code did not fit, or there is none; so many tries are left either way."""

    left: int


@dataclass(frozen=True, slots=True)
class CodeDead:
    """No code is taken here any more: too late, used, or too many wrong ones."""


CodeTried = AreaEntered | WrongCode | CodeDead


def new_code() -> str:
    """Return six random digits."""
    return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"


def hash_of(ring: KeyRing, request_id: UUID, code: str) -> bytes:
    """Return the keyed code that is stored of six digits: a million of them are soon tried without the key."""
    return keyed_code(ring.writing[1], str(request_id), "entry", code)


def fits(ring: KeyRing, request_id: UUID, *, stored: bytes | None, typed: str) -> bool:
    """Tell whether what was typed is the code; costs the same whether there is one or not."""
    plain = "".join(symbol for symbol in typed if symbol.isascii() and symbol.isdigit())
    wanted = stored or _NO_CODE
    found = [hmac.compare_digest(keyed_code(key, str(request_id), "entry", plain), wanted) for _, key in ring.keys]
    return any(found) and stored is not None


def is_open(*, expires_at: datetime, used_at: datetime | None, tries: int, now: datetime) -> bool:
    """Tell whether a code is still taken."""
    return used_at is None and tries < CODE_TRIES and now < expires_at
