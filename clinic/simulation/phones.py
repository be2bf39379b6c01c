"""The text provider of a simulation: that of the demo, which also answers what it was handed on a day."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from clinic.cli.demo.provider import PastProvider
from clinic.gateways.sms import ProviderMessage
from clinic.gateways.sms.segments import segments_of
from clinic.gateways.sms.simulator import PastText

_PAGE = 200


@dataclass
class Provider(PastProvider):
    """Keeps what passed in the last days, so that the nightly comparison has something to compare with."""

    def forget(self, *, before: datetime) -> None:
        """Let go of what nobody will compare any more, and of mails, which nobody here reads."""
        del self.history[: bisect_left(self.history, before, key=lambda text: text.at)]
        self.mails.clear()

    def listed(self, *, since: datetime, until: datetime) -> Iterator[Sequence[ProviderMessage]]:
        """Yield what passed in a span of time, newest first, as the provider's own list does."""
        first, last = (bisect_left(self.history, edge, key=lambda text: text.at) for edge in (since, until))
        found = [_listed(text) for text in reversed(self.history[first:last])]
        for start in range(0, len(found), _PAGE):
            yield found[start : start + _PAGE]


def _listed(text: PastText) -> ProviderMessage:
    return ProviderMessage(
        provider_sid=text.sid,
        to=text.to,
        from_=text.from_,
        body=text.body,
        direction=text.direction,
        status=text.status,
        error_code=text.error_code,
        created_at=text.at,
        segments=segments_of(text.body),
    )
