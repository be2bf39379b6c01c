"""Parcels: what carriers and people say about one, folded into where it stands, in whatever order the words came."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from clinic.medication.errors import ParcelRefused


class ShipmentState(StrEnum):
    """Where a parcel stands: `delivered` by the carrier's word with a signature, `confirmed` by the patient's too."""

    LABEL_CREATED = "label_created"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    PICKUP_READY = "pickup_ready"
    DELIVERY_ATTEMPTED = "delivery_attempted"
    EXCEPTION = "exception"
    DELIVERED = "delivered"
    DELIVERED_UNSIGNED = "delivered_unsigned"
    CONFIRMED = "confirmed"
    DISPUTED = "disputed"
    RETURNING = "returning"
    RETURNED_TO_PHARMACY = "returned_to_pharmacy"
    LOST = "lost"
    CANCELED = "canceled"


class ParcelWord(StrEnum):
    """Our words for what is said of a parcel; the last three only people say."""

    UNKNOWN = "unknown"
    LABEL_CREATED = "label_created"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    PICKUP_READY = "pickup_ready"
    DELIVERY_ATTEMPTED = "delivery_attempted"
    EXCEPTION = "exception"
    DELIVERED = "delivered"
    RETURNING = "returning"
    CANCELED = "canceled"
    DISPUTED = "disputed"
    LOST = "lost"
    RETURNED_TO_PHARMACY = "returned_to_pharmacy"


_S, _W = ShipmentState, ParcelWord

STAFF_WORDS = frozenset({_W.DISPUTED, _W.LOST, _W.RETURNED_TO_PHARMACY})

OVER = frozenset({_S.CONFIRMED, _S.RETURNED_TO_PHARMACY, _S.LOST, _S.CANCELED})

AT_THE_DOOR = frozenset({_S.DELIVERED, _S.DELIVERED_UNSIGNED, _S.CONFIRMED, _S.DISPUTED})
"""The carrier says that it has nothing left to carry."""

_RANKS: Mapping[ParcelWord, int] = MappingProxyType(
    {
        word: rank
        for rank, word in enumerate(
            (
                *(_W.UNKNOWN, _W.LABEL_CREATED, _W.CANCELED, _W.IN_TRANSIT, _W.OUT_FOR_DELIVERY),
                *(_W.DELIVERY_ATTEMPTED, _W.PICKUP_READY, _W.EXCEPTION, _W.DELIVERED, _W.RETURNING),
                *(_W.DISPUTED, _W.LOST, _W.RETURNED_TO_PHARMACY),
            )
        )
    }
)
"""Of two things said for the same instant the later one here counts."""

_NO_SCAN = frozenset({_W.UNKNOWN, _W.LABEL_CREATED, _W.CANCELED})
_SAYS_MORE: Mapping[ShipmentState, frozenset[ParcelWord]] = MappingProxyType(
    {
        _S.DELIVERED: frozenset({_W.RETURNING}),
        _S.DISPUTED: frozenset({_W.RETURNING}),
        _S.RETURNING: frozenset(),
        _S.LOST: frozenset({_W.DELIVERED, _W.RETURNING}),
        _S.RETURNED_TO_PHARMACY: frozenset(),
    }
)
"""What a carrier can still change where a parcel came to rest; people can change anything."""

_CLOCKS_DIFFER = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracked:
    """One thing said of a parcel: `at` is when it happened, `key` the same whenever the same thing is said again."""

    at: datetime
    status: ParcelWord
    key: str
    has_signature: bool = False
    is_staff: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """Where a parcel stands and since when; `scanned_at` is the carrier's last scan, `has_unknown` asks for a look."""

    state: ShipmentState
    since: datetime
    delivered_at: datetime | None = None
    has_signature: bool = False
    has_unknown: bool = False
    scanned_at: datetime | None = None


def folded(events: Iterable[Tracked], *, handed_over_at: datetime, confirmed_at: datetime | None = None) -> Folded:
    """Return what all that was said amounts to: the same for any order of `events`, and for repeated ones.

    `confirmed_at` is when the patient confirmed the content. Without a signature that never makes it `confirmed`.
    """
    found = Folded(state=_S.LABEL_CREATED, since=handed_over_at)
    for event in sorted(events, key=_order):
        found = _told(found, event, confirmed_at)
    return _closed(found, confirmed_at)


def require_possible(event: Tracked, *, handed_over_at: datetime, now: datetime) -> None:
    """Raise ParcelRefused for a delivery before the parcel left the pharmacy, and for what has not happened yet."""
    if event.status is _W.DELIVERED and event.at < handed_over_at:
        raise ParcelRefused(
            f"This says \u201cdelivered\u201d at {_said(event.at)}, and the parcel left the pharmacy at "
            f"{_said(handed_over_at)}. Compare the tracking number with the label; nothing was changed.",
            field="tracking_number",
        )
    if event.at > now + _CLOCKS_DIFFER:
        raise ParcelRefused(
            f"This says \u201c{event.status.replace('_', ' ')}\u201d at {_said(event.at)}, which has not come yet. "
            "Check the day and time; nothing was changed.",
            field="at",
        )


def _order(event: Tracked) -> tuple[datetime, int, bool, bool, str]:
    return (event.at, _RANKS[event.status], event.is_staff, event.has_signature, event.key)


def _told(found: Folded, event: Tracked, confirmed_at: datetime | None) -> Folded:
    if event.status is _W.UNKNOWN or (event.status in STAFF_WORDS and not event.is_staff):
        return replace(found, has_unknown=True)
    if not event.is_staff and event.status not in _NO_SCAN:
        found = replace(found, scanned_at=event.at)
    counts = _counts(found.state, event, confirmed_at)
    if event.status is _W.DELIVERED and (counts or found.state is _S.DISPUTED):
        first = found.delivered_at or event.at
        found = replace(found, delivered_at=first, has_signature=found.has_signature or event.has_signature)
    state = ShipmentState(event.status.value)
    return found if state is found.state or not counts else replace(found, state=state, since=event.at)


def _counts(state: ShipmentState, event: Tracked, confirmed_at: datetime | None) -> bool:
    """Tell whether a word moves a parcel on from a state, or says more of the same."""
    if event.is_staff or state.value == event.status.value:
        return True
    if event.status is _W.LABEL_CREATED:
        return state is _S.CANCELED
    if event.status is _W.RETURNING and confirmed_at is not None and event.at >= confirmed_at:
        return False
    return state not in _SAYS_MORE or event.status in _SAYS_MORE[state]


def _closed(found: Folded, confirmed_at: datetime | None) -> Folded:
    """Return a delivery as unsigned, delivered or confirmed."""
    if found.state is not _S.DELIVERED:
        return found
    if not found.has_signature:
        return replace(found, state=_S.DELIVERED_UNSIGNED)
    if confirmed_at is None:
        return found
    return replace(found, state=_S.CONFIRMED, since=max(found.since, confirmed_at))


def _said(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC"
