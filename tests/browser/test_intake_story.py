"""Somebody sees on a small phone whether care could begin, and a patient answers the intake, each in one language."""

from collections.abc import Callable

from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from clinic.access import actions as access
from clinic.intake.actions.page_link import page_link
from clinic.intake.actions.saving import save_section
from clinic.intake.actions.starting import start_intake
from clinic.intake.queries.intakes import living_intake
from clinic.intake.rules.questions import section, sections
from clinic.intake.rules.states import IntakeState, Source
from clinic.people.models import Patient
from tests.browser.axe import violations
from tests.browser.conftest import Live
from tests.browser.measures import sideways, small_targets
from tests.browser.town_billing import person
from tests.domains.intake.intake_makers import GOOD

PHONE = {"size": (390, 780), "scheme": "dark", "has_touch": True, "is_mobile": True}


def sound(page: Page) -> None:
    """Look at the page as it is and on the smallest phone."""
    assert violations(page) == []
    assert small_targets(page, least=40) == []
    page.set_viewport_size({"width": 320, "height": 640})
    assert sideways(page) == 0
    page.set_viewport_size({"width": 390, "height": 780})


def answer(page: Page, changes: dict[str, str] | None = None) -> None:
    """Choose an answer to everything that is asked, the harmless one unless said otherwise."""
    given = {key: value for part in GOOD.values() for key, value in part.items()} | {"adult": "yes", "state": "FL"}
    for group in page.locator("fieldset.ask").all():
        name = group.locator("input").first.get_attribute("name") or ""
        wanted = (changes or {}).get(name, given[name])
        value = wanted[0] if isinstance(wanted, tuple) else wanted
        group.locator(f"input[value='{value}']").check()
    onward(page)


def onward(page: Page) -> None:
    """Press Continue, and wait for the next page."""
    heading = page.get_by_role("heading", level=1)
    before = heading.inner_text()
    page.get_by_role("button", name="Continue").tap()
    expect(heading).not_to_have_text(before)


def test_somebody_sees_what_would_have_to_change_and_asks_for_a_call(live: Live, visit_as: Callable[..., Page]):
    page = visit_as(live, **PHONE)
    page.goto("/qualify?lang=en")
    sound(page)
    page.get_by_role("button", name="Begin").tap()
    page.get_by_role("button", name="Continue").tap()
    expect(page.get_by_role("alert")).to_contain_text("Answer this")
    sound(page)
    answer(page)
    page.get_by_label("County").select_option(label="Miami-Dade")
    onward(page)
    for _ in range(8):
        if page.get_by_role("heading", level=1).inner_text() == "Your general health":
            sound(page)
        answer(page, {"kratom": "recent", "has_cuff": "no"})
    expect(page.get_by_role("heading", level=1)).to_have_text("What your answers mean")
    expect(page.get_by_text("Kratom and 7-OH do not go together with this care.")).to_be_visible()
    sound(page)
    page.get_by_role("button", name="Leave my name and choose a time").tap()
    typed = {
        "First name": "Noa", "Last name": "Ferrer", "Month": "3", "Day": "12", "Year": "1985",
        "Mobile number": "305 555 0177", "Street and number": "12 Palm Way", "City": "Miami", "ZIP code": "33130",
    }  # fmt: skip
    for label, value in typed.items():
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_role("button", name="Continue").tap()
    expect(page.get_by_role("alert")).to_contain_text("Tick the box if you agree.")
    sound(page)
    page.get_by_label("I agree that the clinic keeps").check()
    page.get_by_role("button", name="Continue").tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("Choose a time for the first visit")
    sound(page)
    page.get_by_role("button", name="Please call me").tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")
    sound(page)
    with live.town.begin(by=live.town.dana) as session:
        assert session.scalar(select(func.count()).where(Patient.legal_last_name == "Ferrer")) == 1


def test_a_patient_finishes_the_intake_in_spanish(live: Live, visit_as: Callable[..., Page]):
    town, patient = live.town, live.town.patients["gilbert"]
    with town.begin(by=town.dana) as session:
        ring = town.runtime.link_ring
        start_intake(session, patient_id=patient.id, source=Source.DESK, by=town.dana, now=town.now, ring=ring)
        for each in sections():
            if each.key not in {"readings", "support"}:
                known = {"patient_id": patient.id, "key": each.key, "given": GOOD[each.key]}
                save_section(session, **known, by=person(town, "gilbert"), now=town.now)
        link = page_link(session, session.get_one(Patient, patient.id), by=town.dana, now=town.now, ring=ring)
        token = access.render_link(session, link_id=link.id, ring=ring)
    page = visit_as(live, **PHONE)
    page.goto(f"/v/{token}?lang=es")
    for label, value in (("Mes", "9"), ("Día", "30"), ("Año", "1975")):
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_role("button", name="Continuar").tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("Su formulario de ingreso")
    sound(page)

    page.get_by_role("link", name=section("readings").title["es"]).tap()
    page.get_by_label("Sí").check()
    for label, value in zip(page.locator("input[inputmode=numeric]").all(), ("76", "118", "121", "74"), strict=True):
        label.fill(value)
    page.get_by_role("button", name="Guardar").tap()
    expect(page.get_by_role("alert")).to_contain_text("el número superior es el más alto")
    sound(page)
    page.locator("#systolic_1").fill("118")
    page.locator("#diastolic_1").fill("76")
    page.get_by_role("button", name="Guardar").tap()
    page.get_by_role("link", name=section("support").title["es"]).tap()
    page.locator("input[name=has_support][value=yes]").check()
    page.locator("#support_name").fill("Rosa Marin")
    page.locator("#support_phone").fill("305 555 0199")
    page.locator("input[name=support_adult][value=yes]").check()
    sound(page)
    page.get_by_role("button", name="Guardar").tap()
    page.get_by_role("button", name="Enviar al médico").tap()
    expect(page.get_by_role("status")).to_contain_text("Ahora lo revisa un médico.")
    sound(page)
    with town.begin(by=town.dana) as session:
        assert living_intake(session, patient.id).state == IntakeState.WAITING
