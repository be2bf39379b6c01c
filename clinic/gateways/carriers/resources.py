"""A pretend parcel in EasyPost's published shape of a tracker."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from clinic.gateways.carriers.journeys import Scan, hours, journey_of


@dataclass(frozen=True, slots=True)
class Parcel:
    """One pretend parcel since its label was made; `speed` 60 makes an hour of its journey last a minute.

    `told` are scans that somebody added by hand, with the hour of the journey at which they happened.
    """

    tracker_id: str
    carrier: str
    tracking_number: str
    began_at: datetime
    speed: float = 1.0
    told: tuple[Scan, ...] = ()
    signer: str | None = None

    def age(self, now: datetime) -> float:
        """Return the hours of the journey that have passed."""
        return hours(now - self.began_at, speed=self.speed)

    def instant(self, after_hours: float) -> datetime:
        """Return when an hour of the journey is."""
        return self.began_at + timedelta(hours=after_hours) / self.speed

    def scans(self, now: datetime) -> list[Scan]:
        """Return what has happened so far, in order."""
        age = self.age(now)
        found = [
            *journey_of(self.tracking_number).scans_until(age),
            *(one for one in self.told if one.after_hours <= age),
        ]
        return sorted(found, key=lambda scan: scan.after_hours)


def as_tracker(parcel: Parcel, now: datetime) -> dict[str, Any]:
    """Return the tracker as it stands at an instant."""
    scans = parcel.scans(now)
    latest = scans[-1] if scans else Scan(0, "unknown", "unknown", "")
    expected = parcel.instant(50)
    return {
        "id": parcel.tracker_id,
        "object": "Tracker",
        "mode": "test",
        "tracking_code": parcel.tracking_number,
        "status": latest.status,
        "status_detail": latest.detail,
        "created_at": _written(parcel.began_at),
        "updated_at": _written(parcel.instant(latest.after_hours)),
        "signed_by": parcel.signer or journey_of(parcel.tracking_number).signed_by(parcel.age(now)),
        "weight": 8.0,
        "est_delivery_date": _written(expected),
        "shipment_id": None,
        "carrier": parcel.carrier,
        "tracking_details": [_detail(parcel, scan) for scan in scans],
        "carrier_detail": _carrier_detail(expected),
        "finalized": latest.status in {"delivered", "cancelled"},
        "is_return": latest.status == "return_to_sender",
        "public_url": f"https://track.easypost.com/{parcel.tracker_id}",
        "fees": [],
    }


def _detail(parcel: Parcel, scan: Scan) -> dict[str, Any]:
    city, state = scan.place or (None, None)
    return {
        "object": "TrackingDetail",
        "message": scan.message,
        "description": scan.message,
        "status": scan.status,
        "status_detail": scan.detail,
        "datetime": _written(parcel.instant(scan.after_hours)),
        "source": parcel.carrier,
        "carrier_code": None,
        "tracking_location": {
            "object": "TrackingLocation",
            "city": city,
            "state": state,
            "country": "US" if city else None,
            "zip": None,
        },
    }


def _carrier_detail(expected: datetime) -> dict[str, Any]:
    return {
        "object": "CarrierDetail",
        "service": "EXPRESS",
        "container_type": None,
        "est_delivery_date_local": f"{expected:%Y-%m-%d}",
        "est_delivery_time_local": None,
        "origin_location": None,
        "origin_tracking_location": None,
        "destination_location": None,
        "destination_tracking_location": None,
        "guaranteed_delivery_date": None,
        "alternate_identifier": None,
        "initial_delivery_attempt": None,
    }


def _written(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
