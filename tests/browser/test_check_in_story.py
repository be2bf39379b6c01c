"""A check-in on a phone: two questionnaires at 320 pixels, help at once, one page without JavaScript in Spanish."""

from collections.abc import Callable
from uuid import UUID

from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select

from clinic.access import actions as access
from clinic.access.models import Link
from clinic.kernel.outbox import Outbox
from clinic.monitoring.actions.check_ins import ask_now
from clinic.monitoring.actions.opening import open_due
from clinic.monitoring.models import Answer, Assessment, CheckIn
from tests.browser.axe import violations, violations_by_day_and_night
from tests.browser.conftest import Live
from tests.browser.measures import sideways, small_targets

SMALL = {"size": (320, 640), "has_touch": True, "is_mobile": True}
ROW = 48
BORN = {"nadia": ("1", "22", "1990"), "soledad": ("6", "19", "1996")}


def open_link(live: Live, page: Page, patient: str, *keys: str, labels: tuple[str, ...]) -> UUID:
    """Ask the patient, let the sweep open the check-in, follow its link through the birth date, and return its id."""
    town = live.town
    with town.begin(by=town.dana) as session:
        who = {"patient_id": town.patients[patient].id, "by": town.dana, "now": town.now}
        check_in_id = ask_now(session, instrument_keys=keys, is_required=True, **who)
        open_due(session, now=town.now, by=town.dana, ring=town.runtime.link_ring)
        link = session.scalars(select(Link).where(Link.resource_id == check_in_id)).one()
        token = access.render_link(session, link_id=link.id, ring=town.runtime.link_ring)
    page.goto(f"/v/{token}")
    for label, value in zip(labels, BORN[patient], strict=True):
        page.get_by_label(label, exact=True).fill(value)
    go(page.locator("form button").first)
    expect(page.locator("form[name=begin]")).to_be_visible()
    return check_in_id


def go(target: Locator) -> None:
    """Tap what leads to the next page and wait for it: the next question has places of the same name."""
    with target.page.expect_navigation():
        target.tap()


def sound(page: Page, *, also_by_night: bool = False) -> None:
    assert (violations_by_day_and_night(page) if also_by_night else violations(page)) == []
    assert sideways(page) == 0
    low = [one for one in small_targets(page, least=44) if not one.startswith(("answer:", "p"))]
    assert low == []
    rows: list[float] = page.evaluate(
        "() => [...document.querySelectorAll('.pick')].map((row) => row.getBoundingClientRect().height)"
    )
    assert all(height >= ROW for height in rows)


def state_of(live: Live, check_in_id: UUID) -> str:
    with live.town.begin(by=live.town.dana) as session:
        return session.get_one(CheckIn, check_in_id).state


def test_two_questionnaires_are_answered_on_the_smallest_phone(live: Live, visit_as: Callable[..., Page]):
    page = visit_as(live, **SMALL)
    check_in_id = open_link(live, page, "nadia", "phq9", "gad7", labels=("Month", "Day", "Year"))
    sound(page, also_by_night=True)
    go(page.get_by_role("button", name="Start"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Question 1 of 16")
    sound(page, also_by_night=True)
    go(page.get_by_role("button", name="Continue"))
    expect(page.locator(".summary")).to_be_focused()
    expect(page).to_have_title("Error: Question 1 of 16 · Demo Home Clinic")
    sound(page, also_by_night=True)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#answer")).to_be_focused()
    for _ in range(16):
        page.locator(".pick").first.tap()
        go(page.get_by_role("button", name="Continue"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your answers")
    sound(page, also_by_night=True)
    go(page.get_by_role("button", name="Send my answers"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you, this is done")
    sound(page, also_by_night=True)
    assert state_of(live, check_in_id) == "done"


def test_item_nine_leads_to_help_and_then_to_questions_about_safety(live: Live, visit_as: Callable[..., Page]):
    page = visit_as(live, **SMALL)
    check_in_id = open_link(live, page, "nadia", "phq9", labels=("Month", "Day", "Year"))
    go(page.get_by_role("button", name="Start"))
    for _ in range(8):
        page.locator(".pick", has_text="Not at all").tap()
        go(page.get_by_role("button", name="Continue"))
    page.locator(".pick", has_text="Several days").tap()
    go(page.get_by_role("button", name="Continue"))
    expect(page.get_by_role("heading", level=1)).to_have_text("You are not alone. Help is here now.")
    expect(page.locator("main").get_by_role("link", name="Call 988")).to_have_attribute("href", "tel:988")
    expect(page.locator("main").get_by_role("link", name="Call 988")).to_be_in_viewport()
    sound(page)
    with live.town.begin(by=live.town.dana) as session:
        asked = session.scalars(select(Assessment.id).where(Assessment.check_in_id == check_in_id)).all()
        told = session.scalars(select(Outbox.subject_id).where(Outbox.topic == "answer.alarming")).all()
        assert len(set(told) & set(asked)) == 1
    go(page.get_by_role("link", name="Go on with the questions"))
    expect(page.locator("legend")).to_contain_text("Have you wished you were dead")
    sound(page)
    page.locator(".pick", has_text="No").tap()
    go(page.get_by_role("button", name="Continue"))
    expect(page.locator("legend")).to_contain_text("thoughts of killing yourself")


def test_todo_en_una_pagina_sin_javascript(live: Live, visit_as: Callable[..., Page]):
    page = visit_as(live, **SMALL, locale="es-US", java_script_enabled=False)
    check_in_id = open_link(live, page, "soledad", "craving", "substances", "sleep", labels=("Mes", "Día", "Año"))
    go(page.get_by_role("button", name="Ver todas las preguntas en una página"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Sus preguntas")
    page.locator(".scale .pick", has_text="3").first.tap()
    go(page.get_by_role("button", name="Guardar y continuar").first)
    for row in page.locator(".rows .pick", has_text="No").all():
        row.tap()
    page.locator(".rows .pick", has_text="Sí").first.tap()
    go(page.get_by_role("button", name="Guardar y continuar").nth(1))
    expect(page.locator(".toasts")).to_contain_text("Hay 1 pregunta más según su respuesta.")
    page.get_by_label("Mes", exact=True).fill("11")
    page.get_by_label("Día", exact=True).fill("20")
    page.get_by_label("Año", exact=True).fill("2026")
    page.locator(".scale").last.locator(".pick", has_text="7").tap()
    page.locator(".measure input").fill("7")
    go(page.get_by_role("button", name="Guardar y revisar mis respuestas"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Revise sus respuestas")
    go(page.get_by_role("button", name="Enviar mis respuestas"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Gracias, ya terminó")
    with live.town.begin(by=live.town.dana) as session:
        wanted = select(Answer.item).join(Assessment, Assessment.id == Answer.assessment_id)
        given = session.scalars(wanted.where(Assessment.check_in_id == check_in_id))
        assert len(set(given)) == 10  # Craving, six substances with one day, sleep.
