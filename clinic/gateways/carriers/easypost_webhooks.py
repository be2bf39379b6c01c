"""Signed reports from EasyPost: is one really from there, and what does it say."""

import hashlib
import hmac
import json
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from clinic.gateways.carriers import CarrierEvent, UnreadableEvent
from clinic.gateways.carriers.easypost_events import events_in

SIGNATURE_HEADER = "X-Hmac-Signature"
_PREFIX = "hmac-sha256-hex="


@dataclass(frozen=True, slots=True)
class Report:
    """What one webhook said: `events` is all that is known about one parcel, and empty for anything but a parcel.

    A report that comes again brings events with the same keys, so replaying one changes nothing.
    """

    event_id: str
    description: str
    tracker_id: str | None = None
    tracking_number: str | None = None
    carrier: str | None = None
    events: tuple[CarrierEvent, ...] = ()


def signature_of(raw_body: bytes, secret: str) -> str:
    """Return the header that EasyPost sends with these bytes; the secret is a text in any normal form."""
    key = unicodedata.normalize("NFKD", secret).encode()
    return _PREFIX + hmac.new(key, raw_body, hashlib.sha256).hexdigest()


def verified(raw_body: bytes, headers: Mapping[str, str], secrets: Iterable[str]) -> bool:
    """Say whether one of the secrets signed exactly these bytes, in the same time for right and wrong.

    `headers` ignores case, as a web framework's do. Several secrets stand side by side while one is replaced; a blank
    one signs nothing.
    """
    given = headers.get(SIGNATURE_HEADER, "").encode("utf-8", "surrogateescape")
    answers = [hmac.compare_digest(signature_of(raw_body, secret).encode(), given) for secret in secrets if secret]
    return any(answers)


def report_of(raw_body: bytes) -> Report:
    """Read a verified body; raises UnreadableEvent. What is not about a parcel has no events."""
    try:
        body = json.loads(raw_body)
        event_id, description = str(body["id"])[:60], str(body["description"])[:60]
        result = body["result"]
        is_parcel = result["object"] == "Tracker"
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise UnreadableEvent(f"not an event: {type(error).__name__}") from None
    report = _about_parcel(event_id, description, result) if is_parcel else Report(event_id, description)
    if not all(map(str.isprintable, (report.event_id, report.description, report.carrier or ""))):
        raise UnreadableEvent("not an event: unprintable")
    return report


def _about_parcel(event_id: str, description: str, tracker: Mapping[str, Any]) -> Report:
    """Read a parcel's report; a parcel without any event is named all the same."""
    events = events_in(tracker)
    tracker_id, number, carrier = (str(tracker.get(name) or "")[:60] for name in ("id", "tracking_code", "carrier"))
    if not tracker_id or not number:
        raise UnreadableEvent("not a tracker: no id")
    return Report(event_id, description, tracker_id, number, carrier, events)
