"""A page that stays open all day: it renews itself, but never under the hands of the one who works."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from clinic.access import actions as access
from clinic.worklist.rules import WorkKind
from tests.browser.axe import violations
from tests.browser.conftest import Live
from tests.browser.town import OPERATOR

TURN = 21_000
"""A little longer than the pause between two questions, in milliseconds."""


@pytest.fixture
def today(live: Live, visit_as: Callable[..., Page]) -> Page:
    """Today as Dana sees it, with the browser's clock in the test's hands."""
    page = visit_as(live, staff="dana")
    page.clock.install()
    page.goto("/today")
    expect(page.locator(".work-item")).to_have_count(10)
    page.evaluate("() => { document.body.dataset.stayed = 'yes'; }")
    return page


def a_question(page: Page, to: str = "**/today/pulse") -> int:
    """Let the page ask once more, wait until it has read the answer, and return the status of that."""
    with page.expect_response(to) as asked:
        page.clock.run_for(TURN)
    # The pause before the next question begins once the page has read the answer, which is the browser's next task.
    asked.value.finished()
    page.evaluate("() => 0")
    return asked.value.status


def another(live: Live, reason: str = "Replied “?” to the reminder.") -> None:
    live.town.task(WorkKind.REPLY_UNCLEAR, "lucinda", reason, hours_ago=0.1)


def test_news_come_in_by_themselves_are_announced_and_the_page_is_not_loaded_again(today: Page, live: Live):
    another(live)
    a_question(today)
    expect(today.locator(".work-item")).to_have_count(11)
    expect(today.locator(".toasts")).to_contain_text("1 new")
    assert today.locator("body").get_attribute("data-stayed") == "yes"
    assert violations(today) == []


def test_nothing_new_leaves_the_page_alone(today: Page):
    first = today.locator(".work-item").first.element_handle()
    for _ in range(2):
        assert a_question(today) == 200
    assert first.evaluate("(item) => item.isConnected")
    expect(today.locator(".toast")).to_have_count(0)


def test_the_list_waits_while_a_form_of_it_has_the_focus(today: Page, live: Live):
    today.get_by_role("button", name="Done Benavides, Marisol").focus()
    another(live)
    a_question(today)
    today.clock.run_for(TURN)
    expect(today.locator(".work-item")).to_have_count(10)
    expect(today.get_by_role("button", name="Done Benavides, Marisol")).to_be_focused()
    today.locator("h1").click()
    today.clock.run_for(2_000)
    expect(today.locator(".work-item")).to_have_count(11)


def test_a_page_that_says_it_is_busy_is_left_alone_until_it_is_done(today: Page, live: Live):
    today.evaluate("() => { document.body.dataset.busy = 'drag'; }")
    another(live)
    a_question(today)
    today.clock.run_for(TURN)
    expect(today.locator(".work-item")).to_have_count(10)
    today.evaluate("() => { delete document.body.dataset.busy; }")
    today.clock.run_for(2_000)
    expect(today.locator(".work-item")).to_have_count(11)


def test_focus_on_a_link_of_the_list_stays_on_it_and_others_are_told_of_the_swap(today: Page, live: Live):
    today.evaluate("() => { window.told = []; }")
    today.evaluate("() => document.addEventListener('live:swapped', (e) => window.told.push(e.detail.news.length))")
    link = today.locator(".work-item").get_by_role("link", name="Achterberg, Desmond", exact=True)
    link.focus()
    another(live)
    today.evaluate("() => document.dispatchEvent(new CustomEvent('live:ask'))")
    expect(today.locator(".work-item")).to_have_count(11)
    expect(link).to_be_focused()
    assert today.evaluate("() => window.told") == [1, 0]


def test_a_hold_that_came_in_later_counts_down_too(today: Page, live: Live):
    live.clock.advance(minutes=1)
    another(live)
    today.evaluate("() => document.dispatchEvent(new CustomEvent('live:ask'))")
    expect(today.locator(".work-item")).to_have_count(11)
    before = today.locator("#today-beside .countdown").first.inner_text()
    today.clock.run_for(2_000)
    expect(today.locator("#today-beside .countdown").first).not_to_have_text(before)


def test_an_ended_session_is_told_once_and_the_names_leave_the_screen(today: Page, live: Live):
    with live.town.begin(by=OPERATOR) as session:
        access.end_all_sessions(session, account_id=live.town.staff["dana"], now=live.clock())
    assert a_question(today) == 401
    notice = today.locator(".live-notice")
    expect(notice).to_contain_text("You were signed out")
    expect(today.locator(".work-item")).to_have_count(0)
    expect(notice.get_by_role("link", name="Sign in")).to_have_attribute("href", "/sign-in?next=%2Ftoday")
    asked: list[str] = []
    today.on("request", lambda request: asked.append(request.url))
    today.clock.run_for(3 * TURN)
    assert asked == []
    assert violations(today) == []


def test_a_board_left_alone_says_that_the_session_ended_and_is_emptied(live: Live, visit_as: Callable[..., Page]):
    board = visit_as(live, staff="dana")
    board.clock.install()
    # No hold runs out on that day, so the board has nothing to renew meanwhile.
    board.goto("/board?on=2026-12-01")
    for _ in range(2):
        live.clock.advance(minutes=7)
        assert a_question(board, "**/board/pulse*") == 200
        expect(board.locator(".column").first).to_be_visible()
    # The board's own questions are nobody's work: a quarter of an hour without a hand ends the session.
    live.clock.advance(minutes=2)
    assert a_question(board, "**/board/pulse*") == 401
    notice = board.locator(".live-notice")
    expect(notice).to_contain_text("You were signed out")
    expect(board.locator(".column")).to_have_count(0)
    notice.get_by_role("link", name="Sign in").click()
    expect(board).to_have_url(re.compile(r"/sign-in\?next=%2Fboard%3Fon%3D2026-12-01"))


def test_a_server_that_does_not_answer_is_told_after_a_minute_and_forgotten_when_it_does(today: Page):
    today.route("**/today/pulse", lambda route: route.fulfill(status=429, body="{}"))
    for _ in range(3):
        a_question(today)
    expect(today.locator(".live-notice")).to_contain_text("No news is coming in")
    today.unroute("**/today/pulse")
    assert a_question(today) == 200
    expect(today.locator(".live-notice .alarm")).to_have_count(0)


def test_without_scripts_today_is_the_page_it_was(live: Live, visit_as: Callable[..., Page]):
    page = visit_as(live, staff="dana", java_script_enabled=False)
    page.goto("/today")
    another(live)
    page.goto("/today")
    expect(page.locator(".work-item")).to_have_count(11)
