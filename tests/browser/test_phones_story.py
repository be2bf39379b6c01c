"""A visitor at a demo phone: a text arrives and is answered by keyboard; the phone is off, the clock moves."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from clinic.messaging import jobs
from clinic.reactions import GUARDS
from tests.browser.axe import violations
from tests.browser.conftest import Live
from tests.browser.measures import sideways


def phone_of(live: Live, name: str) -> str:
    return f"/phones/{live.town.patients[name].phone_id}"


def send_what_is_due(live: Live) -> int:
    return jobs.send_all_due(live.app.extensions["clinic"], GUARDS, seconds=30)


def test_a_visitor_reads_a_text_and_answers_it_by_keyboard(live: Live, visit_as: Callable[..., Page]):
    page = visit_as(live)
    page.goto(phone_of(live, "hannelore"))
    assert send_what_is_due(live)
    thread = page.locator("#thread")
    expect(thread).to_contain_text("Delivered")
    expect(page.locator("#company")).to_contain_text("accepted › queued › sending › sent › delivered")
    assert violations(page) == []

    page.get_by_role("textbox", name="Reply").focus()
    page.keyboard.type("Can my sister join?")
    page.keyboard.press("Enter")
    expect(thread.locator(".is-reply")).to_contain_text("Can my sister join?")

    thread.get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert "/v/" in page.url


def test_a_phone_that_is_off_and_a_clock_that_moves(live: Live, visit_as: Callable[..., Page]):
    page = visit_as(live)
    page.goto(phone_of(live, "hannelore"))
    page.get_by_role("button", name="Switch it off").click()
    expect(page.get_by_role("button", name="Switch it on")).to_be_visible()
    send_what_is_due(live)
    expect(page.locator("#thread")).to_contain_text("Never arrived: the phone was off")
    expect(page.locator("#company")).to_contain_text("The phone was off or out of reach. We try once more later")
    assert violations(page) == []

    page.get_by_role("button", name="Hold texts until 9 PM").click()
    expect(page.get_by_text("The company keeps texts until")).to_be_visible()
    page.get_by_role("combobox", name="Who answers").select_option("Answers 9")
    page.get_by_role("button", name="Use").click()
    expect(page.get_by_role("combobox", name="Who answers")).to_have_value("nine")
    page.get_by_role("button", name="Stop it").click()
    expect(page.locator("#company")).to_contain_text("Stopped")
    page.get_by_role("button", name="Back to now").click()
    expect(page.get_by_role("button", name="Stop it")).to_be_visible()
    assert violations(page) == []


def test_a_demo_phone_fits_a_phone(live: Live, visit_as: Callable[..., Page]):
    page = visit_as(live, size=(390, 780), scheme="dark")
    send_what_is_due(live)
    for address in ("/phones", phone_of(live, "hannelore")):
        page.goto(address)
        assert sideways(page) == 0
        assert violations(page) == []
