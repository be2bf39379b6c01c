"""Billing as the staff lives it: enrolled, approved, declined by the bank, paid, looked at and given back."""

from collections.abc import Callable
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from clinic.billing.queries.subscriptions import living
from clinic.treatment import actions as treatment
from tests.browser.axe import violations
from tests.browser.conftest import Live
from tests.browser.measures import sideways
from tests.browser.town_billing import DECLINED, GOOD, agree, collect, enter_card

WHY = "Blood pressure over the limit twice."


@pytest.fixture
def live(settled: Live) -> Live:
    return settled


def sound(page: Page) -> None:
    """Check a page as it is, and on the narrowest telephone."""
    usual = page.viewport_size
    assert violations(page) == []
    page.set_viewport_size({"width": 320, "height": 640})
    assert sideways(page) == 0
    page.set_viewport_size(usual)


@pytest.fixture
def gilbert(live: Live) -> UUID:
    """Somebody for whom a physician has a plan."""
    town, by = live.town, live.town.actors["okafor"]
    patient, physician = town.patients["gilbert"].id, town.physicians["okafor"].id
    with town.begin(by=by) as session:
        treatment.open_plan(session, patient_id=patient, physician_id=physician, by=by, now=town.now)
    return patient


def is_approved(live: Live, gilbert: UUID, dana: Page, okafor: Page) -> None:
    dana.goto(f"/patients/{gilbert}/billing")
    dana.get_by_role("radio", name="Starter").check()
    dana.get_by_role("button", name="Enroll").click()
    expect(dana.locator("main")).to_contain_text("The patient has not agreed to renewals yet.")
    sound(dana)
    with live.town.begin(by=live.town.dana) as session:
        row = living(session, gilbert)
        assert row is not None
    agree(live.town, "gilbert", row.id, now=live.clock())
    enter_card(live.town, "gilbert", DECLINED, now=live.clock())
    okafor.goto("/memberships")
    sound(okafor)
    okafor.get_by_role("link", name="Ransome, Gilbert").click()
    okafor.get_by_role("button", name="Approve").click()
    expect(okafor.get_by_role("status")).to_contain_text("The card is asked for $250.00 now")
    sound(okafor)


def is_paid(live: Live, dana: Page) -> None:
    collect(live.town)
    dana.goto("/payments")
    expect(dana.get_by_role("row").filter(has_text="Ransome, Gilbert")).to_contain_text("Tried again")
    sound(dana)
    enter_card(live.town, "gilbert", GOOD, now=live.clock())
    collect(live.town)
    dana.goto("/payments")
    expect(dana.locator("main")).to_contain_text("Nobody owes anything")


def is_given_back(gilbert: UUID, dana: Page) -> None:
    dana.goto(f"/patients/{gilbert}/billing")
    dana.get_by_role("link", name="INV-").click()
    dana.get_by_role("link", name="Refund to the card").click()
    dana.get_by_label("Amount in dollars").fill("300")
    dana.get_by_label("Why").fill("A visit was moved")
    dana.get_by_role("button", name="Look at it first").click()
    expect(dana.get_by_role("alert")).to_contain_text("At most $250.00 of this invoice can go back")
    sound(dana)
    dana.get_by_label("Amount in dollars").fill("50")
    dana.get_by_role("button", name="Look at it first").click()
    sound(dana)
    dana.get_by_role("button", name="Refund to the card").click()
    expect(dana.get_by_role("status")).to_contain_text("$50.00 go back to the card.")
    sound(dana)


def test_a_membership_from_the_desk_to_the_card_and_back(live: Live, gilbert: UUID, visit_as: Callable[..., Page]):
    dana, okafor = visit_as(live, staff="dana", size=(390, 780), scheme="dark"), visit_as(live, staff="okafor")
    is_approved(live, gilbert, dana, okafor)
    is_paid(live, dana)
    is_given_back(gilbert, dana)
    okafor.goto(f"/my-patients/{gilbert}/membership")
    okafor.get_by_text("Hold it for a medical reason").click()
    okafor.get_by_label("Why").first.fill(WHY)
    okafor.get_by_role("button", name="Put on hold").click()
    expect(okafor.locator("main")).to_contain_text(WHY)
    sound(okafor)
    dana.goto(f"/patients/{gilbert}/billing")
    expect(dana.locator("main")).to_contain_text("On hold")
    expect(dana.locator("main")).not_to_contain_text("pressure")
    sound(dana)
    morgan = visit_as(live, staff="morgan", size=(390, 780), scheme="dark")
    morgan.goto("/admin/revenue")
    expect(morgan.locator("#check")).to_contain_text("Sound")
    sound(morgan)
