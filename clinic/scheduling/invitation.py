"""Calendar invitations (RFC 5545, RFC 5546) that put a visit into a calendar, move it there, or take it out."""

import re
from datetime import UTC, datetime, timedelta

from icalendar import Alarm, Calendar, Event, vCalAddress, vText, vUri

from clinic.gateways.email import Method

__all__ = ["Method", "invitation"]

_PRODUCT = "-//Home Clinic//Calendar//EN"
_ALARM_BEFORE = timedelta(minutes=15)
_SUMMARY = {"en": "Clinic appointment", "es": "Cita con la clínica"}
# The icalendar package escapes what its grammar knows and lets other controls and line separators through.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def invitation(
    *,
    uid: str,
    sequence: int,
    starts_at: datetime,
    ends_at: datetime,
    method: Method,
    organizer_name: str,
    organizer_email: str,
    attendee_email: str | None,
    url: str | None,
    language: str,
    now: datetime,
) -> bytes:
    """Return the visit as an iCalendar file in UTC times; no word in it says what the visit is about.

    `uid` stays the same for the life of the visit and `sequence` rises with each change, so that a later file
    replaces an earlier one. CANCEL takes the entry out of the calendar and carries no alarm.
    """
    event = Event()
    event.add("uid", _plain(uid))
    event.add("sequence", sequence)
    event.add("dtstamp", now.astimezone(UTC))
    event.add("dtstart", starts_at.astimezone(UTC))
    event.add("dtend", ends_at.astimezone(UTC))
    event.add("summary", _SUMMARY[language], parameters={"LANGUAGE": language})
    event.add("class", "PRIVATE")
    _add_state(event, method=method, language=language)
    _add_people(event, name=organizer_name, email=organizer_email, attendee=attendee_email)
    if url is not None:
        event.add("url", vUri(_plain(url)))
    return _enclosed(event, method)


def _add_state(event: Event, *, method: Method, language: str) -> None:
    if method is Method.CANCEL:
        event.add("status", "CANCELLED")  # the spelling of RFC 5545
        event.add("transp", "TRANSPARENT")
        return
    event.add("status", "CONFIRMED")
    event.add("transp", "OPAQUE")
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", _SUMMARY[language])
    alarm.add("trigger", -_ALARM_BEFORE)
    event.add_component(alarm)


def _add_people(event: Event, *, name: str, email: str, attendee: str | None) -> None:
    organizer = vCalAddress(f"mailto:{_plain(email)}")
    organizer.params["CN"] = vText(_plain(name))
    event.add("organizer", organizer)
    if attendee is None:
        return
    invited = vCalAddress(f"mailto:{_plain(attendee)}")
    invited.params["ROLE"] = vText("REQ-PARTICIPANT")
    invited.params["PARTSTAT"] = vText("NEEDS-ACTION")
    # The clinic asks by text and on its own page; answers by mail to the invitation would reach nobody.
    invited.params["RSVP"] = vText("FALSE")
    event.add("attendee", invited)


def _enclosed(event: Event, method: Method) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method.value)
    calendar.add_component(event)
    content: bytes = calendar.to_ical()
    return content


def _plain(text: str) -> str:
    return _UNSAFE.sub(" ", text).strip()
