"""A physician's times as an iCalendar file (RFC 5545, RFC 7986); no word in it says whom or what a visit is about."""

from collections.abc import Iterable
from datetime import UTC, timedelta
from urllib.parse import urlencode

from icalendar import Calendar, Event, vDuration, vUri

from clinic.kernel.localtime import in_zone
from clinic.scheduling.queries.feeds import FeedTime

_PRODUCT = "-//Home Clinic//Feed//EN"
_NAME = "Clinic"
_SUMMARY = "Appointment"
_REFRESH = timedelta(minutes=15)


def feed_of(times: Iterable[FeedTime], *, zone: str, day_url: str) -> bytes:
    """Return the feed with UTC times; each entry leads to the physician's page of that day in `zone`.

    One visit may keep the physician in several stretches: each is an entry, whose UID is the visit's with the
    stretch's number. The same times give the same bytes.
    """
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("name", _NAME)
    calendar.add("x-wr-calname", _NAME)
    calendar.add("refresh-interval", vDuration(_REFRESH), parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(_REFRESH))
    for each in times:
        calendar.add_component(_entry(each, zone=zone, day_url=day_url))
    content: bytes = calendar.to_ical()
    return content


def _entry(each: FeedTime, *, zone: str, day_url: str) -> Event:
    event = Event()
    event.add("uid", f"{each.part}-{each.uid}")
    event.add("sequence", each.sequence)
    event.add("dtstamp", each.changed_at.astimezone(UTC))
    event.add("last-modified", each.changed_at.astimezone(UTC))
    event.add("dtstart", each.starts_at.astimezone(UTC))
    event.add("dtend", each.ends_at.astimezone(UTC))
    event.add("summary", _SUMMARY)
    event.add("class", "PRIVATE")
    event.add("status", "CONFIRMED")
    event.add("transp", "OPAQUE")
    event.add("url", vUri(f"{day_url}?{urlencode({'on': in_zone(each.starts_at, zone).date()})}"))
    return event
