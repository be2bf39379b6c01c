"""A visit is canceled at the desk; who waits gets the time on the phone and takes it, and the board shows it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import violations_by_day_and_night
from tests.browser.conftest import Live
from tests.browser.test_my_dates import allow_more_texts, sound
from tests.browser.test_patient_story import PHONE


@pytest.fixture
def live(settled: Live) -> Live:
    return settled


def test_a_canceled_time_is_offered_taken_and_on_the_board(live: Live, visit_as: Callable[..., Page]):
    allow_more_texts(live)
    live.town.catch_up()  # What the town began with comes free for nobody, since it is no Sunday.
    desk = visit_as(live, staff="dana")
    desk.goto(live.path("coordinator.board"))
    desk.locator("#waiting summary").click()
    expect(desk.locator("#waiting")).to_contain_text("Benavides")
    assert violations_by_day_and_night(desk) == []

    # A Tuesday comes free, and Marisol, who has Wednesday, can take any day by now.
    desk.goto(live.path("coordinator.waitlist_entry", waiting_id=live.town.others["waiting_id"]))
    desk.get_by_text("Change", exact=True).click()
    desk.get_by_label("Sundays").uncheck()
    desk.get_by_role("button", name="Save").click()
    expect(desk.get_by_role("status")).to_contain_text("Wishes saved.")
    assert violations_by_day_and_night(desk) == []
    desk.goto(live.path("coordinator.ask_cancel", appointment_id=live.town.visits["tomorrow"]))
    desk.get_by_label("Why will it not take place?").select_option("physician_unavailable")
    desk.get_by_role("button", name="Cancel the visit").click()
    live.town.catch_up()
    desk.goto(live.path("coordinator.waitlist"))
    expect(desk.get_by_role("row", name="Benavides")).to_contain_text("left")
    assert violations_by_day_and_night(desk) == []

    phone = visit_as(live, **PHONE, locale="es-US")
    phone.goto(live.path("public.simulated_phone", phone_id=live.town.patients["marisol"].phone_id))
    phone.locator(".thread > *", has_text="Hora libre").locator("a").last.tap()
    for label, value in zip(("Mes", "Día", "Año"), ("3", "12", "1984"), strict=True):
        phone.get_by_label(label, exact=True).fill(value)
    with phone.expect_navigation():
        phone.keyboard.press("Enter")
    expect(phone.get_by_role("heading", level=1)).to_have_text("Hay una hora libre para usted")
    sound(phone)
    phone.get_by_role("button", name="Tomar esta hora").tap()
    expect(phone.get_by_role("status")).to_contain_text("Listo. La hora es suya.")
    sound(phone)

    desk.goto(live.path("coordinator.board", on="2026-11-24"))
    expect(desk.locator("#board")).to_contain_text("Benavides")
