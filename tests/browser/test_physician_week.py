"""A physician with ten minutes between visits: next patient and room, a week off with a cover, the own calendar."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import Live
from tests.browser.measures import sideways
from tests.domains.scheduling.calendar_makers import at

PHONE = {"size": (390, 780), "scheme": "dark"}
ASK = "() => document.dispatchEvent(new CustomEvent('live:ask'))"


@pytest.fixture
def okafor(live: Live, visit_as: Callable[..., Page]) -> Page:
    return visit_as(live, staff="okafor")


def test_what_is_on_and_what_is_next_stand_on_top_with_their_room(okafor: Page, live: Live):
    okafor.goto("/my-day")
    now, following = okafor.get_by_label("Now", exact=True), okafor.get_by_label("Next", exact=True)
    expect(now).to_contain_text("Farthing, Lucinda")
    expect(following).to_contain_text("Quintanilla, Soledad")
    room = following.get_by_role("link", name="Open video room for Quintanilla, Soledad")
    assert room.get_attribute("href") == "https://video.example.org/okafor"
    assert room.get_attribute("rel") == "noopener noreferrer"
    assert room.bounding_box()["y"] < 500


def test_a_visit_that_a_colleague_books_comes_in_by_itself(okafor: Page, live: Live):
    okafor.goto("/my-day")
    okafor.evaluate("() => { document.body.dataset.stayed = 'yes'; }")
    expect(okafor.locator("#my-day")).not_to_contain_text("Kettlewell")
    live.town.book("added", "ambrose", "okafor", at(23, 13))
    okafor.evaluate(ASK)
    expect(okafor.locator(".agenda")).to_contain_text("Kettlewell, Ambrose")
    expect(okafor.locator("#my-day-beside")).to_contain_text("2 h 45 min of 7 h open")
    assert okafor.locator("body").get_attribute("data-stayed") == "yes"
    assert violations(okafor) == []


def test_the_room_opens_on_the_page_when_it_is_due(okafor: Page, live: Live):
    live.town.book("soon after", "ambrose", "okafor", at(23, 10, 45))
    for minute in (0, 14, 28):
        live.clock.instant = at(23, 10, minute)
        okafor.goto("/my-day")
    line = okafor.locator(".agenda-line", has_text="Kettlewell")
    expect(line).to_contain_text("Video opens 10:30 AM")
    live.clock.instant = at(23, 10, 31)
    okafor.evaluate(ASK)
    expect(line.get_by_role("link", name="Open video room")).to_have_count(1)
    expect(okafor.get_by_label("Now", exact=True)).to_contain_text("Quintanilla, Soledad")


def test_a_day_off_with_a_booked_visit_is_seen_first_and_gives_a_coordinator_the_task(
    okafor: Page, live: Live, visit_as: Callable[..., Page]
):
    okafor.goto("/my-week")
    expect(okafor.locator(".my-week-day")).to_have_count(7)
    okafor.get_by_role("link", name="Time off", exact=True).click()
    okafor.get_by_role("link", name="Take time off").click()
    okafor.get_by_label("First day").fill("2026-11-25")
    okafor.get_by_label("Note").fill("Vacation")
    okafor.get_by_role("button", name="Add", exact=True).click()
    expect(okafor.get_by_role("heading", level=1)).to_have_text("1 visit would be stranded")
    assert violations(okafor) == []
    okafor.get_by_role("button", name="Save anyway").click()
    expect(okafor.locator(".toast")).to_contain_text("1 task was opened for coordinators.")
    okafor.get_by_role("navigation", name="Main").get_by_role("link", name="My week").click()
    expect(okafor.locator(".my-week-day", has_text="Nov 25")).to_contain_text("Closed: Vacation")
    desk = visit_as(live, staff="dana")
    desk.goto("/today")
    expect(desk.locator(".work-item", has_text="Benavides, Marisol").filter(has_text="Outside")).to_have_count(1)


def test_a_colleague_sees_the_patients_while_covering_and_not_after(
    okafor: Page, live: Live, visit_as: Callable[..., Page]
):
    raman = visit_as(live, staff="raman", **PHONE)
    record = f"/my-patients/{live.town.patients['marisol'].id}"
    assert raman.goto(record).status == 404
    okafor.goto("/my-time/covers/new")
    okafor.get_by_label("Colleague").select_option(label="Dr. Priya Raman")
    okafor.get_by_label("First day").fill("2026-11-23")
    okafor.get_by_label("Last day").fill("2026-11-30")
    okafor.get_by_role("button", name="Name this cover").click()
    expect(okafor.locator("main")).to_contain_text("Dr. Priya Raman has no Florida license")
    assert violations(okafor) == []
    okafor.get_by_role("button", name="Name this cover anyway").click()
    raman.goto("/my-patients")
    expect(raman.locator("main")).to_contain_text("Covering for Dr. Amara Okafor until Nov 30, 2026")
    assert raman.goto(record).status == 200
    expect(raman.locator("main")).to_contain_text("Covering for Dr. Amara Okafor until Nov 30, 2026")
    assert violations(raman) == []
    okafor.get_by_role("link", name="Take back Dr. Priya Raman").first.click()
    okafor.get_by_role("button", name="Take it back").click()
    assert raman.goto(record).status == 404


def test_the_calendar_address_is_copied_once(live: Live, visit_as: Callable[..., Page]):
    page = visit_as(live, staff="okafor", permissions=["clipboard-read", "clipboard-write"])
    page.goto("/my-week")
    page.get_by_role("link", name="Calendar").click()
    page.get_by_role("link", name="Make an address").click()
    page.get_by_role("button", name="Make it").click()
    address = page.get_by_label("Address").input_value()
    assert address.startswith(f"{live.url}/calendar/")
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_text("Copied.")).to_be_visible()
    assert page.evaluate("() => navigator.clipboard.readText()") == address
    assert violations(page) == []
    page.get_by_role("link", name="Done").click()
    expect(page.locator("main")).to_contain_text("The address is in use")
    assert address not in page.content()


def test_without_scripts_the_address_is_there_to_be_selected(live: Live, visit_as: Callable[..., Page]):
    page = visit_as(live, staff="okafor", java_script_enabled=False)
    page.goto("/my-calendar/new")
    page.get_by_role("button", name="Make it").click()
    expect(page.get_by_label("Address")).to_have_attribute("readonly", "")
    expect(page.get_by_role("button", name="Copy")).to_have_count(0)


@pytest.mark.parametrize("path", ["/my-day", "/my-week", "/my-time", "/my-calendar", "/my-patients"])
def test_on_a_phone_everything_stands_below_each_other(standing: Live, visit_as: Callable[..., Page], path):
    page = visit_as(standing, staff="okafor", **PHONE)
    page.goto(path)
    assert sideways(page) == 0
    assert violations(page) == []
