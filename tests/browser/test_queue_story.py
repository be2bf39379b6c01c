"""A coordinator's morning from one page: what hurts most first, and calls written down where they are made."""

from collections.abc import Callable
from itertools import pairwise

import pytest
from playwright.sync_api import Page, expect

from clinic.worklist.rules import WorkKind
from tests.browser.axe import violations_by_day_and_night
from tests.browser.conftest import Live

NARROW = {"size": (390, 844), "has_touch": True, "is_mobile": True}


@pytest.fixture
def morning(live: Live) -> Live:
    """Two things more about Gilbert, whose visit of tomorrow nobody has confirmed."""
    live.town.task(WorkKind.PAYMENT_FAILED, "gilbert", "The card was refused.", hours_ago=3)
    live.town.task(WorkKind.CHECK_IN_OVERDUE, "gilbert", "No answer for three days.", hours_ago=2)
    return live


def sound(page: Page) -> None:
    """Nothing sticks out at the side, nothing that a screen reader would stumble over."""
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
    assert violations_by_day_and_night(page) == []


def test_a_morning_is_worked_off_by_keys_from_one_page(morning: Live, visit_as: Callable[..., Page]):
    page = visit_as(morning, staff="dana")
    page.goto("/today")
    page.wait_for_load_state()
    rows = page.locator(".work-item")
    expect(rows.first).to_contain_text("First because the visit")
    page.keyboard.press("j")
    expect(rows.first).to_be_focused()
    page.keyboard.press("j")
    expect(rows.nth(1)).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys on this page")).to_contain_text("Next task (Enter opens it)")
    page.keyboard.press("Escape")

    gilbert = rows.filter(has_text="Ransome")
    count = rows.count()
    order = rows.evaluate_all("(all) => all.map((row) => [row.id, row.innerText.includes('Ransome')])")
    following = next(after[0] for before, after in pairwise(order) if before[1])
    gilbert.locator("summary", has_text="more about").click()
    sound(page)
    gilbert.get_by_text("Log a call").click()
    gilbert.get_by_role("button", name="Left a message").click()
    expect(page.locator(".toasts")).to_contain_text("tasks are out of sight")
    expect(rows).to_have_count(count - 1)
    expect(page.locator(f"#{following}")).to_be_focused()
    page.locator("#put-off summary").click()
    expect(page.locator("#put-off")).to_contain_text("Message left (Dana Reyes)")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Today")


def test_on_a_phone_a_row_is_a_card_with_the_number_to_tap(morning: Live, visit_as: Callable[..., Page]):
    page = visit_as(morning, staff="dana", **NARROW)
    page.goto("/today")
    row = page.locator(".work-item").filter(has_text="Ransome")
    expect(row.locator("a.work-phone")).to_have_attribute("href", "tel:+13055550103")
    row.get_by_text("Log a call").tap()
    row.get_by_label("Check-in without an answer: call").check()
    sound(page)
    row.get_by_role("button", name="Reached").tap()
    expect(page.locator(".toasts")).to_contain_text("1 task is done.")
