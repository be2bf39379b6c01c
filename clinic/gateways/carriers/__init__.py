"""The port for parcels: what a carrier says about one, ways to fail, and what an adapter must be able to do."""

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol


class CarrierWord(StrEnum):
    """What a carrier can say about a parcel, in our words; what nobody has a word for is `unknown`."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierEvent:
    """One thing that happened to a parcel; `at` is UTC, `word` is the carrier's own and `status` ours for it.

    `key` is the same whenever the same thing is told again, at most 150 characters long. `signed_by` stands on the
    delivery only; a signature that becomes known later is another event with another key, because it is news.
    `detail` is the carrier's sentence without the name of whoever signed, `place` a town, `expected_on` a day.
    """

    key: str
    at: datetime
    status: CarrierWord
    word: str
    detail: str
    place: str | None
    signed_by: str | None = field(default=None, repr=False)
    tracker_id: str
    tracking_number: str
    carrier: str
    expected_on: date | None = None


@dataclass(frozen=True, slots=True)
class Registered:
    """The carrier service follows a parcel under `tracker_id`; `events` is what it knew at once."""

    tracker_id: str
    events: tuple[CarrierEvent, ...] = ()


class FailureKind(StrEnum):
    """Whether a call was refused for good, was certainly not processed, or may have been."""

    REJECTED = "rejected"
    UNAVAILABLE = "unavailable"
    UNCLEAR = "unclear"


class CarrierFailure(Exception):
    """The call did not end in an answer; carries codes only, never a number, an address or a name."""

    def __init__(
        self, kind: FailureKind, *, http_status: int | None = None, code: str = "", reason: str = "no answer"
    ) -> None:
        super().__init__(f"{kind}: {reason} (http {http_status}, code {code or 'none'})")
        self.kind = kind
        self.http_status = http_status
        self.code = code
        self.reason = reason


class UnreadableEvent(ValueError):
    """A signed report lacks what every such report carries."""


class Carrier(Protocol):
    """What the clinic asks of whoever follows parcels; every call ends in an answer or in one `CarrierFailure`."""

    @property
    def channel(self) -> str:
        """The name under which a shipment remembers who follows it."""

    def register(self, carrier: str, tracking_number: str) -> Registered:
        """Ask for reports about a parcel; asking again for the same one is harmless and finds the first tracker."""

    def poll(self, tracker_id: str) -> tuple[CarrierEvent, ...]:
        """Return everything that is known about a parcel, oldest first."""


# What the three carriers print on a label for which an adult has to sign, and the numbers of the test mode.
_NUMBERS = {
    "UPS": re.compile(r"1Z[0-9A-Z]{16}"),
    "FedEx": re.compile(r"[0-9]{12}|[0-9]{15}|[0-9]{20}|[0-9]{22}"),
    "USPS": re.compile(r"[0-9]{20,22}|[0-9]{26}|[0-9]{30}|[A-Z]{2}[0-9]{9}US"),
}
_TEST_NUMBER = re.compile(r"EZ[1-7]0{8}[1-7]")
CARRIERS = tuple(_NUMBERS)
"""The carriers that a shipment may go with, as they are written everywhere."""


def known_carrier(name: str) -> str | None:
    """Return how a carrier is written, whatever the case of `name`; None for one that we do not use."""
    return next((carrier for carrier in CARRIERS if carrier.casefold() == name.strip().casefold()), None)


def looks_like(carrier: str, tracking_number: str) -> bool:
    """Say whether a tidy number can be one of this carrier's; a number of the test mode fits each of them."""
    pattern = _NUMBERS.get(carrier)
    fits = pattern is not None and pattern.fullmatch(tracking_number) is not None
    return fits or _TEST_NUMBER.fullmatch(tracking_number) is not None
