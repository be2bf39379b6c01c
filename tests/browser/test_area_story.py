"""A patient's own area on a telephone: a code from the demo phone opens it, and after signing out nothing is left."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from clinic.messaging.jobs import sending
from clinic.people.queries import phone_of
from clinic.reactions import GUARDS
from tests.browser.axe import violations
from tests.browser.conftest import Live
from tests.browser.measures import sideways, small_targets
from workers import work

PHONE = {"size": (390, 780), "scheme": "dark", "has_touch": True, "is_mobile": True}


def sound(page: Page) -> None:
    assert violations(page) == []
    assert small_targets(page, least=40) == []
    assert sideways(page) == 0


def test_a_code_opens_the_own_page_and_signing_out_shuts_it(live: Live, visit_as: Callable[..., Page]):
    marisol = live.town.patients["marisol"]
    with live.town.begin(by=live.town.dana) as session:
        number = phone_of(session, marisol.id).e164.removeprefix("+1")
    page = visit_as(live, **PHONE)
    page.goto("/me")
    page.get_by_label("Mobile number").fill(number)
    born = marisol.birth_date
    for label, value in (("Month", born.month), ("Day", born.day), ("Year", born.year)):
        page.get_by_label(label, exact=True).fill(str(value))
    page.get_by_role("button", name="Text me a code").tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("Type the code")
    sound(page)

    while work.react(live.town.runtime):
        pass
    sending.send_due(live.town.runtime, GUARDS, lane=1)
    simulator = visit_as(live)
    simulator.goto(f"/phones/{marisol.phone_id}")
    expect(simulator.locator("#thread")).to_contain_text("Su codigo es")
    code = re.search(r"Su codigo es (\d{6})", simulator.locator("#thread").inner_text())[1]

    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Sign in").tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("Hola, Marisol")
    page.get_by_role("link", name="English").tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("Hello, Marisol")
    sound(page)
    page.get_by_role("link", name="Medication and deliveries").tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your deliveries")
    sound(page)
    page.get_by_role("link", name="Your page").tap()
    page.get_by_role("link", name="Who looked at my chart").tap()
    expect(page.get_by_text("You, or somebody with your phone").first).to_be_visible()
    sound(page)
    page.get_by_role("button", name="Sign out").tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    expect(page.get_by_role("status")).to_contain_text("You are signed out.")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    assert "somebody with your phone" not in page.content()
