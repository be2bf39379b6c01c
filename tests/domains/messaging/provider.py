"""A text provider in memory that does what a test tells it, one answer after the other."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID, uuid4

from clinic.gateways.sms import Accepted, Ambiguous, OutgoingText, ProviderMessage, Rejected, SmsFailure, Unavailable

Answer = SmsFailure | Callable[[OutgoingText], None] | None
OURS = "+15005550006"


def new_sid() -> str:
    return f"SM{uuid4().hex}"


@dataclass
class Provider:
    """Takes every text unless `answers` holds something else; `taken` maps provider ids to what it has."""

    clock: Callable[[], datetime]
    answers: deque[Answer] = field(default_factory=deque)
    calls: list[OutgoingText] = field(default_factory=list)
    taken: dict[str, ProviderMessage] = field(default_factory=dict)
    attempts: dict[str, UUID] = field(default_factory=dict)
    inbound: list[ProviderMessage] = field(default_factory=list)
    is_list_blind: bool = False
    is_away: bool = False
    page_size: int = 2

    def send(self, text: OutgoingText) -> Accepted:
        self.calls.append(text)
        answer = self.answers.popleft() if self.answers else None
        if isinstance(answer, SmsFailure):
            raise answer
        if answer is not None:
            answer(text)
        return self.take(text)

    def take(self, text: OutgoingText) -> Accepted:
        sid = new_sid()
        self.taken[sid] = ProviderMessage(
            sid, text.to, OURS, text.body, "outbound-api", "accepted", None, self.clock(), 1
        )
        self.attempts[sid] = text.attempt_id
        return Accepted(sid, "accepted", 0)

    def take_and_hang_up(self, text: OutgoingText) -> None:
        """Accept the text and lose the answer."""
        self.take(text)
        raise Ambiguous(reason="no answer")

    def report(self, sid: str, status: str, code: int | None = None) -> None:
        """Set what the provider's record says."""
        self.taken[sid] = replace(self.taken[sid], status=status, error_code=code)

    def fetch(self, provider_sid: str) -> ProviderMessage:
        if self.is_away:
            raise Unavailable(reason="no connection")
        if provider_sid not in self.taken:
            raise Rejected(code=20404, http_status=404)
        return self.taken[provider_sid]

    def sent_to(self, e164: str, *, limit: int = 50) -> Sequence[ProviderMessage]:
        if self.is_away:
            raise Unavailable(reason="no connection")
        return [] if self.is_list_blind else [text for text in self.taken.values() if text.to == e164][:limit]

    def received(self, our_e164: str, *, since: datetime) -> Sequence[ProviderMessage]:
        if self.is_away:
            raise Unavailable(reason="no connection")
        return [text for text in self.inbound if text.to == our_e164 and text.created_at >= since]

    def listed(self, *, since: datetime, until: datetime) -> Iterator[Sequence[ProviderMessage]]:
        if self.is_away:
            raise Unavailable(reason="no connection")
        texts = [] if self.is_list_blind else [*self.taken.values(), *self.inbound]
        found = [text for text in texts if since <= text.created_at < until]
        for begin in range(0, len(found), self.page_size):
            yield found[begin : begin + self.page_size]
