"""Parcels through EasyPost's official client; with another base address the same client talks to a stand-in."""

import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from easypost.easypost_client import EasyPostClient
from easypost.errors.api.api_error import ApiError
from easypost.errors.general.easypost_error import EasyPostError

from clinic.gateways.carriers import CarrierEvent, CarrierFailure, FailureKind, Registered, UnreadableEvent
from clinic.gateways.carriers.easypost_events import events_in

_TRACKER_ID = re.compile(r"trk_[0-9A-Za-z]{1,44}")
_CODE = re.compile(r"[A-Z0-9_.]{1,60}")
_REFUSALS = range(400, 500)


class EasyPostCarrier:
    """The port over HTTP. Each call has a client and a connection of its own, which no thread or fork can share."""

    channel = "easypost"

    def __init__(
        self,
        *,
        api_key: str,
        base_url: str | None = None,
        connect_seconds: float = 3.0,
        read_seconds: float = 20.0,
    ) -> None:
        """Keep the key; `base_url` ends with `/v2`, replaces EasyPost's own address and goes round any proxy."""
        self._api_key = api_key
        self._base_url = base_url.rstrip("/") if base_url else None
        self._timeout = (connect_seconds, read_seconds)

    def register(self, carrier: str, tracking_number: str) -> Registered:
        """Create a tracker, or find the one that EasyPost keeps for the same carrier and number."""
        asked = {"carrier": carrier, "tracking_code": tracking_number}
        tracker = self._ask(lambda client: client.tracker.create(**asked), unsure=FailureKind.UNCLEAR)
        return _registered(tracker, unsure=FailureKind.UNCLEAR)

    def poll(self, tracker_id: str) -> tuple[CarrierEvent, ...]:
        """Read a tracker with its whole history."""
        if not _TRACKER_ID.fullmatch(tracker_id):
            raise ValueError("not a tracker id")
        tracker = self._ask(lambda client: client.tracker.retrieve(tracker_id), unsure=FailureKind.UNAVAILABLE)
        return _registered(tracker, unsure=FailureKind.UNAVAILABLE).events

    def _ask(self, ask: Callable[[EasyPostClient], Any], *, unsure: FailureKind) -> dict[str, Any]:
        """Call EasyPost; `unsure` is what an answer that says neither yes nor no comes to."""
        client, statuses = self._client(), list[int]()
        client.subscribe_to_response_hook(  # type: ignore[no-untyped-call]
            lambda **answer: statuses.append(int(answer["http_status"]))
        )
        try:
            found: dict[str, Any] = ask(client).to_dict()
        except (EasyPostError, ValueError, TypeError, KeyError, AttributeError, ImportError) as error:
            raise _sorted(error, statuses[-1] if statuses else None, unsure=unsure) from None
        finally:
            client._requests_session.close()  # noqa: SLF001 - the client has no other door to its connection
        return found

    def _client(self) -> EasyPostClient:
        address = {"api_base": self._base_url} if self._base_url else {}
        # The session underneath takes a pair; only the client's own annotation knows a single number.
        client = EasyPostClient(self._api_key, timeout=self._timeout, **address)  # type: ignore[arg-type]
        session = client._requests_session  # noqa: SLF001 - as above
        session.trust_env, session.max_redirects = self._base_url is None, 0
        return client


def _registered(tracker: dict[str, Any], *, unsure: FailureKind) -> Registered:
    tracker_id = str(tracker.get("id", ""))
    if not _TRACKER_ID.fullmatch(tracker_id):
        raise CarrierFailure(unsure, reason="unreadable answer")
    try:
        return Registered(tracker_id, events_in(tracker))
    except UnreadableEvent:
        raise CarrierFailure(unsure, reason="unreadable answer") from None


def _sorted(error: Exception, status: int | None, *, unsure: FailureKind) -> CarrierFailure:
    """Sort a failure: a refusal is final, being too busy is not, and all else says neither yes nor no."""
    said = str(error.code or "") if isinstance(error, ApiError) else ""
    code = said if _CODE.fullmatch(said) else ""
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return CarrierFailure(FailureKind.UNAVAILABLE, http_status=status, code=code, reason="too busy")
    if status in _REFUSALS and status != HTTPStatus.REQUEST_TIMEOUT:
        return CarrierFailure(FailureKind.REJECTED, http_status=status, code=code, reason="refused")
    reason = "no definite answer" if status else f"no answer: {type(error).__name__}"
    return CarrierFailure(unsure, http_status=status, code=code, reason=reason)
