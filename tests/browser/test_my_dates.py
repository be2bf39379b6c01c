"""A course offered at the desk and chosen on a phone: the text, the birth date, the dates, and what follows."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from clinic.policies.actions import set_policy
from clinic.policies.rules import PolicyKey
from clinic.scheduling.queries import upcoming_for_patient
from clinic.treatment.queries import plan_for
from clinic.treatment.queries.offers import open_offer
from tests.browser.axe import violations, violations_by_day_and_night
from tests.browser.conftest import Live
from tests.browser.measures import sideways, small_targets
from tests.browser.test_course_planner import open_plan, planner
from tests.browser.test_patient_story import PHONE

BORN = {"lucinda": ("2", "27", "1969"), "marisol": ("3", "12", "1984")}
OFFERED = {"lucinda": "Choose the dates", "marisol": "Elija las fechas"}
LABELS = {"lucinda": ("Month", "Day", "Year"), "marisol": ("Mes", "Día", "Año")}


@pytest.fixture
def live(settled: Live) -> Live:
    return settled


def offer(live: Live, visit_as: Callable[..., Page], patient: str) -> Page:
    """Offer the courses that the planner found, and let the text arrive, though it is not the day's first."""
    allow_more_texts(live)
    page = visit_as(live, staff="dana")
    open_plan(page, live, patient)
    page.get_by_role("link", name="Compare or offer").click()
    boxes = page.get_by_label(re.compile("^Offer this one"))
    expect(boxes.first).to_be_visible()
    for box in boxes.all():
        box.check()
    page.get_by_role("button", name=re.compile("^Offer")).click()
    expect(page.get_by_role("status")).to_contain_text("Offered.")
    live.town.catch_up()
    return page


def allow_more_texts(live: Live) -> None:
    """Let a patient get more texts in a day than the two that a clinic begins with."""
    change = {"key": PolicyKey.TEXTS_A_DAY, "value": 6, "reason": "The offer counts.", "revision": 0}
    with live.town.begin(by=live.town.actors["morgan"]) as session:
        set_policy(session, **change, by=live.town.actors["morgan"], now=live.clock())


def open_on_phone(live: Live, visit_as: Callable[..., Page], patient: str, **more: object) -> Page:
    """Tap the link of the text that offers dates and answer with the birth date."""
    page = visit_as(live, **PHONE, **more)
    page.goto(live.path("public.simulated_phone", phone_id=live.town.patients[patient].phone_id))
    page.locator(".thread > *", has_text=OFFERED[patient]).locator("a").last.tap()
    for label, value in zip(LABELS[patient], BORN[patient], strict=True):
        page.get_by_label(label, exact=True).fill(value)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    return page


def upcoming(live: Live, patient: str) -> int:
    """Return how many visits are booked, reviews with the physician included."""
    with live.town.begin(by=live.town.dana) as session:
        return len(upcoming_for_patient(session, patient_id=live.town.patients[patient].id, now=live.town.now))


def sound(page: Page) -> None:
    assert violations(page) == []
    assert sideways(page) == 0
    assert small_targets(page, least=44) == []


def test_a_patient_chooses_one_of_the_offered_courses_and_it_is_booked(live: Live, visit_as: Callable[..., Page]):
    before = upcoming(live, "lucinda")
    offer(live, visit_as, "lucinda")
    page = open_on_phone(live, visit_as, "lucinda")
    expect(page.get_by_role("heading", name="Choose your dates")).to_be_visible()
    sound(page)
    card = page.locator(".course-option").first
    dates = card.locator("time").count()
    card.get_by_role("button", name=re.compile(r"^Choose these \d dates")).tap()
    expect(page.get_by_role("status")).to_contain_text(f"Done. Your {dates} visits are booked.")
    expect(page.locator(".course-option")).to_have_count(0)
    assert upcoming(live, "lucinda") == before + dates
    sound(page)

    page.get_by_role("link", name="Open this visit").tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your visit")
    page.go_back()
    expect(page.get_by_role("heading", name="After that")).to_be_visible()


def test_a_time_that_was_taken_meanwhile_is_said_and_another_course_can_be_chosen(
    live: Live, visit_as: Callable[..., Page]
):
    before = upcoming(live, "lucinda")
    offer(live, visit_as, "lucinda")
    page = open_on_phone(live, visit_as, "lucinda")
    first = page.locator(".course-option").first
    town = live.town
    with town.begin(by=town.dana) as session:
        plan = plan_for(session, patient_id=town.patients["lucinda"].id)
        offered = open_offer(session, plan.id, town.now)
        assert offered is not None
        starts_at = offered.options[0].visits[0].starts_at
    town.book("taken", "gilbert", "okafor", starts_at)
    first.get_by_role("button", name=re.compile("^Choose these")).tap()
    expect(page.locator("main")).to_contain_text("just taken")
    assert upcoming(live, "lucinda") == before
    sound(page)


def test_una_paciente_pide_otras_fechas_y_la_recepcion_lo_ve(live: Live, visit_as: Callable[..., Page]):
    before = upcoming(live, "marisol")
    offer(live, visit_as, "marisol")
    page = open_on_phone(live, visit_as, "marisol", locale="es-US")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sus citas")
    sound(page)
    page.get_by_role("button", name="Llámenme para buscar otras fechas").tap()
    expect(page.get_by_role("status")).to_be_visible()
    expect(page.locator(".course-option")).to_have_count(0)
    assert upcoming(live, "marisol") == before
    desk = visit_as(live, staff="dana")
    desk.goto("/today")
    expect(desk.locator(".work-item", has_text="Offered dates do not suit")).to_contain_text("Benavides")


def test_what_waits_for_a_choice_is_seen_at_the_desk(live: Live, visit_as: Callable[..., Page]):
    offer(live, visit_as, "lucinda")
    page = visit_as(live, staff="dana")
    page.goto(planner(live))
    expect(page.locator("main")).to_contain_text("Nothing is held meanwhile")
    assert violations_by_day_and_night(page) == []
    page.get_by_role("button", name="Withdraw the offer").click()
    expect(page.locator("main")).not_to_contain_text("Nothing is held meanwhile")
