"""Reads EasyPost's trackers: its words become ours, and every scan becomes one event that can be told twice."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from clinic.gateways.carriers import CarrierEvent, CarrierWord, UnreadableEvent

# EasyPost's published tracker statuses (docs.easypost.com/docs/trackers).
WORDS: Mapping[str, CarrierWord] = {
    "unknown": CarrierWord.UNKNOWN,
    "pre_transit": CarrierWord.LABEL_CREATED,
    "in_transit": CarrierWord.IN_TRANSIT,
    "out_for_delivery": CarrierWord.OUT_FOR_DELIVERY,
    "available_for_pickup": CarrierWord.PICKUP_READY,
    "delivered": CarrierWord.DELIVERED,
    "return_to_sender": CarrierWord.RETURNING,
    "failure": CarrierWord.EXCEPTION,
    "error": CarrierWord.EXCEPTION,
    "cancelled": CarrierWord.CANCELED,
}
# The status leaves these open, and the published detail of the status says them.
_DETAILS: Mapping[str, CarrierWord] = {
    "delivery_exception": CarrierWord.DELIVERY_ATTEMPTED,
    "arrived_at_pickup_location": CarrierWord.PICKUP_READY,
    "return": CarrierWord.RETURNING,
    "refused": CarrierWord.EXCEPTION,
    "damaged": CarrierWord.EXCEPTION,
    "lost": CarrierWord.EXCEPTION,
    "expired": CarrierWord.EXCEPTION,
    "transit_exception": CarrierWord.EXCEPTION,
}
_OPEN = frozenset({CarrierWord.IN_TRANSIT, CarrierWord.OUT_FOR_DELIVERY, CarrierWord.EXCEPTION})
_SIGNER = re.compile(r"[\s,;.:-]*\b(signed|received) (for )?by\b.*", re.IGNORECASE | re.DOTALL)
_LONGEST_WORD, _LONGEST_DETAIL, _LONGEST_NAME, _LONGEST_ID = 32, 200, 100, 48


def word_for(status: str, detail: str = "") -> CarrierWord:
    """Return our word for a status and its detail; a status that was never published is `unknown`."""
    word = WORDS.get(status, CarrierWord.UNKNOWN)
    return _DETAILS.get(detail, word) if word in _OPEN else word


def events_in(tracker: Mapping[str, Any]) -> tuple[CarrierEvent, ...]:
    """Return what a tracker tells, oldest first; raises UnreadableEvent when it names no parcel.

    A status that no scan of the history bears is told as one more event, so that a delivery without a scan is heard.
    """
    try:
        found = sorted(_scans(tracker), key=lambda event: event.at)
        said = {event.word.partition("/")[0] for event in found}
        alone = [] if _status(tracker) in said | {"unknown", ""} else [_without_scan(tracker)]
        return tuple(_with_signature([*found, *alone], tracker))
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError) as error:
        raise UnreadableEvent(f"not a tracker: {type(error).__name__}") from None


def _scans(tracker: Mapping[str, Any]) -> Iterator[CarrierEvent]:
    for scan in tracker.get("tracking_details") or ():
        when = str(scan.get("datetime") or "")
        at = _instant(when) if when else _instant(str(tracker["updated_at"]))
        yield _event(tracker, scan, at=at, moment=at.isoformat() if when else "-")


def _without_scan(tracker: Mapping[str, Any]) -> CarrierEvent:
    """Return the status that stands alone; it happened at the latest change, and is told once."""
    return _event(tracker, tracker, at=_instant(str(tracker["updated_at"])), moment="-")


def _event(tracker: Mapping[str, Any], said: Mapping[str, Any], *, at: datetime, moment: str) -> CarrierEvent:
    status, detail = _status(said), _text(said.get("status_detail"), _LONGEST_WORD)
    word = f"{status}/{detail}" if detail and detail != status else status
    tracker_id, code = _identifier(tracker, "id"), _text(said.get("carrier_code"), 8)
    return CarrierEvent(
        key=f"{tracker_id}|{moment}|{word}|{code}",
        at=at,
        status=word_for(status, detail),
        word=word or "(no word)",
        detail=_SIGNER.sub("", _text(said.get("message"), _LONGEST_DETAIL)),
        place=_place(said.get("tracking_location") or {}),
        tracker_id=tracker_id,
        tracking_number=_identifier(tracker, "tracking_code"),
        carrier=_text(tracker.get("carrier"), _LONGEST_WORD),
        expected_on=_expected_on(tracker),
    )


def _with_signature(events: list[CarrierEvent], tracker: Mapping[str, Any]) -> list[CarrierEvent]:
    """Put the tracker's one signature on the latest delivery."""
    signer = _text(tracker.get("signed_by"), _LONGEST_NAME)
    places = [place for place, event in enumerate(events) if event.status is CarrierWord.DELIVERED]
    if signer and places:
        unsigned = events[places[-1]]
        events[places[-1]] = replace(unsigned, key=f"{unsigned.key}|signed", signed_by=signer)
    return events


def _status(said: Mapping[str, Any]) -> str:
    return _text(said.get("status"), _LONGEST_WORD).lower()


def _text(value: object, longest: int) -> str:
    """Return printable text of at most `longest` characters; blank for nothing."""
    plain = "".join(character if character.isprintable() else " " for character in str(value or ""))
    return plain.strip()[:longest]


def _identifier(tracker: Mapping[str, Any], name: str) -> str:
    found = str(tracker[name] or "")
    if not found or not found.isascii() or not found.isprintable() or len(found) > _LONGEST_ID:
        raise ValueError(f"no {name}")
    return found


def _place(location: Mapping[str, Any]) -> str | None:
    """Return the town and state of a scan; not the code of the street, which is more than anybody needs."""
    parts = (_text(location.get("city"), _LONGEST_WORD), _text(location.get("state"), _LONGEST_WORD))
    return ", ".join(filter(None, parts)) or None


def _expected_on(tracker: Mapping[str, Any]) -> date | None:
    """Return the day where the parcel goes, or else the day of the instant."""
    local = (tracker.get("carrier_detail") or {}).get("est_delivery_date_local")
    said = str(local or tracker.get("est_delivery_date") or "")[:10]
    try:
        return date.fromisoformat(said) if said else None
    except ValueError:
        return None


def _instant(said: str) -> datetime:
    """Read an instant; one without a zone is UTC, as the service says."""
    found = datetime.fromisoformat(said)
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
