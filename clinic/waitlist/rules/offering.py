"""Until when an offer stands: nobody loses one asleep, and nobody gets one that cannot be answered."""

from datetime import datetime, timedelta

from clinic.kernel.localtime import in_zone, is_open, next_open

SHORTEST = timedelta(minutes=15)
"""An offer that would have to be answered sooner is none."""

BEFORE_START = timedelta(minutes=30)
"""By then before the start an offer is over, so that somebody can still get ready."""

_MOMENT = timedelta(microseconds=1)


def offered_until(now: datetime, *, starts_at: datetime, answer_within: timedelta, zone: str) -> datetime | None:
    """Return until when a time that is offered now stands, or None when now is not the time to offer it.

    It leaves and ends between 08:00 and 20:00 of the patient's day, the same day.
    """
    until = min(now + answer_within, starts_at - BEFORE_START)
    if until - now < SHORTEST or not is_open(now, zone) or not is_open(until - _MOMENT, zone):
        return None
    return until if in_zone(now, zone).date() == in_zone(until - _MOMENT, zone).date() else None


def next_offering(now: datetime, *, answer_within: timedelta, zone: str) -> datetime:
    """Return the next instant at which something can be offered to a patient there, `now` if it can at once."""
    if is_open(now, zone) and is_open(now + answer_within - _MOMENT, zone):
        return now
    closed = now if not is_open(now, zone) else now + answer_within
    return next_open(closed, zone)
