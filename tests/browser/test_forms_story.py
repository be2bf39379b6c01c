"""Forms from both ends: signed and withdrawn in Spanish on a small phone, a new version published at a desk."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import Live
from tests.browser.measures import sideways, small_targets
from tests.browser.town_forms import forms_token

PHONE = {"size": (390, 780), "scheme": "dark", "has_touch": True, "is_mobile": True}


def sound(page: Page) -> None:
    assert violations(page) == []
    assert small_targets(page, least=40) == []
    assert sideways(page) == 0


def test_a_patient_signs_in_spanish_and_withdraws(live: Live, visit_as: Callable[..., Page]):
    page = visit_as(live, **PHONE)
    page.goto(f"/v/{forms_token(live.town)}?lang=es")
    for label, value in (("Mes", "3"), ("Día", "12"), ("Año", "1984")):
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_role("button", name="Continuar").tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sus formularios")
    sound(page)
    page.get_by_role("link", name="Sobre su tratamiento y la advertencia de la FDA").tap()
    expect(page.get_by_role("button", name="Firmar")).to_be_visible()
    sound(page)
    page.get_by_role("button", name="Firmar").tap()
    expect(page.get_by_role("alert")).to_contain_text("Lea esto y marque la casilla.")
    sound(page)
    for box in page.get_by_role("checkbox").all():
        box.check()
    page.get_by_label("Su nombre completo").fill("Marisol Benavídes")
    page.get_by_role("button", name="Firmar").tap()
    expect(page.get_by_role("status")).to_contain_text("Firmado. Gracias.")
    page.get_by_role("link", name="Sobre su tratamiento", exact=False).first.tap()
    expect(page.get_by_text("Marisol Benavídes")).to_be_visible()
    sound(page)
    page.get_by_role("link", name="Cambié de opinión").tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("¿Quiere retirar su firma?")
    sound(page)
    page.get_by_role("button", name="Retirar mi firma").tap()
    expect(page.get_by_role("status")).to_contain_text("Su firma quedó retirada.")
    expect(page.get_by_text("3 formularios por firmar")).to_be_visible()
    sound(page)


def test_an_administrator_publishes_a_new_version(live: Live, visit_as: Callable[..., Page]):
    page = visit_as(live, staff="morgan", size=(1280, 800))
    page.goto("/admin/forms/privacy")
    assert violations(page) == []
    page.get_by_role("link", name="Write a new version").click()
    page.get_by_role("textbox", name="English").fill("# Privacy notice\n\nShorter words.")
    page.get_by_role("textbox", name="Spanish").fill("# Aviso de privacidad\n\nPalabras más cortas.")
    assert violations(page) == []
    page.get_by_role("button", name="Save and look at it").click()
    expect(page.get_by_text("Palabras más cortas.")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("radio", name="Everybody signs again").check()
    page.get_by_role("button", name="Publish for good").click()
    expect(page.locator(".toast")).to_contain_text("Published.")
    expect(page.get_by_role("row", name="Version 2")).to_contain_text("In force")
    assert violations(page) == []
