"""A patient's plan from joining to canceling, on a small phone in the dark."""

from collections.abc import Callable
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from clinic.billing.actions.approving import approve
from clinic.billing.models import CardSetup
from clinic.billing.queries.subscriptions import living
from clinic.treatment import actions as treatment
from clinic.treatment.rules.phases import Phase
from tests.browser.axe import violations
from tests.browser.conftest import Live
from tests.browser.measures import sideways, small_targets
from tests.browser.town_billing import GOOD, collect
from tests.browser.town_plan import plan_link

PHONE = {"size": (390, 780), "scheme": "dark", "has_touch": True, "is_mobile": True}


@pytest.fixture
def live(settled: Live) -> Live:
    return settled


@pytest.fixture
def gilbert(live: Live) -> UUID:
    """Somebody who is treated and has no plan yet."""
    town, by = live.town, live.town.actors["okafor"]
    patient, physician = town.patients["gilbert"].id, town.physicians["okafor"].id
    with town.begin(by=by) as session:
        plan = treatment.open_plan(session, patient_id=patient, physician_id=physician, by=by, now=town.now)
        known = {"plan_id": plan.id, "phase": Phase.INDUCTION, "reason": None, "version": plan.version}
        treatment.enter_phase(session, **known, by=by, now=town.now)
    return patient


@pytest.fixture
def phone(live: Live, gilbert: UUID, visit_as: Callable[..., Page]) -> Page:
    """The patient's phone, with the link of the text opened by the birth date."""
    page = visit_as(live, **PHONE)
    page.goto(f"/v/{plan_link(live.town, 'gilbert')}?lang=en")
    for label, value in (("Month", "9"), ("Day", "30"), ("Year", "1975")):
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_role("button", name="Continue").tap()
    return page


def sound(page: Page) -> None:
    """Look at the page as it is and on the smallest phone."""
    assert violations(page) == []
    assert small_targets(page, least=40) == []
    page.set_viewport_size({"width": 320, "height": 640})
    assert sideways(page) == 0
    page.set_viewport_size({"width": 390, "height": 780})


def enter_card(live: Live, patient_id: UUID) -> UUID:
    """Enter a card on the bank's page, and return what the patient comes back with."""
    with live.town.begin(by=live.town.dana) as session:
        setup = session.scalars(select(CardSetup).where(CardSetup.patient_id == patient_id)).one()
    live.town.runtime.charging.gateways["sandbox"].bank.enter_card(setup.gateway_setup_id, GOOD)  # type: ignore[attr-defined]
    return setup.id


def approved(live: Live, patient_id: UUID) -> None:
    """Let the physician approve the plan, and a worker ask the card."""
    town, by = live.town, live.town.actors["okafor"]
    with town.begin(by=by) as session:
        membership = living(session, patient_id)
        assert membership is not None
        approve(session, membership.id, by=by, now=live.clock())
    collect(town)


def test_a_plan_is_joined_paid_and_canceled_in_as_many_presses(live: Live, gilbert: UUID, phone: Page):
    expect(phone.get_by_role("heading", level=1)).to_have_text("Choose a plan")
    sound(phone)
    phone.get_by_role("link", name="Choose Starter").tap()
    phone.get_by_role("button", name="Agree and add my card").tap()
    expect(phone.get_by_role("alert")).to_contain_text("Tick the box if you agree.")
    sound(phone)
    phone.get_by_role("checkbox").check()
    phone.get_by_role("button", name="Agree and add my card").tap()
    expect(phone.get_by_role("link", name="Go to the card page")).to_be_visible()
    phone.goto(f"/my-plan/card/{enter_card(live, gilbert)}")
    phone.get_by_role("button", name="Save my card").tap()
    expect(phone.get_by_role("status")).to_contain_text("Your card is saved.")
    sound(phone)

    approved(live, gilbert)
    phone.goto("/my-plan")
    for words in ("Starter", "$250.00 a month", "Next charge: $250.00 on December 23, 2026"):
        box = phone.get_by_text(words, exact=False).first.bounding_box()
        assert box["y"] + box["height"] < 780
    cancel = phone.get_by_role("link", name="Cancel my plan")
    assert cancel.bounding_box()["y"] < 780
    sound(phone)
    cancel.tap()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Cancel your plan?")
    phone.get_by_role("button", name="Cancel my plan").tap()
    expect(phone.get_by_role("status")).to_contain_text("Your last day is December 22, 2026.")
