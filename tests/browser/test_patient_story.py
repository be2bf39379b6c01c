"""Story 4 on a phone: the link of the text, the birth date, and everything behind it."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from clinic.people.models import Patient
from clinic.scheduling import actions
from tests.browser.conftest import Live
from tests.domains.scheduling.calendar_makers import at
from workers import work

PHONE = {"size": (390, 780), "scheme": "dark", "has_touch": True, "is_mobile": True}


def enter(page: Page, live: Live, visit: str, born: tuple[str, str, str], *, labels=("Month", "Day", "Year")) -> None:
    """Open the link that the text carries and answer with a birth date."""
    page.goto(f"/v/{live.town.link_of(visit)}")
    for label, value in zip(labels, born, strict=True):
        page.get_by_label(label, exact=True).fill(value)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_a_patient_confirms_chooses_another_time_and_cancels(live: Live, visit_as: Callable[..., Page]):
    page = visit_as(live, **PHONE)
    enter(page, live, "noon", ("1", "22", "1990"))
    expect(page.locator(".hero")).to_contain_text("Monday, November 23")
    page.get_by_role("button", name="Confirm this time").tap()
    expect(page.get_by_role("status")).to_contain_text("Thank you. Your visit is confirmed.")

    page.get_by_role("link", name="Another time").tap()
    tuesday = page.locator("details.offer", has_text="Tuesday, November 24")
    tuesday.locator("summary").tap()
    tuesday.get_by_role("button", name=re.compile(r"^2:00 PM")).tap()
    expect(page.get_by_role("status")).to_contain_text("Done. Your visit has moved.")
    expect(page.locator(".hero")).to_contain_text("Tuesday, November 24")
    expect(page.locator(".hero")).to_contain_text("Confirmed")

    with page.expect_download() as download:
        page.get_by_role("link", name="Add to calendar").tap()
    assert download.value.suggested_filename == "appointment.ics"

    page.get_by_role("link", name="I cannot come at all").tap()
    page.get_by_role("button", name="Cancel my visit").tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your visit is canceled")


def test_una_paciente_lo_hace_todo_en_espanol(live: Live, visit_as: Callable[..., Page]):
    page = visit_as(live, **PHONE, locale="es-US")
    enter(page, live, "marisol", ("3", "12", "1984"), labels=("Mes", "Día", "Año"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Su cita")
    page.get_by_role("button", name="Confirmar esta hora").tap()
    expect(page.get_by_role("status")).to_contain_text("Gracias. Su cita está confirmada.")
    page.get_by_role("link", name="English").tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your visit")


def test_five_wrong_birth_dates_close_the_door_and_a_coordinator_is_told(live: Live, visit_as: Callable[..., Page]):
    page = visit_as(live, **PHONE)
    for left in (4, 3, 2, 1):
        enter(page, live, "evening", ("1", "1", "1970"))
        expect(page.locator(".notice")).to_contain_text(f"{left} tr")
    enter(page, live, "evening", ("1", "1", "1970"))
    expect(page.get_by_role("heading", level=1)).to_have_text("This link no longer works")
    desk = visit_as(live, staff="dana")
    desk.goto("/today")
    expect(desk.locator(".work-item", has_text="Visit link locked")).to_contain_text("Kettlewell, Ambrose")


def test_a_patient_confirms_without_any_script(live: Live, visit_as: Callable[..., Page]):
    page = visit_as(live, **PHONE, java_script_enabled=False)
    page.goto(f"/v/{live.town.link_of('noon')}")
    for label, value in (("Month", "1"), ("Day", "22"), ("Year", "1990")):
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_role("button", name="Continue").tap()
    page.get_by_role("button", name="Confirm this time").tap()
    expect(page.locator(".toast")).to_contain_text("Your visit is confirmed.")
    page.get_by_role("link", name="Another time").tap()
    page.locator("details.offer[open] .slot").last.tap()
    expect(page.locator(".toast")).to_contain_text("Your visit has moved.")


def test_the_text_arrives_on_the_phone_and_its_link_leads_to_the_visit(live: Live, visit_as: Callable[..., Page]):
    live.clock.instant = at(24, 10, 31)
    with live.town.begin(by=live.town.dana) as session:
        actions.move(
            session,
            appointment_id=live.town.visits["marisol"],
            physician_id=live.town.physicians["okafor"].id,
            starts_at=at(27, 9),
            by=live.town.dana,
            now=live.clock(),
            ring=live.town.runtime.link_ring,
        )
    live.clock.instant = at(24, 10, 35)  # The text about a move waits three minutes.
    work.send(live.town.runtime, seconds=5)
    page = visit_as(live, **PHONE)
    page.goto(live.path("public.simulated_phone", phone_id=live.town.patients["marisol"].phone_id))
    page.locator(".thread a").last.tap()
    for label, value in (("Month", "3"), ("Day", "12"), ("Year", "1984")):
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_role("button", name="Continue").tap()
    expect(page.locator(".hero")).to_contain_text("viernes 27 de noviembre")
    page.get_by_role("button", name="Confirmar esta hora").tap()
    expect(page.get_by_role("status")).to_contain_text("Gracias.")


@pytest.mark.parametrize("visit", ["noon", "marisol"])
def test_the_door_names_nobody(live: Live, visit_as: Callable[..., Page], visit):
    page = visit_as(live, **PHONE)
    page.goto(f"/v/{live.town.link_of(visit)}")
    with live.town.begin(by=live.town.dana) as session:
        names = {name for one in session.query(Patient) for name in (one.legal_first_name, one.legal_last_name)}
    shown = page.content()
    assert not [name for name in names if name in shown]
