"""The port for e-mail: value types, ways to fail, and what an adapter must be able to do."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

LONGEST_SUBJECT = 200
LONGEST_ADDRESS = 254

_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_ADDRESS = re.compile(r"[^\s@<>(),;:\"\\\[\]]{1,64}@[^\s@<>(),;:\"\\\[\]]{1,190}")


class Unwritable(ValueError):
    """An e-mail has an address or a subject that no header may carry; says which part, never its words."""


class Method(StrEnum):
    """What a calendar invitation asks its reader's calendar to do (RFC 5546)."""

    REQUEST = "REQUEST"
    CANCEL = "CANCEL"


@dataclass(frozen=True, slots=True)
class CalendarPart:
    """An iCalendar file that goes along, with the method that it names itself."""

    method: Method
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingEmail:
    """One attempt to send one e-mail, in plain text; making one with an unwritable header raises Unwritable.

    `message_id` is the id of the message's first attempt: it becomes the Message-ID, so that a mail that is sent again
    after a lost answer is the same mail to whoever receives both. `at` is the aware instant of the Date header.
    """

    to: str = field(repr=False)
    subject: str = field(repr=False)
    body: str = field(repr=False)
    language: str
    attempt_id: UUID
    message_id: UUID
    at: datetime
    calendar: CalendarPart | None = None

    def __post_init__(self) -> None:
        if not is_address(self.to):
            raise Unwritable("the address")
        if not self.subject.strip() or len(self.subject) > LONGEST_SUBJECT or _CONTROLS.search(self.subject):
            raise Unwritable("the subject")
        if self.at.tzinfo is None:
            raise Unwritable("the date")


def is_address(text: str) -> bool:
    """Tell whether a text may stand as one address in a header; whether somebody reads there, it cannot tell."""
    return len(text) <= LONGEST_ADDRESS and not _CONTROLS.search(text) and _ADDRESS.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Accepted:
    """The mail server has the mail and answers for it from here on; `code` is its reply, 250."""

    code: int


class Scope(StrEnum):
    """What a refusal is about, which decides who has to act."""

    MESSAGE = "message"
    ADDRESS = "address"
    ACCOUNT = "account"


class EmailFailure(Exception):
    """The mail was not accepted for sure; carries the reply code only, never an address or a word of the mail."""

    def __init__(self, *, code: int | None = None, reason: str = "") -> None:
        super().__init__(f"{type(self).__name__}: {reason or 'refused'} (reply {code})")
        self.code = code
        self.reason = reason


class Unavailable(EmailFailure):
    """The mail was certainly not taken: the same attempt may be made again later."""


class Ambiguous(EmailFailure):
    """The mail may have been taken: there is no list to look it up in, so it is repeated once at most."""


class Rejected(EmailFailure):
    """The mail server refused for good; `scope` says whether the mail, the address or the account is the matter."""

    def __init__(self, *, code: int | None = None, scope: Scope = Scope.MESSAGE, reason: str = "") -> None:
        super().__init__(code=code, reason=reason)
        self.scope = scope


class EmailGateway(Protocol):
    """What the clinic asks of a mail server; every call ends in an answer or in one `EmailFailure`."""

    def send(self, email: OutgoingEmail) -> Accepted:
        """Hand over one mail; raises `Unavailable`, `Ambiguous` or `Rejected`."""
