"""The provider of the past: takes each text at its own time, and keeps it for the phones of the simulator."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from clinic.gateways import email
from clinic.gateways.email.composing import composed
from clinic.gateways.sms import Accepted, InboundText, OutgoingText, ProviderMessage, Rejected
from clinic.gateways.sms.segments import segments_of
from clinic.gateways.sms.simulator import PastText
from clinic.gateways.sms.stand_in.numbers import behavior_of
from clinic.gateways.sms.stand_in.setup import EXAMPLE_NUMBER
from clinic.kernel.clock import Clock
from clinic.runtime import ClinicFacts

REPORTED_AFTER = timedelta(seconds=3)
"""How long after it was handed over a text is reported as delivered, or not."""

_NOT_FOUND = 404


@dataclass(frozen=True, slots=True)
class Arrival:
    """What became of a text that the clinic handed over: the final report, at the instant it comes."""

    attempt_id: UUID
    text: PastText
    reported_at: datetime


@dataclass
class PastProvider:
    """An `SmsGateway` whose texts arrive at once by the demo's own clock; `history` is in the order of time."""

    clock: Clock
    chance: Random
    history: list[PastText] = field(default_factory=list)
    mails: list[bytes] = field(default_factory=list)
    arrivals: list[Arrival] = field(default_factory=list)
    _made: int = 0

    def send(self, text: OutgoingText) -> Accepted:
        """Take a text; what the stand-in does with its number is what happens to it."""
        now, conduct = self.clock(), behavior_of(text.to)
        kept = PastText(
            sid=self._new_sid(),
            to=text.to,
            from_=EXAMPLE_NUMBER,
            body=text.body,
            direction="outbound-api",
            status=conduct.status,
            at=now,
            error_code=conduct.error_code,
        )
        self.history.append(kept)
        self.arrivals.append(Arrival(text.attempt_id, kept, now + REPORTED_AFTER))
        return Accepted(kept.sid, "queued", segments_of(text.body))

    def take_arrivals(self) -> list[Arrival]:
        """Return what arrived since the last call."""
        arrivals, self.arrivals = self.arrivals, []
        return arrivals

    def write(self, from_: str, body: str, *, opt_out_type: str | None = None) -> InboundText:
        """Let a phone write to the clinic, and return what the webhook brings."""
        sid = self._new_sid()
        kept = PastText(
            sid=sid,
            to=EXAMPLE_NUMBER,
            from_=from_,
            body=body,
            direction="inbound",
            status="received",
            at=self.clock(),
        )
        self.history.append(kept)
        return InboundText(sid, from_, EXAMPLE_NUMBER, body, opt_out_type, segments_of(body))

    def fetch(self, provider_sid: str) -> ProviderMessage:
        """Have nothing to add to the reports, which always come."""
        raise Rejected(http_status=_NOT_FOUND, reason=f"not asked about the past: {provider_sid}")

    def sent_to(self, e164: str, *, limit: int = 50) -> Sequence[ProviderMessage]:  # noqa: ARG002 - the port's
        """Return nothing: no answer was ever lost."""
        return ()

    def received(
        self,
        our_e164: str,  # noqa: ARG002 - the port's
        *,
        since: datetime,  # noqa: ARG002 - the port's
    ) -> Sequence[ProviderMessage]:
        """Return nothing: no webhook was ever lost."""
        return ()

    def listed(self, *, since: datetime, until: datetime) -> Iterator[Sequence[ProviderMessage]]:  # noqa: ARG002 - the port's
        """Return nothing: the past is compared by the stand-in that remembers it."""
        return iter(())

    def _new_sid(self) -> str:
        """Return an id that no other text has, not even one of another demo clinic on the same stand-in."""
        self._made += 1
        return f"SM{self.chance.getrandbits(96):024x}{self._made:08x}"


@dataclass(frozen=True, slots=True)
class PastMail:
    """An `EmailGateway` of the past: every mail arrives, and is kept with the texts as it was written."""

    provider: PastProvider
    clinic: ClinicFacts

    def send(self, outgoing: email.OutgoingEmail) -> email.Accepted:
        """Take a mail."""
        written = composed(outgoing, sender=self.clinic.email, sender_name=self.clinic.name)
        self.provider.mails.append(written.as_bytes())
        return email.Accepted(250)
