"""The board under real hands: mouse, finger, keyboard, two people at once, and paper."""

from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from uuid import UUID

import pytest
from playwright.sync_api import CDPSession, Locator, Page, expect

from clinic.messaging.models import Message
from clinic.messaging.rules.kinds import WAITING
from clinic.scheduling import actions
from clinic.scheduling.models import Appointment
from tests.browser.axe import violations
from tests.browser.conftest import Live
from tests.browser.measures import sideways
from tests.browser.test_every_page import DARK, LIGHT, LOOKS
from tests.domains.scheduling.calendar_makers import at

QUARTER = 16
"""Pixels."""


@pytest.fixture
def board(live: Live, visit_as: Callable[..., Page]) -> Page:
    """Dana's board of the town's Monday."""
    return opened(visit_as(live, staff="dana"))


AT_REST = """() => new Promise((done) => {
  let last = NaN;
  const look = () => {
    const top = document.scrollingElement.scrollTop;
    if (top === last) { done(); return; }
    last = top;
    setTimeout(look, 100);
  };
  look();
})"""
"""Waits until a scroll has run out: a page that still scrolls takes the next finger for more of it."""


def opened(page: Page, address: str = "/board") -> Page:
    page.goto(address)
    page.locator("body[data-ready]").wait_for()
    return page


def block(page: Page, name: str) -> Locator:
    return page.locator(".block:not(.ghost)", has_text=name)


def column(page: Page, name: str) -> Locator:
    return page.locator(".column", has_text=name).locator(".column-body")


def place_of(live: Live, name: str) -> tuple[UUID, datetime]:
    with live.town.begin(by=live.town.dana) as session:
        visit = session.get_one(Appointment, live.town.visits[name])
        return visit.physician_id, visit.starts_at


def waiting_texts(live: Live, name: str) -> set[str]:
    with live.town.begin(by=live.town.dana) as session:
        found = session.query(Message).filter(Message.subject_id == live.town.visits[name], Message.state.in_(WAITING))
        return {one.template_key for one in found}


def drag(page: Page, name: str, *, to: str, down: int) -> None:
    """Carry a visit with the mouse to a column, so many quarters down."""
    start, target = block(page, name).bounding_box(), column(page, to).bounding_box()
    page.mouse.move(start["x"] + 40, start["y"] + 8)
    page.mouse.down()
    page.mouse.move(start["x"] + 60, start["y"] + 20, steps=3)
    page.mouse.move(target["x"] + 60, start["y"] + 8 + down * QUARTER, steps=6)
    page.mouse.up()


def test_the_board_is_sound_in_light_and_dark_with_a_dialog_too(live: Live, visit_as: Callable[..., Page]):
    for look in (LIGHT, DARK):
        page = opened(visit_as(live, staff="dana", **look))
        assert violations(page) == []
        block(page, "Vandersteen").locator(".more").click()
        expect(page.get_by_role("dialog", name="Move the visit")).to_be_visible()
        assert violations(page) == []
        assert sideways(page) == 0


def test_seven_hours_are_seen_without_scrolling(board: Page):
    box = board.locator("#board").bounding_box()
    hour = board.locator(".axis-body").bounding_box()["height"] / board.locator(".axis-body span").count()
    assert (min(box["y"] + box["height"], 800) - box["y"] - 36) / hour >= 7


def test_a_visit_is_dragged_to_another_physician_and_undone_and_nobody_is_texted(board: Page, live: Live):
    before = place_of(live, "afternoon")
    drag(board, "Vandersteen", to="Dr. Priya Raman", down=4)
    expect(board.locator(".toast")).to_contain_text("Moved to Mon, Nov 23, 4:30 PM ET.")
    expect(board.locator(".toast")).to_contain_text("The patient is texted at 10:03 AM unless you undo.")
    expect(column(board, "Dr. Priya Raman").locator(".block", has_text="Vandersteen")).to_be_visible()
    assert place_of(live, "afternoon") == (live.town.physicians["raman"].id, at(23, 16, 30))
    assert "BOOK_CHANGED" in waiting_texts(live, "afternoon")
    board.get_by_role("button", name="Undo").click()
    expect(board.locator(".toast")).to_contain_text("Put back to Mon, Nov 23, 3:30 PM ET.")
    expect(column(board, "Dr. Amara Okafor").locator(".block", has_text="Vandersteen")).to_be_visible()
    assert place_of(live, "afternoon") == before
    assert "BOOK_CHANGED" not in waiting_texts(live, "afternoon")


def test_a_drag_that_is_refused_is_put_back_with_the_reason_and_another_time_can_be_taken(board: Page, live: Live):
    before = place_of(live, "afternoon")
    drag(board, "Vandersteen", to="Dr. Luis Herrera", down=-16)
    refused = board.get_by_role("dialog", name="Put back")
    expect(refused).to_contain_text("does not hold a New Jersey license")
    expect(board.locator(".is-lifted, .ghost")).to_have_count(0)
    assert place_of(live, "afternoon") == before
    assert violations(board) == []
    refused.get_by_role("listitem").first.get_by_role("button").click()
    expect(board.locator(".toast")).to_contain_text("Moved to")
    assert place_of(live, "afternoon") != before


def test_a_click_still_opens_the_visit_and_a_drag_does_not(board: Page, live: Live):
    drag(board, "Vandersteen", to="Dr. Amara Okafor", down=1)
    expect(board.locator(".toast")).to_contain_text("Moved to Mon, Nov 23, 3:45 PM ET.")
    assert board.url.endswith("/board")
    block(board, "Kettlewell").locator(".visit-name").click()
    board.wait_for_url("**/visits/*")


def touch(client: CDPSession, kind: str, x: float = 0, y: float = 0) -> None:
    points = [] if kind == "touchEnd" else [{"x": x, "y": y}]
    client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def test_a_held_finger_moves_a_visit_and_a_quick_one_scrolls(live: Live, visit_as: Callable[..., Page]):
    page = opened(visit_as(live, staff="dana", has_touch=True, is_mobile=True, size=(390, 780)))
    page.locator("#board").scroll_into_view_if_needed()
    client = page.context.new_cdp_session(page)
    start = block(page, "Quintanilla").bounding_box()
    x, y = start["x"] + 60, start["y"] + 10
    touch(client, "touchStart", x, y)
    touch(client, "touchMove", x, y - 60)
    touch(client, "touchEnd")
    assert place_of(live, "soon")[1] == at(23, 10, 15)
    page.wait_for_function("() => !document.body.dataset.busy")
    page.evaluate(AT_REST)
    start = block(page, "Quintanilla").bounding_box()
    x, y = start["x"] + 60, start["y"] + 10
    touch(client, "touchStart", x, y)
    page.locator("body[data-busy=drag]").wait_for()
    for step in range(1, 9):
        touch(client, "touchMove", x, y + step * QUARTER / 2)
    touch(client, "touchEnd")
    expect(page.locator(".toast")).to_contain_text("Moved to Mon, Nov 23, 11:15 AM ET.")
    assert place_of(live, "soon")[1] == at(23, 11, 15)


def test_the_keyboard_walks_moves_gives_up_and_drops(board: Page, live: Live):
    visit = block(board, "Vandersteen").locator(".visit")
    visit.focus()
    board.keyboard.press("ArrowUp")
    expect(visit).not_to_be_focused()
    board.keyboard.press("ArrowDown")
    expect(visit).to_be_focused()
    board.keyboard.press("Alt+ArrowDown")
    expect(board.locator("#board-note")).to_contain_text("to Dr. Amara Okafor, 3:45 PM. Enter drops it")
    board.keyboard.press("Escape")
    expect(board.locator(".ghost")).to_have_count(0)
    assert place_of(live, "afternoon")[1] == at(23, 15, 30)
    board.keyboard.press("Alt+ArrowUp")
    board.keyboard.press("Alt+ArrowUp")
    board.keyboard.press("Enter")
    expect(board.locator(".toast")).to_contain_text("Moved to Mon, Nov 23, 3:00 PM ET.")
    expect(visit).to_be_focused()
    assert place_of(live, "afternoon")[1] == at(23, 15)


def test_only_one_place_of_the_board_is_in_the_order_of_tabs(board: Page):
    assert board.locator("#board").locator("a[tabindex='0']:is(.visit, .free, .more)").count() == 1


def test_keys_for_search_today_and_help(board: Page):
    board.keyboard.press("]")
    board.wait_for_url("**/board?on=2026-11-24*")
    board.keyboard.press("t")
    board.wait_for_url(lambda address: address.endswith("/board"))
    board.keyboard.press("?")
    keys = board.get_by_role("dialog", name="Keys on this page")
    expect(keys).to_contain_text("Walk the visits")
    board.keyboard.press("Escape")
    board.keyboard.press("/")
    expect(board.locator("#find")).to_be_focused()


def test_the_move_dialog_moves_without_dragging_and_says_why_not(board: Page, live: Live):
    block(board, "Vandersteen").locator(".more").click()
    dialog = board.get_by_role("dialog", name="Move the visit")
    expect(dialog.get_by_label("Start")).to_have_value("15:30")
    dialog.get_by_label("Start").fill("20:00")
    dialog.get_by_role("button", name="Move").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Free instead:")
    dialog.get_by_label("Start").fill("14:15")
    dialog.get_by_label("Text the patient").uncheck()
    dialog.get_by_role("button", name="Move").click()
    expect(board.locator(".toast")).to_contain_text("Moved to Mon, Nov 23, 2:15 PM ET. The patient is not texted.")
    assert place_of(live, "afternoon")[1] == at(23, 14, 15)
    assert "BOOK_CHANGED" not in waiting_texts(live, "afternoon")


def find(page: Page, typed: str, name: str) -> Locator:
    dialog = page.get_by_role("dialog", name="Book a visit")
    dialog.get_by_label("Patient", exact=True).press_sequentially(typed)
    dialog.get_by_role("option", name=name).click()
    return dialog


def test_an_empty_place_is_booked_where_it_was_clicked(board: Page):
    gap = column(board, "Dr. Luis Herrera").locator(".free").bounding_box()
    board.mouse.click(gap["x"] + 40, gap["y"] + QUARTER * 2 + 4)
    dialog = find(board, "iri", "Iriarte, Paloma")
    expect(dialog.get_by_label("Start")).to_have_value("10:30")
    dialog.get_by_label("Visit", exact=True).select_option("follow_up")
    dialog.get_by_role("button", name="Book").click()
    expect(board.locator(".toast")).to_contain_text("Booked for Mon, Nov 23, 10:30 AM ET.")
    expect(column(board, "Dr. Luis Herrera").locator(".block", has_text="Iriarte")).to_be_visible()


def test_a_refused_booking_offers_other_times_and_overbooking_asks_for_a_reason(board: Page):
    board.locator(".free").first.press("Enter")
    dialog = find(board, "ran", "Ransome, Gilbert")
    dialog.get_by_label("Visit", exact=True).select_option("follow_up")
    dialog.get_by_label("Start").fill("15:30")
    dialog.get_by_role("button", name="Book", exact=True).click()
    expect(dialog.get_by_role("alert")).to_contain_text("This time is taken")
    expect(dialog.get_by_role("alert").get_by_role("listitem")).to_have_count(3)
    assert violations(board) == []
    dialog.get_by_label("Reason for overbooking").fill("Drives through town today")
    dialog.get_by_role("button", name="Book", exact=True).click()
    expect(board.locator(".block.is-over")).to_contain_text("Ransome")


def test_a_colleagues_change_appears_and_the_second_one_is_told(board: Page, live: Live, visit_as):
    other = opened(visit_as(live, staff="sam"))
    drag(board, "Vandersteen", to="Dr. Amara Okafor", down=2)
    expect(board.locator(".toast")).to_contain_text("Moved to")
    drag(other, "Vandersteen", to="Dr. Amara Okafor", down=-4)
    refused = other.get_by_role("dialog", name="Put back")
    expect(refused).to_contain_text("Dana Reyes moved it to Mon, Nov 23, 4:00 PM ET")
    refused.get_by_role("button", name="Leave it where it was").click()
    expect(block(other, "Vandersteen")).to_contain_text("4:00")
    assert place_of(live, "afternoon")[1] == at(23, 16)


def test_a_colleagues_change_is_framed_and_said_but_never_during_a_drag(board: Page, live: Live):
    live.town.book("new", "paloma", "herrera", at(23, 11))
    start = block(board, "Vandersteen").bounding_box()
    board.mouse.move(start["x"] + 40, start["y"] + 8)
    board.mouse.down()
    board.mouse.move(start["x"] + 60, start["y"] + 40, steps=3)
    with board.expect_response("**/board/pulse*"):
        board.evaluate("() => document.dispatchEvent(new CustomEvent('live:ask'))")
    expect(board.locator(".ghost")).to_be_visible()
    expect(block(board, "Iriarte")).to_have_count(0)
    board.mouse.move(start["x"] + 40, start["y"] + 8, steps=3)
    board.mouse.up()
    expect(block(board, "Iriarte")).to_be_visible()
    expect(board.locator(".is-fresh")).to_contain_text("Iriarte")
    expect(board.locator("#board-note")).to_contain_text("1 visit")


def test_a_visit_lifted_by_keyboard_is_not_taken_from_the_hands_by_news(board: Page, live: Live):
    block(board, "Vandersteen").locator(".visit").press("Alt+ArrowDown")
    live.town.book("new", "paloma", "herrera", at(23, 11))
    with board.expect_response("**/board/pulse*"):
        board.evaluate("() => document.dispatchEvent(new CustomEvent('live:ask'))")
    board.wait_for_timeout(700)
    expect(board.locator(".ghost")).to_be_visible()
    expect(block(board, "Iriarte")).to_have_count(0)
    board.keyboard.press("ArrowDown")
    expect(board.locator("#board-note")).to_contain_text("4:00 PM. Enter drops it")
    board.keyboard.press("Enter")
    expect(board.locator(".toast")).to_contain_text("Moved to Mon, Nov 23, 4:00 PM ET.")
    expect(block(board, "Iriarte")).to_be_visible()


def test_filters_come_back_with_the_window(board: Page, live: Live):
    herrera = live.town.physicians["herrera"].id
    opened(board, f"/board?physician={herrera}")
    board.goto("/today")
    board.goto("/board")
    board.wait_for_url(f"**/board?physician={herrera}")
    expect(board.locator(".column")).to_have_count(1)
    board.locator("#choose summary").click()
    with board.expect_navigation():  # what the window remembers is written once the page has loaded
        board.get_by_role("link", name="Who works").click()
    expect(board.locator(".column")).to_have_count(3)
    board.goto("/board")
    expect(board.locator(".column")).to_have_count(3)


def test_the_board_moves_visits_across_the_days_of_a_week(live: Live, visit_as: Callable[..., Page]):
    page = opened(visit_as(live, staff="dana"), f"/board/week?physician={live.town.physicians['okafor'].id}")
    assert violations(page) == []
    drag(page, "Vandersteen", to="Thu, Nov 26", down=-8)
    expect(page.locator(".toast")).to_contain_text("Moved to Thu, Nov 26, 1:30 PM ET.")


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_a_day_prints_on_one_page(board: Page, paper):
    printed = board.pdf(format=paper)
    assert BytesIO(printed).getvalue().count(b"/Type /Page\n") + printed.count(b"/Type /Page ") == 1


@LOOKS
def test_week_list_and_booking_pages_are_sound(standing: Live, visit_as: Callable[..., Page], look):
    page = visit_as(standing, staff="dana", **look)
    for address in ("/board/week", "/board/list", "/board/book", "/board?on=2026-11-29", "/board?state=canceled"):
        page.goto(address)
        assert violations(page) == [], address
        assert sideways(page) == 0, address


def test_forced_colors_keep_borders_and_words(live: Live, visit_as: Callable[..., Page]):
    page = opened(visit_as(live, staff="dana", forced_colors="active"))
    border = block(page, "Vandersteen").evaluate("(one) => getComputedStyle(one).borderTopWidth")
    assert border == "1px"
    expect(block(page, "Vandersteen")).to_contain_text("Confirmed")


def test_what_two_windows_do_reaches_the_history(board: Page, live: Live):
    drag(board, "Vandersteen", to="Dr. Amara Okafor", down=2)
    expect(board.locator(".toast")).to_contain_text("Moved to")
    with live.town.begin(by=live.town.dana) as session:
        row = session.get_one(Appointment, live.town.visits["afternoon"])
        actions.undo_move(
            session, appointment_id=row.id, version=row.version, by=live.town.actors["sam"], now=live.clock(),
            ring=live.town.runtime.link_ring,
        )  # fmt: skip
    board.evaluate("() => document.dispatchEvent(new CustomEvent('live:ask'))")
    expect(block(board, "Vandersteen")).to_contain_text("3:30")
