"""A text that sounds like danger: every open page says so, one person has it, and the others' pages hear of that."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import Live
from tests.browser.measures import sideways, small_targets
from tests.browser.town_on_call import PROVIDER

NOBODY = "A text sounds like danger. Nobody has it yet."


@pytest.fixture
def live(settled: Live) -> Live:
    return settled


def danger_text(live: Live, words: str) -> None:
    """Let a patient's phone write, and a worker look once."""
    from clinic.gateways.sms import InboundText as ReceivedText
    from clinic.kernel.ids import new_id
    from clinic.messaging import actions as messaging
    from clinic.people.queries import phone_of

    town, now = live.town, live.clock()
    with town.begin(by=PROVIDER) as session:
        e164 = phone_of(session, town.patients["desmond"].id).e164
        text = ReceivedText(f"SM{new_id().hex}", e164, "+15005550006", words, None, 1)
        messaging.receive(session, text=text, has_own_replies=True, by=PROVIDER, now=now)
    town.catch_up()


def ask_now(page: Page) -> None:
    """Let an open page ask at once what it asks every fifteen seconds."""
    page.evaluate("() => document.dispatchEvent(new CustomEvent('live:ask'))")


def test_a_text_that_sounds_like_danger_is_taken_by_one_and_the_others_hear_of_it(
    live: Live, visit_as: Callable[..., Page]
):
    sam, okafor = visit_as(live, staff="sam"), visit_as(live, staff="okafor", size=(390, 780), scheme="dark")
    sam.goto("/today")
    okafor.goto("/account")
    expect(sam.get_by_text(NOBODY)).to_have_count(0)

    danger_text(live, "I want to die")
    for page in (sam, okafor):
        ask_now(page)
        expect(page.locator("#on-call-alarm")).to_contain_text(NOBODY)
        assert violations(page) == []

    sam.locator("#on-call-alarm").get_by_role("link", name="Open it").click()
    expect(sam.get_by_role("heading", level=1)).to_have_text("A text sounds like danger")
    expect(sam.get_by_text("I want to die")).to_be_visible()
    expect(sam.get_by_role("link", name="Desmond Achterberg")).to_be_visible()
    assert violations(sam) == []
    sam.get_by_role("button", name="I have it").press("Enter")
    expect(sam.get_by_text("You have it", exact=True)).to_be_visible()
    expect(sam.get_by_text(NOBODY)).to_have_count(0)

    ask_now(okafor)
    expect(okafor.locator("#on-call-alarm")).to_be_empty()
    okafor.goto("/on-call")
    expect(okafor.get_by_role("row", name="Sam Whitfield").first).to_be_visible()

    sam.get_by_role("radio", name="Spoke with the patient").check()
    sam.get_by_role("textbox", name="What you did").fill("Safe, with a friend.")
    sam.get_by_role("button", name="Write it down").click()
    expect(sam.get_by_text("Spoke with the patient. Safe, with a friend.")).to_be_visible()
    assert violations(sam) == []


def test_of_two_who_press_the_button_the_second_reads_who_was_faster(live: Live, visit_as: Callable[..., Page]):
    danger_text(live, "I want to die")
    sam, dana = visit_as(live, staff="sam"), visit_as(live, staff="dana", java_script_enabled=False)
    for page in (sam, dana):
        page.goto("/on-call")
    sam.get_by_role("button", name="I have it").click()
    dana.get_by_role("button", name="I have it").click()
    expect(dana.get_by_text("Sam Whitfield was faster and has it.")).to_be_visible()
    expect(dana.get_by_text("Sam Whitfield has it", exact=True)).to_be_visible()


def test_an_administrator_fills_a_gap_of_the_rota(live: Live, visit_as: Callable[..., Page]):
    page = visit_as(live, staff="morgan")
    page.goto("/admin/on-call")
    gap = page.get_by_text("Tue, Nov 24, 8:00 AM ET to Tue, Nov 24, 5:00 PM ET")
    expect(gap).to_be_visible()
    page.keyboard.press("n")
    page.get_by_label("Who", exact=True).select_option("Sam Whitfield")
    page.get_by_label("Begins on").fill("2026-11-24")
    page.get_by_label("Begins at").fill("07:00")
    page.get_by_label("Ends at").fill("17:00")
    page.get_by_role("button", name="Add shift").click()
    expect(page.get_by_role("alert")).to_contain_text("Sam Whitfield is first in line from Mon Nov 23")
    assert violations(page) == []
    page.get_by_label("Begins at").fill("08:00")
    page.get_by_role("button", name="Add shift").click()
    expect(page.locator(".toast")).to_contain_text("Sam Whitfield is on the rota.")
    expect(gap).to_have_count(0)


def test_pages_of_being_on_call_fit_a_phone(live: Live, visit_as: Callable[..., Page]):
    danger_text(live, "I want to die")
    for reader, address in (("sam", "/on-call"), ("morgan", "/admin/on-call"), ("dana", "/today")):
        page = visit_as(live, staff=reader, size=(390, 780), scheme="dark")
        page.goto(address)
        assert sideways(page) == 0
    page = visit_as(live, staff="sam", size=(390, 780))
    page.goto("/on-call")
    page.get_by_role("link", name="Open it").first.click()
    assert sideways(page) == 0
    assert [one for one in small_targets(page, least=24) if "have it" in one or "Call" in one] == []
