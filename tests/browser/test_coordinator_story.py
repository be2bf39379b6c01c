"""Story 3, clicked through: from signing in to a visit that took place."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import Live
from tests.browser.town import PASSWORD


def sign_in(page: Page) -> None:
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill("dana@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")


def find(page: Page, name: str) -> None:
    """Search as she types, by keyboard alone."""
    page.keyboard.press("/")
    page.keyboard.type(name, delay=15)
    expect(page.get_by_role("option").first).to_contain_text(name[:4])
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")


def test_a_visit_is_found_held_booked_moved_and_takes_place(live: Live, visit_as: Callable[..., Page]):
    page = visit_as(live, staff="dana")
    page.goto("/today")
    expect(page.get_by_role("heading", name="Today", exact=True)).to_be_visible()

    find(page, "Okonjo")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Okonjo")
    page.get_by_role("link", name="Book a visit").first.click()
    page.get_by_label("Visit", exact=True).select_option(label="Follow-up, 30 min")
    page.get_by_role("button", name="Show times").click()
    tuesday = page.locator("details.offer", has_text="Tuesday, November 24")
    tuesday.get_by_role("group", name="Dr. Amara Okafor").get_by_role("button", name="9:30 AM").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Hold: Follow-up")
    expect(page.locator("main .countdown").first).not_to_have_text("10:00")
    page.get_by_role("button", name="Book this visit").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Booked.")
    expect(page.locator(".thread .bubble", has_text="Video visit set for Tue Nov 24, 9:30 AM ET")).to_be_visible()

    page.get_by_role("link", name="Move").click()
    monday = page.locator("details.offer", has_text="Monday, November 23")
    monday.get_by_role("group", name="Dr. Amara Okafor").get_by_role("button", name="10:45 AM").click()
    expect(page.get_by_role("status")).to_contain_text("Moved.")
    page.get_by_role("button", name="Mark confirmed").click()
    page.get_by_role("button", name="Mark arrived").click()
    page.get_by_role("button", name="Mark completed").click()
    expect(page.locator(".toolbar .status")).to_contain_text("Done")
    expect(page.locator(".history li")).to_have_count(6)


def test_canceling_in_the_dialog_asks_why_and_escape_leaves_the_visit(live: Live, visit_as: Callable[..., Page]):
    page = visit_as(live, staff="dana")
    page.goto(f"/visits/{live.town.visits['marisol']}")
    page.get_by_role("link", name="Cancel visit").press("Enter")
    dialog = page.get_by_role("dialog", name="Cancel this visit?")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).not_to_be_visible()
    page.get_by_role("link", name="Cancel visit").click()
    dialog.get_by_label("Why will it not take place?").select_option(label="The physician is not available")
    dialog.get_by_role("button", name="Cancel the visit").click()
    expect(page.locator(".toolbar")).to_contain_text("The physician is not available")


def test_a_colleague_who_was_faster_is_told_with_three_times(live: Live, visit_as: Callable[..., Page]):
    dana, sam = visit_as(live, staff="dana"), visit_as(live, staff="sam")
    for page, patient in ((dana, "gilbert"), (sam, "desmond")):
        page.goto(live.path("coordinator.book", patient=live.town.patients[patient].id, start="2026-11-27"))
    for page in (sam, dana):
        okafor = page.get_by_role("group", name="Dr. Amara Okafor, Friday, November 27")
        okafor.get_by_role("button", name="10:00 AM").click()
    expect(sam.get_by_role("heading", level=1)).to_contain_text("Hold")
    expect(dana.locator(".notice")).to_contain_text("This time is taken.")
    near = dana.locator("#form-hold-near .slot")
    expect(near).to_have_count(3)
    near.first.click()
    expect(dana.get_by_role("heading", level=1)).to_contain_text("Hold")


def test_a_task_is_done_and_brought_back(live: Live, visit_as: Callable[..., Page]):
    page = visit_as(live, staff="dana")
    page.goto("/today")
    tasks = page.locator(".work-item")
    expect(tasks).to_have_count(10)
    page.get_by_role("button", name="Done Benavides, Marisol").click()
    expect(tasks).to_have_count(9)
    page.get_by_role("button", name="Undo").click()
    expect(tasks).to_have_count(10)


def test_keys_lead_through_the_pages(live: Live, visit_as: Callable[..., Page]):
    page = visit_as(live, staff="dana")
    page.goto("/today")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.locator("h1").click()
    for key, heading in (("b", "Book a visit"), ("t", "Today"), ("d", "Monday, November 23")):
        page.keyboard.press(key)
        expect(page.get_by_role("heading", level=1)).to_have_text(heading)
        # The heading is there before the script that listens to keys.
        page.wait_for_load_state()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys on this page")).to_be_visible()


def test_signing_in_by_password_asks_for_the_second_factor(live: Live, visit_as: Callable[..., Page]):
    page = visit_as(live)
    sign_in(page)
    expect(page).to_have_url(f"{live.url}/sign-in/set-up")
