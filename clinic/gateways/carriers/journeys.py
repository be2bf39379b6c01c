"""Scripted journeys of pretend parcels: the last two digits of a number decide what happens to it, and when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

SIGNER = "A. Adult"
"""Who signs for pretend parcels."""


@dataclass(frozen=True, slots=True)
class Scan:
    """One scan, so many hours after the label was made; words are EasyPost's, `place` a town and a state."""

    after_hours: float
    status: str
    detail: str
    message: str
    place: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Journey:
    """A parcel's way; `signed_after_hours` is when a signature is known, None for never.

    `is_doubled` sends every report twice and the newest first, `is_forged` puts a report of a delivery with a wrong
    signature in front.
    """

    scans: tuple[Scan, ...]
    signed_after_hours: float | None = None
    is_doubled: bool = False
    is_forged: bool = False

    def signed_by(self, hours: float) -> str | None:
        """Return who signed, as far as it is known after some hours."""
        is_known = self.signed_after_hours is not None and self.signed_after_hours <= hours
        return SIGNER if is_known else None

    def scans_until(self, hours: float) -> tuple[Scan, ...]:
        """Return what has happened after some hours."""
        return tuple(scan for scan in self.scans if scan.after_hours <= hours)

    @property
    def news_after_hours(self) -> tuple[float, ...]:
        """The hours at which there is something to report, in order."""
        signed = [] if self.signed_after_hours is None else [self.signed_after_hours]
        return tuple(sorted({*(scan.after_hours for scan in self.scans if scan.after_hours >= 0), *signed}))


_HUB, _TOWN = ("MEMPHIS", "TN"), ("EDISON", "NJ")
_LABEL = Scan(0, "pre_transit", "label_created", "Shipment information sent to the carrier")
_PICKED_UP = Scan(6, "in_transit", "received_at_origin_facility", "Picked up", ("ORLANDO", "FL"))
_DEPARTED = Scan(14, "in_transit", "departed_facility", "Departed the carrier's location", ("ORLANDO", "FL"))
_HUB_SCAN = Scan(24, "in_transit", "arrived_at_facility", "Arrived at the carrier's location", _HUB)
_ON_THE_WAY = (_LABEL, _PICKED_UP, _DEPARTED, _HUB_SCAN)
_OUT = Scan(44, "out_for_delivery", "out_for_delivery", "Out for delivery", _TOWN)
_DELIVERED = Scan(50, "delivered", "arrived_at_destination", "Delivered", _TOWN)
_ATTEMPT = Scan(50, "in_transit", "delivery_exception", "Nobody of age was there to sign", _TOWN)
_OUT_AGAIN = Scan(68, "out_for_delivery", "out_for_delivery", "Out for delivery", _TOWN)
_DELIVERED_LATER = Scan(73, "delivered", "arrived_at_destination", "Delivered", _TOWN)
_COLLECT = Scan(72, "available_for_pickup", "arrived_at_pickup_location", "Held for collection", _TOWN)
_DAMAGED = Scan(30, "failure", "damaged", "The parcel was damaged", _HUB)
_REFUSED = Scan(52, "return_to_sender", "refused", "Refused; on its way back", _TOWN)
_TURNED_BACK = Scan(74, "return_to_sender", "return", "On its way back to the sender", _TOWN)
_BACK = Scan(120, "return_to_sender", "return", "Back with the sender", ("ORLANDO", "FL"))
_ODD = Scan(30, "teleported", "quantum_hub", "A word that nobody has heard before", _HUB)
_CANCELED = Scan(4, "cancelled", "cancelled", "The label was canceled")
_TOO_EARLY = Scan(-72, "delivered", "arrived_at_destination", "Delivered", _TOWN)

ORDINARY = Journey((*_ON_THE_WAY, _OUT, _DELIVERED), signed_after_hours=50)
BY_LAST_DIGITS: Mapping[str, Journey] = {
    "80": Journey((*_ON_THE_WAY, _OUT, _DELIVERED)),
    "81": Journey((*_ON_THE_WAY, _OUT, _ATTEMPT, _OUT_AGAIN, _DELIVERED_LATER), signed_after_hours=73),
    "82": Journey((*_ON_THE_WAY, _OUT, _ATTEMPT, _COLLECT)),
    "83": Journey((*_ON_THE_WAY, _DAMAGED)),
    "84": Journey((*_ON_THE_WAY, _OUT, _REFUSED, _BACK)),
    "85": Journey((_LABEL, _PICKED_UP, _DEPARTED)),
    "86": Journey((_LABEL,)),
    "87": Journey((*_ON_THE_WAY, _ODD, _OUT, _DELIVERED), signed_after_hours=50),
    "88": Journey((*_ON_THE_WAY, _OUT, _DELIVERED), signed_after_hours=50, is_doubled=True),
    "89": Journey((*_ON_THE_WAY, _OUT, _DELIVERED), signed_after_hours=74),
    "90": Journey((*_ON_THE_WAY, _OUT, _DELIVERED, _TURNED_BACK, _BACK), signed_after_hours=50),
    "91": Journey((_LABEL, _CANCELED)),
    "92": Journey((_TOO_EARLY, _LABEL), signed_after_hours=0),
    "93": Journey((*_ON_THE_WAY, _OUT, _DELIVERED), signed_after_hours=50, is_forged=True),
}
"""What is not here travels in the ordinary way: delivered and signed for after two days."""

# The published numbers of EasyPost's test mode, whose trackers stand in one status from the first answer on.
_TEST_MODE: Mapping[str, Journey] = {
    "EZ1000000001": Journey((_LABEL,)),
    "EZ2000000002": Journey((_LABEL, Scan(0, "in_transit", "arrived_at_facility", "Arrived", _HUB))),
    "EZ3000000003": Journey((_LABEL, Scan(0, "out_for_delivery", "out_for_delivery", "Out for delivery", _TOWN))),
    "EZ4000000004": Journey(
        (_LABEL, Scan(0, "delivered", "arrived_at_destination", "Delivered", _TOWN)), signed_after_hours=0
    ),
    "EZ5000000005": Journey((_LABEL, Scan(0, "return_to_sender", "return", "On its way back", _TOWN))),
    "EZ6000000006": Journey((_LABEL, Scan(0, "failure", "failure", "Failure", _TOWN))),
    "EZ7000000007": Journey((Scan(0, "unknown", "unknown", "Unknown", None),)),
}


def journey_of(tracking_number: str) -> Journey:
    """Return what happens to a parcel with this number."""
    return _TEST_MODE.get(tracking_number) or BY_LAST_DIGITS.get(tracking_number[-2:], ORDINARY)


def hours(span: timedelta, *, speed: float = 1.0) -> float:
    """Return how many hours of a journey fit into a span of time when time runs so much faster."""
    return span / timedelta(hours=1) * speed
