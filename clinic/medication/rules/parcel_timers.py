"""How long a parcel may stay silent before somebody asks after it, and when it counts as lost."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from clinic.medication.rules.parcels import AT_THE_DOOR, OVER, ShipmentState


class Overdue(StrEnum):
    """What a parcel has been too long without."""

    NO_FIRST_SCAN = "no_first_scan"
    NO_SCAN = "no_scan"
    PICKUP_WAITS = "pickup_waits"
    LOST = "lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelFacts:
    """As much of a parcel as its timers ask for; `scanned_at` is the carrier's last scan."""

    state: ShipmentState
    state_since: datetime
    handed_over_at: datetime
    scanned_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelPolicy:
    """The clinic's thresholds, in hours and days."""

    first_scan_hours: int = 48
    no_scan_hours: int = 72
    pickup_days: int = 3
    lost_after_days: int = 10


def overdue(facts: ParcelFacts, policy: ParcelPolicy, *, now: datetime) -> Overdue | None:
    """Return what a parcel under way has been without for too long, the gravest first; a limit itself is in time."""
    if facts.state in OVER or facts.state in AT_THE_DOOR:
        return None
    way_back = facts.state is ShipmentState.RETURNING
    if not way_back and now - facts.handed_over_at > timedelta(days=policy.lost_after_days):
        return Overdue.LOST
    if facts.state is ShipmentState.PICKUP_READY:
        waits = now - facts.state_since > timedelta(days=policy.pickup_days)
        return Overdue.PICKUP_WAITS if waits else None
    if facts.scanned_at is None:
        is_late = now - facts.handed_over_at > timedelta(hours=policy.first_scan_hours)
        return Overdue.NO_FIRST_SCAN if is_late else None
    return Overdue.NO_SCAN if now - facts.scanned_at > timedelta(hours=policy.no_scan_hours) else None
