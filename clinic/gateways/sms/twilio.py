"""Texts through Twilio's official client; with another base address the same client talks to a stand-in."""

import logging
import os
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from twilio.base.exceptions import TwilioException
from twilio.rest import Client

from clinic.gateways.sms import Accepted, Ambiguous, OutgoingText, ProviderMessage, SmsFailure, Unavailable
from clinic.gateways.sms.twilio_http import SortingHttp
from clinic.gateways.sms.twilio_webhooks import parse_inbound, parse_status, signature_ok
from clinic.kernel.clock import Clock, utc_now

if TYPE_CHECKING:
    from twilio.base.page import Page
    from twilio.rest.api.v2010.account.message import MessageInstance

__all__ = ["TwilioGateway", "parse_inbound", "parse_status", "signature_ok"]

_Answer = TypeVar("_Answer")
_SID = re.compile(r"(SM|MM)[0-9a-fA-F]{32}")
# Five more tries of a delivery report after any kind of failure; Twilio reads this from the fragment of the address.
_KEEP_TRYING = "#rc=5&rp=all"
_LARGEST_PAGE = 1000
# Clocks that differ by less are left alone: an answer takes its time too, and its date has whole seconds only.
_CLOCKS_AGREE = timedelta(seconds=30)
_AUDIT_PAGE = 500
# The provider's own queue holds a text for ten hours, and filters by the day on which it left that queue.
_WAITS_AT_MOST = timedelta(hours=36)


class TwilioGateway:
    """The port over HTTP; one session per thread and process, because a session is safe in neither two.

    Instants on record are told by our own clock: where the provider's shows another time, they are moved by the
    difference, so that a text is found again although one of the two clocks is wrong.
    """

    def __init__(
        self,
        *,
        account_sid: str,
        auth_token: str,
        messaging_service_sid: str,
        base_url: str | None = None,
        connect_seconds: float = 3.0,
        read_seconds: float = 10.0,
        clock: Clock = utc_now,
    ) -> None:
        """Keep the credentials; `base_url` (no path) replaces Twilio's own address and goes round any proxy."""
        self._account_sid = account_sid
        self._auth_token = auth_token
        self._messaging_service_sid = messaging_service_sid
        self._base_url = base_url.rstrip("/") if base_url else None
        self._connect_seconds = connect_seconds
        self._read_seconds = read_seconds
        self._clock = clock
        self._local = threading.local()
        # At debug level urllib3 writes query strings, in which telephone numbers stand.
        logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)

    def send(self, text: OutgoingText) -> Accepted:
        """Hand over one text; raises `Unavailable`, `Ambiguous` or `Rejected`."""
        return self._ask(lambda client: _accepted(self._create(client, text)), unreadable=Ambiguous)

    def fetch(self, provider_sid: str) -> ProviderMessage:
        """Read one text by its id."""
        if not _SID.fullmatch(provider_sid):
            raise ValueError("not a message id")
        return self._ask(
            lambda client: self._read(client, [client.messages(provider_sid).fetch()])[0], unreadable=Unavailable
        )

    def sent_to(self, e164: str, *, limit: int = 50) -> Sequence[ProviderMessage]:
        """Read the newest texts that we sent to one number.

        There is no filter by day: a text that is still queued has no day of sending and would be missed.
        """

        def ask(client: Client) -> list[ProviderMessage]:
            found = client.messages.list(to=e164, limit=limit, page_size=min(limit, _LARGEST_PAGE))
            return [text for text in self._read(client, found) if text.direction.startswith("outbound")]

        return self._ask(ask, unreadable=Unavailable)

    def received(self, our_e164: str, *, since: datetime) -> Sequence[ProviderMessage]:
        """Read texts to our number since an instant; the provider filters by day, the rest is done here."""

        def ask(client: Client) -> list[ProviderMessage]:
            found = client.messages.list(to=our_e164, date_sent_after=_day(since), page_size=_LARGEST_PAGE)
            texts = self._read(client, found)
            return [text for text in texts if text.direction == "inbound" and text.created_at >= since]

        return self._ask(ask, unreadable=Unavailable)

    def listed(self, *, since: datetime, until: datetime) -> Iterator[Sequence[ProviderMessage]]:
        """Read texts of a span of time a page at a time; a text that waited at the provider is found a day later."""
        days = {"date_sent_after": _day(since), "date_sent_before": _day(until + _WAITS_AT_MOST)}
        page: Page | None = self._ask(
            lambda client: client.messages.page(page_size=_AUDIT_PAGE, **days), unreadable=Unavailable
        )
        while page is not None:
            here = page
            texts = self._ask(lambda client: self._read(client, here), unreadable=Unavailable)  # noqa: B023 - called at once
            yield [text for text in texts if since <= text.created_at < until]
            page = self._ask(lambda _: here.next_page(), unreadable=Unavailable)  # noqa: B023 - called at once

    def _create(self, client: Client, text: OutgoingText) -> "MessageInstance":
        callback = text.status_callback
        return client.messages.create(
            to=text.to,
            messaging_service_sid=self._messaging_service_sid,
            body=text.body,
            status_callback=callback if "#" in callback else callback + _KEEP_TRYING,
            validity_period=text.validity_seconds,
            smart_encoded=True,
        )

    def _read(self, client: Client, found: Iterable["MessageInstance"]) -> list[ProviderMessage]:
        messages, ahead = list(found), self._ahead(client)
        return [_on_record(message, ahead=ahead) for message in messages]

    def _ahead(self, client: Client) -> timedelta:
        """Return how far the provider's clock was ahead of ours at its latest answer; 0 for a small difference."""
        dated = getattr(client.http_client, "dated", None)
        ahead = dated - self._clock() if dated else timedelta()
        return ahead if abs(ahead) > _CLOCKS_AGREE else timedelta()

    def _ask(self, ask: Callable[[Client], _Answer], *, unreadable: type[SmsFailure]) -> _Answer:
        """Call the provider; a 2xx that cannot be read counts as `unreadable`, other failures are sorted below."""
        try:
            return ask(self._client())
        except (TwilioException, ValueError, TypeError, KeyError, AttributeError):
            raise unreadable(reason="unreadable answer") from None

    def _client(self) -> Client:
        """Return this thread's client; a forked child never writes to its parent's connection."""
        if getattr(self._local, "pid", None) != os.getpid():
            self._local.client = self._new_client()
            self._local.pid = os.getpid()
        client: Client = self._local.client
        return client

    def _new_client(self) -> Client:
        http = SortingHttp(
            connect_seconds=self._connect_seconds,
            read_seconds=self._read_seconds,
            through_proxies=self._base_url is None,
        )
        # An empty environment keeps TWILIO_EDGE and TWILIO_REGION from changing the address.
        client = Client(  # type: ignore[no-untyped-call]
            self._account_sid, self._auth_token, http_client=http, environment={"TWILIO": ""}
        )
        if self._base_url:
            client.api.base_url = self._base_url
        return client


def _day(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%d}"


def _accepted(message: "MessageInstance") -> Accepted:
    if not message.sid or not _SID.fullmatch(message.sid):
        raise ValueError("an acceptance without an id")
    return Accepted(message.sid, str(message.status), int(message.num_segments or 0))


def _on_record(message: "MessageInstance", *, ahead: timedelta) -> ProviderMessage:
    if not message.sid or message.date_created is None:
        raise ValueError("a record without an id or a time")
    return ProviderMessage(
        provider_sid=message.sid,
        to=message.to or "",
        from_=message.from_ or "",
        body=message.body or "",
        direction=str(message.direction),
        status=str(message.status),
        error_code=message.error_code or None,
        created_at=message.date_created - ahead,
        segments=int(message.num_segments or 0),
    )
