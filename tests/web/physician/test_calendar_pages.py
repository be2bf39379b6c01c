"""The private calendar address: made, shown once, replaced, switched off; only with a fresh second factor."""

from icalendar import Calendar

from clinic.scheduling.models import CalendarFeed
from tests.domains.scheduling.calendar_makers import at
from tests.web.html import Browser, Page


def address_on(page: Page) -> str:
    return page.one("#address").get("value").removeprefix("http://localhost")


def make(doctor: Browser) -> str:
    page = doctor.get("/my-calendar/new").form("calendar").submit()
    assert page.h1 == "Your calendar address"
    return address_on(page)


def fetched(anybody: Browser, address: str) -> int:
    return anybody.client.get(address).status_code


def test_the_address_is_shown_once_and_serves_the_own_times(doctor: Browser, anybody: Browser, clinic, session):
    clinic.visit(clinic.patient(), clinic.okafor, at(25, 10))
    session.commit()
    address = make(doctor)
    answer = anybody.client.get(address)
    [event] = Calendar.from_ical(answer.data).walk("VEVENT")
    assert event.decoded("dtstart") == at(25, 10)
    after = doctor.get("/my-calendar")
    assert not after.select("#address")
    assert address.split("/")[-1] not in after.text
    assert "The address is in use" in after.text
    assert "just now" in after.text


def test_an_address_nobody_fetched_yet_says_so(doctor: Browser):
    make(doctor)
    assert "Never yet" in doctor.get("/my-calendar").text


def test_replacing_stops_the_old_address_at_once(doctor: Browser, anybody: Browser):
    old = make(doctor)
    new = address_on(doctor.get("/my-calendar").click("Replace the address").form("calendar").submit())
    assert (fetched(anybody, old), fetched(anybody, new)) == (404, 200)


def test_switching_off_stops_it_and_can_be_done_twice(doctor: Browser, anybody: Browser, session):
    address = make(doctor)
    asked = doctor.get("/my-calendar").click("Switch it off")
    for _ in range(2):
        off = asked.form("calendar-off").submit()
        assert off.toasts == ["✓ Switched off. Calendar programs cannot fetch your times any more."]
    assert "No address yet" in off.text
    assert fetched(anybody, address) == 404
    assert session.query(CalendarFeed).filter(CalendarFeed.revoked_at.is_(None)).count() == 0


def test_what_it_tells_and_for_how_long_is_said(doctor: Browser):
    page = doctor.get("/my-calendar")
    assert "The last 30 days and the next 180 days" in page.text
    assert "nothing about patients" in page.text


def test_SEC_S15_a_stale_second_factor_is_asked_for_again(doctor: Browser, clock, session):
    form = doctor.get("/my-calendar/new").form("calendar")
    clock.advance(minutes=6)
    for path in ("/my-calendar/new", "/my-calendar/off"):
        answer = doctor.client.get(path, headers={"Sec-Fetch-Site": "same-origin"})
        assert answer.headers["Location"].startswith("/sign-in/again?next=")
    sent = {"csrf_token": form.values["csrf_token"][0]}
    for path in ("/my-calendar/new", "/my-calendar/off"):
        answer = doctor.client.post(path, data=sent, headers={"Sec-Fetch-Site": "same-origin"})
        assert answer.headers["Location"].startswith("/sign-in/again?next=")
    assert session.query(CalendarFeed).count() == 0
    assert doctor.get("/my-calendar").status == 200


def test_the_own_room_and_who_changes_it_are_shown(doctor: Browser, clinic, session):
    assert "There is no room for your visits yet." in doctor.get("/my-time").text
    clinic.okafor.join_url = "https://video.example.org/okafor"
    session.commit()
    assert "https://video.example.org/okafor" in doctor.get("/my-time").text
