"""axe (WCAG 2.2 AA and best practice), reflow and targets on every page of the map, for every reader."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from clinic import casework
from clinic.people.queries import patient
from clinic.people.rules import PatientStatus
from tests.browser.addresses import (
    READERS,
    area_pages,
    delivery_pages,
    form_pages,
    half_open_pages,
    intake_pages,
    open_pages,
    patient_pages,
    plan_pages,
    staff_pages,
)
from tests.browser.axe import AXE, violations
from tests.browser.conftest import Live, _carry
from tests.browser.measures import sideways, small_targets
from tests.browser.town_area import area_session
from tests.browser.town_forms import forms_session
from tests.browser.town_intake import intake_session
from tests.browser.town_medication import deliveries_session
from tests.browser.town_plan import plan_session

LIGHT = {"size": (1280, 800), "scheme": "light"}
DARK = {"size": (390, 780), "scheme": "dark"}
LOOKS = pytest.mark.parametrize("look", [LIGHT, DARK], ids=["light-1280", "dark-390"])
NARROW = {"width": 320, "height": 640}


def faults_of(page: Page, addresses: list[str], *, least: int = 0) -> dict[str, list[str]]:
    """Open every address and return what is wrong with each page, on a telephone also at 320 pixels."""
    is_phone = page.viewport_size["width"] < LIGHT["size"][0]
    looks = [DARK] if is_phone else [LIGHT]
    return faults_in(page, dict.fromkeys(addresses, looks), least=least)


def faults_in(page: Page, looks: dict[str, list[dict[str, Any]]], *, least: int = 0) -> dict[str, list[str]]:
    """Open every address once and return what is wrong with each page in any of its looks, the telephone last."""
    found = {}
    if page.evaluate("() => !window.axe"):
        page.add_init_script(AXE)
    for address, wanted in looks.items():
        put_on(page, wanted[0])
        answer = page.goto(address)
        wrong = [f"status {answer.status}"] if answer.status != 200 else []
        for look in () if wrong else wanted:
            put_on(page, look)
            wrong += [*violations(page), *(f"small: {each}" for each in small_targets(page, least=least))]
        if wanted[-1] is DARK:
            page.set_viewport_size(NARROW)
            wrong += [f"sideways at 320 by {sideways(page)}"] if sideways(page) else []
        if wrong:
            found[address] = wrong
    return found


def put_on(page: Page, look: dict[str, Any]) -> None:
    """Give the window the size and the colors of a look."""
    width, height = look["size"]
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme=look["scheme"])


@pytest.mark.parametrize("half", [0, 1])
@pytest.mark.parametrize("reader", list(READERS))
def test_every_staff_page_is_sound(standing: Live, visit_as: Callable[..., Page], reader, half):
    """A page that the same reader looks at in light and in dark is opened once."""
    looks: dict[str, list[dict[str, Any]]] = {}
    for look in (LIGHT, DARK):
        for address in staff_pages(standing, reader, is_light=look is LIGHT):
            looks.setdefault(address, []).append(look)
    assert len(looks) >= 6
    assert faults_in(visit_as(standing, staff=reader), dict(list(looks.items())[half::2])) == {}


@LOOKS
def test_every_open_page_is_sound(standing: Live, visit_as: Callable[..., Page], look):
    assert faults_of(visit_as(standing, **look), open_pages(standing)) == {}


def test_every_page_between_password_and_second_factor_is_sound(standing: Live, visit_as: Callable[..., Page]):
    page = visit_as(standing, **DARK)
    _carry(page.context, "sid", standing.town.half_sign_in("sam"))
    assert faults_of(page, half_open_pages(standing)) == {}


@pytest.mark.parametrize(("language", "look"), [("en", LIGHT), ("en", DARK), ("es", DARK)])
def test_every_patient_page_is_sound(standing: Live, visit_as: Callable[..., Page], language, look):
    door, *inside = patient_pages(standing)
    page = visit_as(standing, **look)
    assert faults_of(page, [f"{door}?lang={language}"], least=40) == {}
    _carry(page.context, "link", standing.town.patient_session("marisol"))
    assert faults_of(page, inside, least=40) == {}
    _carry(page.context, "link", deliveries_session(standing.town))
    assert faults_of(page, delivery_pages(standing), least=40) == {}
    _carry(page.context, "link", plan_session(standing.town))
    assert faults_of(page, plan_pages(standing), least=40) == {}
    _carry(page.context, "link", forms_session(standing.town))
    assert faults_of(page, form_pages(standing), least=40) == {}
    _carry(page.context, "link", intake_session(standing.town))
    assert faults_of(page, intake_pages(standing), least=40) == {}
    _carry(page.context, "me", area_session(standing.town))
    assert faults_of(page, area_pages(standing), least=40) == {}
    assert page.locator("html").get_attribute("lang") == language


@LOOKS
def test_the_page_on_which_a_death_is_taken_back_is_sound(live: Live, visit_as: Callable[..., Page], look):
    gilbert, by = live.town.patients["gilbert"], live.town.dana
    with live.town.begin(by=by) as session:
        casework.set_status(
            session,
            patient_id=gilbert.id,
            status=PatientStatus.DECEASED,
            reason="The daughter called.",
            version=patient(session, gilbert.id).version,
            by=by,
            now=live.clock(),
        )
    page = visit_as(live, staff="morgan", **look)
    assert faults_of(page, [live.path("coordinator.ask_status", patient_id=gilbert.id)]) == {}


STATES = ["theo", "done", "running", "late", "canceled", "missed", "held", "held-by-sam"]


def test_visits_in_every_state_and_empty_lists_are_sound(standing: Live, visit_as: Callable[..., Page]):
    pages = [standing.path("coordinator.visit", appointment_id=standing.town.visits[name]) for name in STATES]
    patient, herrera = standing.town.patients["nadia"].id, standing.town.physicians["herrera"].id
    pages += [
        standing.path("coordinator.book", patient=patient),
        standing.path("coordinator.book", patient=patient, physician=herrera, span="week"),
        standing.path("coordinator.day", on="2026-12-06"),
    ]
    assert faults_of(visit_as(standing, staff="dana", **DARK), pages) == {}


@pytest.mark.parametrize("name", ["theo", "canceled", "done"])
def test_the_patients_page_is_sound_in_every_state(standing: Live, visit_as: Callable[..., Page], name):
    page = visit_as(standing, link=name, **DARK)
    assert faults_of(page, [f"/visit/{standing.town.visits[name]}"], least=40) == {}


def test_the_days_work_stands_above_the_fold(standing: Live, visit_as: Callable[..., Page]):
    page = visit_as(standing, staff="dana")
    page.goto("/today")
    assert page.get_by_role("heading", name="Needs you").bounding_box()["y"] < 250
    assert page.locator(".work-item").count() == 10
    assert page.locator(".work-item").nth(3).bounding_box()["y"] < 800


def test_when_with_whom_and_the_one_button_stand_above_the_fold_of_a_phone(standing: Live, visit_as):
    page = visit_as(standing, link="noon", **DARK)
    page.goto(f"/visit/{standing.town.visits['noon']}")
    for name in ("Confirm this time", "Another time"):
        box = page.get_by_role("button" if name.startswith("C") else "link", name=name).bounding_box()
        assert box["y"] + box["height"] < 780
