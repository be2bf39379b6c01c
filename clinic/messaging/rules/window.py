"""When a text may leave: by day of its recipient, worth reading, with room for the provider's own queue."""

from datetime import datetime, timedelta

from clinic.kernel.localtime import (
    CLOSES,
    edge_instant,
    first_instant_of,
    in_zone,
    is_open,
    next_open,
    previous_open,
    zone_of,
)
from clinic.messaging.rules.kinds import OutsideWindow
from clinic.messaging.rules.templates import Template

_LEAST_VALIDITY = timedelta(seconds=60)
_SHORTEST_SECONDS, _LONGEST_SECONDS = 6, 36_000  # what the provider takes as ValidityPeriod
_HEADROOM = timedelta(seconds=30)


def day_before(starts_at: datetime, zone: str) -> datetime:
    """Return the same wall-clock time on the previous local day, which is not always 24 hours earlier."""
    local = in_zone(starts_at, zone)
    return edge_instant(local.date() - timedelta(days=1), local.time(), zone)


def planned_for(
    template: Template, *, due_at: datetime, zone: str, now: datetime, worth_until: datetime
) -> datetime | None:
    """Return when to send a text that is wanted at `due_at`, or None when no time left is any good."""
    wanted = max(due_at, now)
    if not template.keeps_hours:
        return wanted if wanted < worth_until else None
    if template.when_outside_window is OutsideWindow.EARLIER:
        return _earlier(due_at, zone, now=now)
    if template.when_outside_window is OutsideWindow.DROP:
        return wanted if is_open(wanted, zone) and wanted < worth_until else None
    return _first_thing(template, wanted, zone, worth_until=worth_until)


def _earlier(due_at: datetime, zone: str, *, now: datetime) -> datetime | None:
    """Return the last good instant up to `due_at`; a text whose time has passed already is not planned."""
    if due_at <= now:
        return None
    chosen = previous_open(due_at, zone)
    if chosen > now:
        return chosen
    return now if is_open(now, zone) else None


def _first_thing(template: Template, wanted: datetime, zone: str, *, worth_until: datetime) -> datetime | None:
    opening = next_open(wanted, zone)
    margin = timedelta(minutes=template.margin_minutes) if opening > wanted else timedelta()
    fits = opening + margin <= worth_until and opening < worth_until
    return opening if fits else None


def postponed(template: Template, *, zone: str, now: datetime, worth_until: datetime) -> datetime | None:
    """Return the next opening for a text that came to its turn at night, or None when it is to be dropped."""
    if template.when_outside_window is OutsideWindow.DROP:
        return None
    # From the instant at which the provider has time enough, or the last minute of a day would be chosen again.
    opening = next_open(now + _LEAST_VALIDITY + _HEADROOM, zone)
    return opening if opening < worth_until else None


def next_morning(now: datetime, zone: str) -> datetime:
    """Return when sending opens on the next local day, whatever the time is now."""
    tomorrow = in_zone(now, zone).date() + timedelta(days=1)
    return next_open(first_instant_of(tomorrow, zone), zone)


def start_of_day(now: datetime, zone: str) -> datetime:
    """Return the instant at which the recipient's present day began."""
    return first_instant_of(now.astimezone(zone_of(zone)).date(), zone)


def next_day(now: datetime, zone: str) -> datetime:
    """Return the instant at which the recipient's next day begins."""
    return first_instant_of(now.astimezone(zone_of(zone)).date() + timedelta(days=1), zone)


def may_leave(template: Template, *, zone: str, now: datetime) -> bool:
    """Tell whether the hour is right, with the least time that the provider needs before the evening."""
    return not template.keeps_hours or (is_open(now, zone) and is_open(now + _LEAST_VALIDITY + _HEADROOM, zone))


def validity_seconds(template: Template, *, zone: str, now: datetime, expires_at: datetime) -> int | None:
    """Return for how long the provider may hold the text: until it expires or the evening comes; None = too short."""
    end = expires_at
    if template.keeps_hours:
        end = min(end, edge_instant(in_zone(now, zone).date(), CLOSES, zone))
    left = end - now - _HEADROOM
    if left < _LEAST_VALIDITY:
        return None
    return max(_SHORTEST_SECONDS, min(int(left.total_seconds()), _LONGEST_SECONDS))
