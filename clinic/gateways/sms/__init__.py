"""The port for text messages: value types, ways to fail, and what an adapter must be able to do."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class OutgoingText:
    """One attempt to send one text; `to` is E.164 and `validity_seconds` is 6 to 36,000.

    `status_callback` carries `attempt_id`, so that a report finds its attempt even when the answer was lost.
    """

    to: str = field(repr=False)
    body: str = field(repr=False)
    attempt_id: UUID
    status_callback: str
    validity_seconds: int


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider has the text and gave it an id; `segments` is 0 while the provider has not counted yet."""

    provider_sid: str
    status: str
    segments: int


@dataclass(frozen=True, slots=True)
class ProviderMessage:
    """What the provider has on record about one text, in either direction; `created_at` is UTC by our own clock."""

    provider_sid: str
    to: str = field(repr=False)
    from_: str = field(repr=False)
    body: str = field(repr=False)
    direction: str
    status: str
    error_code: int | None
    created_at: datetime
    segments: int


@dataclass(frozen=True, slots=True)
class StatusUpdate:
    """A delivery report, which may come late, twice or out of order."""

    provider_sid: str
    status: str
    error_code: int | None


@dataclass(frozen=True, slots=True)
class InboundText:
    """A text from a phone; `opt_out_type` is STOP, START, HELP, or None where the provider did not say.

    `media_count` is how many pictures or other files came with it.
    """

    provider_sid: str
    from_e164: str = field(repr=False)
    to_e164: str = field(repr=False)
    body: str = field(repr=False)
    opt_out_type: str | None
    segments: int
    media_count: int = 0


class Scope(StrEnum):
    """What a refusal is about, which decides who has to act."""

    MESSAGE = "message"
    NUMBER = "number"
    OPTED_OUT = "opted_out"
    ACCOUNT = "account"


class SmsFailure(Exception):
    """The provider call did not end in an acceptance; carries codes only, never a number or a body."""

    def __init__(self, *, code: int | None = None, http_status: int | None = None, reason: str = "") -> None:
        super().__init__(f"{type(self).__name__}: {reason or 'refused'} (http {http_status}, code {code})")
        self.code = code
        self.http_status = http_status
        self.reason = reason


class Unavailable(SmsFailure):
    """The request was certainly not processed: the same attempt may be made again after `retry_after` seconds."""

    def __init__(
        self,
        *,
        code: int | None = None,
        http_status: int | None = None,
        reason: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(code=code, http_status=http_status, reason=reason)
        self.retry_after = retry_after


class Ambiguous(SmsFailure):
    """The request may have been processed: look it up before doing anything else, never repeat it blindly."""


class Rejected(SmsFailure):
    """The provider refused for good; `scope` says whether the text, the number or the account is the matter."""

    def __init__(
        self, *, code: int | None = None, http_status: int, scope: Scope = Scope.MESSAGE, reason: str = ""
    ) -> None:
        super().__init__(code=code, http_status=http_status, reason=reason)
        self.scope = scope


class UnreadableWebhook(ValueError):
    """A signed form lacks what every such form carries, or says two things at once."""


class SmsGateway(Protocol):
    """What the clinic asks of a provider; every call ends in an answer or in one `SmsFailure`."""

    def send(self, text: OutgoingText) -> Accepted:
        """Hand over one text; raises `Unavailable`, `Ambiguous` or `Rejected`."""

    def fetch(self, provider_sid: str) -> ProviderMessage:
        """Read one text; raises `Rejected` (404) when the provider has none, `Unavailable` when unreadable."""

    def sent_to(self, e164: str, *, limit: int = 50) -> Sequence[ProviderMessage]:
        """Read the newest texts sent to one number, newest first; raises `Unavailable` or `Rejected`."""

    def received(self, our_e164: str, *, since: datetime) -> Sequence[ProviderMessage]:
        """Read all texts that phones sent to our number at or after `since`, newest first."""

    def listed(self, *, since: datetime, until: datetime) -> Iterator[Sequence[ProviderMessage]]:
        """Read all texts both ways of the time from `since` to before `until`, page by page, so that many fit.

        Each page may raise `Unavailable` or `Rejected`. A text that never left the provider may be left out.
        """
