"""Pretend parcels without a process: what happens to one follows from its number, its start and the clock."""

import re
from datetime import UTC, datetime

from clinic.gateways.carriers import CarrierEvent, CarrierFailure, FailureKind, Registered
from clinic.gateways.carriers.easypost_events import events_in
from clinic.gateways.carriers.resources import Parcel, as_tracker
from clinic.kernel.clock import Clock

_TRACKER_ID = re.compile(r"sandbox_([0-9]{1,12})_([A-Za-z]{1,12})_([0-9A-Z]{1,30})")


class SandboxCarrier:
    """Follows scripted journeys; everything that it knows stands in the tracker's id."""

    channel = "sandbox"

    def __init__(self, clock: Clock) -> None:
        """Keep the clock by which parcels travel."""
        self._clock = clock

    def register(self, carrier: str, tracking_number: str) -> Registered:
        """Let a journey begin now; raises CarrierFailure for a number that no label can bear."""
        tracker_id = f"sandbox_{int(self._clock().timestamp())}_{carrier}_{tracking_number}"
        return Registered(tracker_id, self.poll(tracker_id))

    def poll(self, tracker_id: str) -> tuple[CarrierEvent, ...]:
        """Return what has happened so far; raises CarrierFailure for an id of another make."""
        return events_in(as_tracker(_parcel(tracker_id), self._clock()))


def _parcel(tracker_id: str) -> Parcel:
    found = _TRACKER_ID.fullmatch(tracker_id)
    if found is None:
        raise CarrierFailure(FailureKind.REJECTED, http_status=404, code="NOT_FOUND", reason="no such parcel")
    began_at = datetime.fromtimestamp(int(found[1]), UTC)
    return Parcel(tracker_id, found[2], found[3], began_at)
