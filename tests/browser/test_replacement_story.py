"""A physician falls ill: a coordinator lists her day, approves, undoes one, on a desk and on a phone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from clinic.scheduling.models import Appointment
from tests.browser.axe import violations_by_day_and_night
from tests.browser.conftest import Live
from tests.browser.measures import sideways


def physician_of(live: Live, visit: str) -> str:
    with live.town.begin(by=live.town.dana) as session:
        found = session.get_one(Appointment, live.town.visits[visit]).physician_id
    return next(name for name, one in live.town.physicians.items() if one.id == found)


@pytest.mark.parametrize("size", [(1280, 800), (390, 844)])
def test_an_ill_physicians_day_finds_new_places(live: Live, visit_as: Callable[..., Page], size):
    page = visit_as(live, staff="dana", size=size)
    page.goto(live.path("coordinator.replacements"))
    page.get_by_role("link", name="A physician is out").click()
    page.get_by_label("Who is out").select_option(label="Dr. Amara Okafor")
    page.get_by_label("First day").fill("2026-11-24")
    page.get_by_label("Last day").fill("2026-11-25")
    assert violations_by_day_and_night(page) == []
    page.get_by_role("button", name="Find new places").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Dr. Amara Okafor is out")
    expect(page.get_by_text("Marisol").first).to_be_visible()
    assert sideways(page) == 0
    assert violations_by_day_and_night(page) == []
    assert physician_of(live, "marisol") == "okafor"
    page.get_by_role("button", name="Approve all").click()
    expect(page.get_by_text("approved. Each patient gets one text").first).to_be_visible()
    assert physician_of(live, "marisol") != "okafor"
    page.get_by_role("button", name="Undo all moves").click()
    expect(page.get_by_text("back where").first).to_be_visible()
    assert physician_of(live, "marisol") == "okafor"
    assert violations_by_day_and_night(page) == []
