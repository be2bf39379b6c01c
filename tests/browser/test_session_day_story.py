"""The day of a session: a checklist with a repeat, a support person on a phone, and the coordinators' board."""

from collections.abc import Callable
from datetime import timedelta

from playwright.sync_api import Page, expect

from clinic.access import actions as access
from clinic.access.models import Link
from clinic.scheduling.models import Appointment
from clinic.session_day.actions.supporting import name_support_person
from clinic.session_day.rules.persons import Named, Relation
from tests.browser.axe import violations, violations_by_day_and_night
from tests.browser.conftest import Live
from tests.browser.measures import sideways
from tests.domains.readiness.ready import arrive
from tests.domains.scheduling.calendar_makers import at
from tests.domains.session_day.day_makers import ask_checklist

PHONE = {"size": (390, 780), "has_touch": True, "is_mobile": True}
BORN = ("1", "22", "1990")


def sound(page: Page) -> None:
    assert violations(page) == []
    assert sideways(page) == 0


def come(page: Page, token: str) -> None:
    page.goto(f"/v/{token}")
    for label, value in zip(("Month", "Day", "Year"), BORN, strict=True):
        page.get_by_label(label, exact=True).fill(value)
    go(page, "Continue")


def go(page: Page, button: str) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=button, exact=True).first.tap()


def follow(page: Page, link: str) -> None:
    with page.expect_navigation():
        page.get_by_role("link", name=link, exact=True).first.tap()


def measure(live: Live, page: Page, *readings: tuple[int, int, int]) -> None:
    for minutes, upper, lower in readings:
        live.clock.advance(minutes=minutes)
        page.goto("/checklist/readings")
        for label, value in (("Upper number (SYS)", upper), ("Lower number (DIA)", lower), ("Pulse", 70)):
            page.get_by_label(label).fill(str(value))
        go(page, "Save this reading")


def prepare(live: Live) -> tuple[str, str]:
    """Book a session of this afternoon with a support person, and return the tokens of both links."""
    town = live.town
    visit_id = town.book("at home", "nadia", "raman", at(23, 13), visit_type_code="induction_session")
    with town.begin(by=town.dana) as session:
        visit = session.get_one(Appointment, visit_id)
        ask_checklist(session, visit.patient_id, visit, now=town.now)
        named = Named(name="Ray Okonjo", e164="+17865550142", relation=Relation.FAMILY, language="en")
        who = {"by": town.dana, "now": town.now, "ring": town.runtime.link_ring}
        person = name_support_person(session, appointment_id=visit_id, named=named, has_agreed=True, **who)
        link = session.query(Link).filter(Link.resource_id == person.id).one()
        return town.link_of("at home"), access.render_link(session, link_id=link.id, ring=town.runtime.link_ring)


def board(live: Live, visit_as: Callable[..., Page]) -> Page:
    """Open the board as somebody who signs in now: nobody stays signed in for hours."""
    desk = visit_as(live, staff="dana")
    desk.goto(live.path("coordinator.sessions"))
    return desk


def test_a_session_day_from_the_checklist_to_the_end_of_the_watch(live: Live, visit_as: Callable[..., Page]):
    own, beside = prepare(live)
    phone, other = visit_as(live, **PHONE), visit_as(live, **PHONE)
    come(phone, own)
    follow(phone, "Answer the questions")
    sound(phone)
    follow(phone, "Go on")
    for title in ("How you feel", "Your health today", "Food and water", "What you took", "Where you are"):
        expect(phone.get_by_role("heading", level=1)).to_contain_text(title)
        for ask in phone.locator("fieldset.ask").all():
            # Yes means trouble on the first page only; of numbers it is a 1.
            picks = ask.locator(".pick")
            picks.nth(1 if picks.count() > 4 or (title == "How you feel" and picks.count() == 2) else 0).tap()
        sound(phone)
        go(phone, "Save and go on")
    go(phone, "I am sitting now")
    expect(phone.locator(".waiting")).to_contain_text("Next reading at 10:05 AM")
    assert violations_by_day_and_night(phone) == []
    measure(live, phone, (5, 150, 92), (1, 152, 94))
    expect(phone.locator(".waiting")).to_contain_text("Rest, and we try again")
    measure(live, phone, (15, 128, 82), (1, 126, 80))
    sound(phone)
    phone.goto("/checklist/send")
    expect(phone.get_by_role("heading", level=1)).to_have_text("Check and send")

    live.clock.advance(hours=2)
    come(other, beside)
    sound(other)
    for box in other.locator("input[type=checkbox]").all():
        box.check()
    go(other, "I am here")
    desk = board(live, visit_as)
    expect(desk.get_by_role("row", name="Okonjo")).to_contain_text("Is there")
    with live.town.begin(by=live.town.dana) as session:
        who = {"by": live.town.dana, "now": live.clock.advance(minutes=30)}
        arrive(session, appointment_id=live.town.visits["at home"], **who)
    other.goto("/support")
    assert violations_by_day_and_night(other) == []
    assert sideways(other) == 0
    go(other, "Awake or easy to wake, breathing normally")
    live.clock.advance(minutes=26)
    desk = board(live, visit_as)
    expect(desk.get_by_role("row", name="Okonjo")).to_contain_text("Late")
    assert violations_by_day_and_night(desk) == []
    go(other, "Tell the clinic: we need help now")
    expect(other.get_by_role("alert").or_(other.get_by_role("status")).first).to_contain_text("Call 911 now")
    desk.reload()
    expect(desk.get_by_role("row", name="Okonjo")).to_contain_text("Help asked for")
    assert live.clock() - live.town.now < timedelta(hours=4)
