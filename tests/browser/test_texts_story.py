"""An administrator gives a text other words: the preview follows the typing, the linter refuses, history remembers."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import Live
from tests.browser.measures import sideways

OWN = "{clinic}: See you {date}, {time}. Reply 1 to confirm or 2 to move it. Door: {link}"


def test_an_administrator_rewords_the_reminder_and_goes_back(live: Live, visit_as: Callable[..., Page]):
    page = visit_as(live, staff="morgan")
    page.goto("/admin/texts")
    assert violations(page) == []
    page.get_by_role("link", name="Reminder", exact=True).click()

    english = page.get_by_role("textbox", name="English")
    preview = page.locator("#text-preview")
    english.fill(OWN.replace("See you", "Your dose is"))
    expect(preview).to_contain_text("Take out “dose”")
    expect(english).to_be_focused()
    english.fill(OWN)
    expect(preview).not_to_contain_text("Take out")
    expect(preview).to_contain_text("See you Wed Nov 25, 10:00 AM ET.")
    expect(preview).to_contain_text("of 160 characters at its longest, 1 segment")
    expect(page.locator("[data-preview-said]")).to_contain_text("of 160 characters")
    assert violations(page) == []

    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("why it changes")
    expect(english).to_have_value(OWN)
    page.get_by_role("textbox", name="Why it changes").fill("Friendlier.")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".toast")).to_contain_text("The new words hold from now on.")
    expect(page.locator(".versions ins").first).to_contain_text("See you")
    assert violations(page) == []

    page.get_by_role("textbox", name="Why it goes back").fill("It was clearer.")
    page.get_by_role("button", name="Use the shipped words").click()
    expect(page.locator(".toast")).to_contain_text("The shipped words hold again.")
    expect(page.locator(".versions h3").first).to_contain_text("Version 2: the shipped words again")


def test_without_scripts_a_button_shows_the_preview(live: Live, visit_as: Callable[..., Page]):
    page = visit_as(live, staff="morgan", size=(390, 780), scheme="dark", java_script_enabled=False)
    page.goto("/admin/texts/VISIT_24H")
    page.get_by_role("textbox", name="English").fill(OWN)
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#text-preview")).to_contain_text("See you Wed Nov 25")
    expect(page.get_by_role("textbox", name="English")).to_have_value(OWN)
    page.goto("/admin/texts/VISIT_24H")
    expect(page.get_by_role("textbox", name="English")).not_to_have_value(OWN)


def test_the_pages_of_texts_fit_a_phone(live: Live, visit_as: Callable[..., Page]):
    page = visit_as(live, staff="morgan", size=(390, 780), scheme="dark")
    for address in ("/admin/texts", "/admin/texts/VISIT_CANCELED"):
        page.goto(address)
        assert sideways(page) == 0
        assert violations(page) == []
