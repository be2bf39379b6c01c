from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import vobject
from icalendar import Calendar
from icalendar.cal import Component

from clinic.scheduling.invitation import Method, invitation

START = datetime(2026, 11, 25, 15, 30, tzinfo=UTC)
NAUGHTY = (
    "plain",
    "a;b,c:d\\e",
    'say "hi"',
    "two\r\nBEGIN:VEVENT\r\nSUMMARY:forged",
    "bell\x07 nul\x00 vt\x0b esc\x1b del\x7f",
    "c1\x85\x9b sep\u2028\u2029 end",
    "日本語 ñ 🙂 " * 20,
    "x" * 500,
    " edges ",
)


def an_invitation(**changes: object) -> bytes:
    arguments: dict[str, Any] = {
        "uid": "5f0c@clinic.example.org",
        "sequence": 0,
        "starts_at": START,
        "ends_at": START + timedelta(minutes=30),
        "method": Method.REQUEST,
        "organizer_name": "Home Clinic",
        "organizer_email": "visits@example.org",
        "attendee_email": "patient@example.org",
        "url": "https://clinic.example.org/v/abc",
        "language": "en",
        "now": datetime(2026, 11, 1, 9, 30, 15, 123456, tzinfo=UTC),
    }
    return invitation(**(arguments | changes))


def event_of(content: bytes) -> Component:
    calendar = Calendar.from_ical(content)
    assert calendar.errors == []
    (event,) = calendar.walk("VEVENT")
    assert event.errors == []
    return event


def lines_of(content: bytes) -> list[str]:
    return content.decode().replace("\r\n ", "").split("\r\n")


def test_a_request_puts_the_visit_into_the_calendar() -> None:
    assert lines_of(an_invitation()) == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Home Clinic//Calendar//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:REQUEST",
        "BEGIN:VEVENT",
        "SUMMARY;LANGUAGE=en:Clinic appointment",
        "DTSTART:20261125T153000Z",
        "DTEND:20261125T160000Z",
        "DTSTAMP:20261101T093015Z",
        "UID:5f0c@clinic.example.org",
        "SEQUENCE:0",
        "ATTENDEE;PARTSTAT=NEEDS-ACTION;ROLE=REQ-PARTICIPANT;RSVP=FALSE:mailto:patient@example.org",
        "CLASS:PRIVATE",
        'ORGANIZER;CN="Home Clinic":mailto:visits@example.org',
        "STATUS:CONFIRMED",
        "TRANSP:OPAQUE",
        "URL:https://clinic.example.org/v/abc",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        "DESCRIPTION:Clinic appointment",
        "TRIGGER:-PT15M",
        "END:VALARM",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]


def test_a_move_is_a_request_with_the_same_uid_and_a_higher_sequence() -> None:
    before, after = event_of(an_invitation()), event_of(an_invitation(sequence=1, starts_at=START - timedelta(hours=1)))

    assert before["UID"] == after["UID"]
    assert (int(before["SEQUENCE"]), int(after["SEQUENCE"])) == (0, 1)


def test_a_cancel_takes_the_entry_out_and_rings_no_alarm() -> None:
    content = an_invitation(method=Method.CANCEL, sequence=2)

    event = event_of(content)
    assert "METHOD:CANCEL" in lines_of(content)
    assert (event["STATUS"], event["TRANSP"], int(event["SEQUENCE"])) == ("CANCELLED", "TRANSPARENT", 2)
    assert event["UID"] == "5f0c@clinic.example.org"
    assert event.walk("VALARM") == []


def test_the_words_are_neutral_in_both_languages() -> None:
    assert event_of(an_invitation(language="es"))["SUMMARY"] == "Cita con la clínica"
    assert "DESCRIPTION:Cita con la clínica" in lines_of(an_invitation(language="es"))


def test_times_of_any_zone_are_written_in_utc() -> None:
    new_york = START.astimezone(ZoneInfo("America/New_York"))

    assert an_invitation(starts_at=new_york, ends_at=new_york + timedelta(minutes=30)) == an_invitation()


def test_without_an_attendee_or_a_page_the_lines_are_left_out() -> None:
    event = event_of(an_invitation(attendee_email=None, url=None))

    assert "ATTENDEE" not in event
    assert "URL" not in event


@pytest.mark.parametrize("text", NAUGHTY)
@pytest.mark.parametrize("field", ["uid", "organizer_name", "organizer_email", "attendee_email", "url"])
def test_no_text_can_add_a_line_or_a_component(field: str, text: str) -> None:
    content = an_invitation(**{field: text})

    names = [line.partition(":")[0].partition(";")[0] for line in lines_of(content)]
    expected = [line.partition(":")[0].partition(";")[0] for line in lines_of(an_invitation())]
    assert names == expected
    assert len(event_of(content).subcomponents) == 1


@pytest.mark.parametrize("method", Method)
@pytest.mark.parametrize("text", NAUGHTY)
def test_every_line_is_short_and_free_of_control_characters(text: str, method: Method) -> None:
    content = an_invitation(organizer_name=text, url=text, method=method)

    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    unseen = {*range(32), *range(0x7F, 0xA0), 0x2028, 0x2029} - {ord("\r"), ord("\n")}
    assert not unseen & {ord(character) for character in content.decode()}
    assert content.count(b"\n") == content.count(b"\r\n") == content.count(b"\r")


@pytest.mark.parametrize("method", Method)
@pytest.mark.parametrize("text", NAUGHTY)
def test_another_reader_takes_it_without_complaint(text: str, method: Method) -> None:
    calendar = vobject.readOne(an_invitation(organizer_name=text, method=method).decode())

    assert calendar.validate(raiseException=True)
    assert calendar.method.value == method
    assert calendar.vevent.dtstart.value == START
    assert calendar.vevent.dtend.value == START + timedelta(minutes=30)
    assert calendar.vevent.organizer.value == "mailto:visits@example.org"
