"""Three people read the same gates of one session, each in their own words."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.axe import violations_by_day_and_night
from tests.browser.conftest import Live
from tests.browser.measures import sideways


def sound(page: Page) -> None:
    assert violations_by_day_and_night(page) == []
    assert sideways(page) == 0


def test_what_a_coordinator_checks_a_physician_reads_in_full(live: Live, visit_as: Callable[..., Page]):
    session = live.town.visits["fourth"]
    desk = visit_as(live, staff="dana")
    desk.goto(live.path("coordinator.visit", appointment_id=session))
    gates = desk.locator("#gates")
    expect(gates).to_contain_text("Not ready")
    expect(gates).not_to_contain_text("ledger")
    gates.get_by_role("button", name="Check again").click()
    expect(desk.locator("#gates")).to_contain_text("Last kept")
    sound(desk)

    doctor = visit_as(live, staff="okafor")
    doctor.goto(live.path("physician.readiness", appointment_id=session))
    expect(doctor.get_by_role("heading", level=1)).to_have_text("Ready?")
    expect(doctor.get_by_role("main")).to_contain_text("Dana Reyes")
    sound(doctor)
    doctor.set_viewport_size({"width": 390, "height": 844})
    assert sideways(doctor) == 0
