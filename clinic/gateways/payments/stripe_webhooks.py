"""Stripe's webhooks: whether they are signed with our secret, and what they are about."""

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from clinic.gateways.payments import EventKind, GatewayEvent, UnreadableEvent
from clinic.gateways.payments.stripe_shapes import reference_in

SIGNATURE_HEADER = "Stripe-Signature"
_SCHEME = "v1"
_TOLERANCE_SECONDS = 300
_LONGEST_ID = 80
_KINDS: Mapping[str, EventKind] = {
    "payment_intent": EventKind.PAYMENT,
    "refund": EventKind.REFUND,
    "checkout.session": EventKind.CARD,
    "dispute": EventKind.DISPUTE,
}


def signature_of(raw_body: bytes, secret: str, *, at: datetime) -> str:
    """Return the header that Stripe sends with these bytes at an instant."""
    seconds = int(at.timestamp())
    return f"t={seconds},{_SCHEME}={_digest(raw_body, secret, str(seconds))}"


def verified(raw_body: bytes, headers: Mapping[str, str], secrets: Iterable[str], *, now: datetime) -> bool:
    """Say whether one of the secrets signed exactly these bytes within five minutes, before or after.

    `headers` ignores case, as a web framework's do. Several secrets stand side by side while one is replaced, and so
    do several signatures; a blank secret signs nothing.
    """
    pairs = [item.strip().partition("=") for item in headers.get(SIGNATURE_HEADER, "").split(",")]
    stamps = [value for name, _, value in pairs if name == "t"]
    given = [value.encode("utf-8", "surrogateescape") for name, _, value in pairs if name == _SCHEME]
    if len(stamps) != 1 or not _is_recent(stamps[0], now):
        return False
    expected = [_digest(raw_body, secret, stamps[0]).encode() for secret in secrets if secret]
    answers = [hmac.compare_digest(one, two) for one in expected for two in given]
    return any(answers)


def _is_recent(stamp: str, now: datetime) -> bool:
    """Say whether a time stamp of whole seconds is near enough; digits of ours only, and not a thousand of them."""
    is_number = stamp.isascii() and stamp.isdecimal() and len(stamp) < len("1" * 12)
    return is_number and abs(now.timestamp() - int(stamp)) <= _TOLERANCE_SECONDS


def _digest(raw_body: bytes, secret: str, stamp: str) -> str:
    return hmac.new(secret.encode(), f"{stamp}.".encode() + raw_body, hashlib.sha256).hexdigest()


def event_of(raw_body: bytes) -> GatewayEvent:
    """Read a verified body; raises UnreadableEvent. What the clinic does not act upon is of kind `other`."""
    try:
        body = json.loads(raw_body)
        event_id, said, thing = str(body["id"]), str(body["type"]), body["data"]["object"]
        event = _event(event_id, said, thing)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UnreadableEvent(f"not an event: {type(error).__name__}") from None
    if not all(_is_plain(word) for word in _words(event)):
        raise UnreadableEvent("not an event: unprintable or too long")
    return event


def _event(event_id: str, said: str, thing: Mapping[str, Any]) -> GatewayEvent:
    kind = _KINDS.get(str(thing.get("object")), EventKind.OTHER)
    thing_id, payment = str(thing.get("id") or ""), thing.get("payment_intent")
    if kind is not EventKind.OTHER and not thing_id:
        raise KeyError("id")
    return GatewayEvent(
        event_id=event_id,
        kind=kind,
        said=said,
        payment_id=thing_id if kind is EventKind.PAYMENT else _id(payment),
        refund_id=thing_id if kind is EventKind.REFUND else None,
        setup_id=thing_id if kind is EventKind.CARD else None,
        dispute_id=thing_id if kind is EventKind.DISPUTE else None,
        reference=reference_in(thing),
    )


def _id(value: object) -> str | None:
    """Return an id that stands alone or in an object that was sent whole."""
    found = value.get("id") if isinstance(value, Mapping) else value
    return str(found) if found else None


def _words(event: GatewayEvent) -> list[str]:
    optional = (event.payment_id, event.refund_id, event.setup_id, event.dispute_id, event.reference)
    return [event.event_id, event.said, *(word for word in optional if word is not None)]


def _is_plain(word: str) -> bool:
    return 0 < len(word) <= _LONGEST_ID and word.isascii() and word.isprintable()
