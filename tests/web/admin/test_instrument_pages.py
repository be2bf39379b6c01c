"""Pages about instruments: what can be asked, by what right, and putting in what a clinic has the right to use."""

import json
from collections.abc import Callable

import pytest
from fhir.resources.R4B.questionnaire import Questionnaire
from sqlalchemy.orm import Session

from clinic.kernel.actor import Role
from clinic.monitoring.queries.instruments import languages_of
from clinic.monitoring.rules.registry import shipped, slots
from tests.conftest import TestClock
from tests.web.html import Browser, Form

SPANISH = "/admin/instruments/gad7/translation/es"
RIGHT = "Official translation of the publisher, loaded in November."


def translated(form: Form) -> str:
    """What stands in the box with a mark in front of every question, as if it were the official translation."""
    return form.values["text"][0].replace('"text": "', '"text": "ES ')


@pytest.fixture
def admin(sign_in_as: Callable[..., Browser]) -> Browser:
    return sign_in_as(Role.ADMIN)


def test_the_list_shows_every_instrument_and_every_open_slot(admin: Browser) -> None:
    page = admin.get("/admin").click("Instruments")
    assert page.h1 == "Instruments"
    for instrument in shipped().values():
        assert instrument.name in page.links
    assert {slot.name for slot in slots().values()} <= page.links.keys()
    assert "To be confirmed" in page.text


@pytest.mark.parametrize("key", ["phq9", "c_ssrs", "lurn_si10", "pre_session", "substances", "dast10"])
def test_every_instrument_has_its_page(admin: Browser, key: str) -> None:
    page = admin.get(f"/admin/instruments/{key}")
    assert page.status == 200
    if key == "c_ssrs":
        assert "\u00a9 2008 The Research Foundation for Mental Hygiene, Inc." in page.text
        assert "By steps, the gravest that holds; never a sum." in page.text
    if key == "dast10":
        assert "No text is included" in page.text


def test_a_physician_reads_and_puts_nothing_in(sign_in_as: Callable[..., Browser]) -> None:
    physician = sign_in_as(Role.PHYSICIAN)
    page = physician.get("/admin/instruments/gad7")
    assert (page.status, "Spanish translation" in page.links) == (200, False)
    assert physician.get(SPANISH).status == 403


def test_a_coordinator_does_not_come_in(desk: Browser) -> None:
    assert [desk.get(path).status for path in ("/admin/instruments", "/admin/instruments/phq9")] == [403, 403]


def test_an_instrument_is_downloaded_as_a_questionnaire(admin: Browser) -> None:
    answer = admin.client.get("/admin/instruments/craving/questionnaire.es.json")
    assert (answer.status_code, answer.mimetype) == (200, "application/fhir+json")
    Questionnaire.model_validate(answer.json)
    assert answer.json["language"] == "es"
    assert [
        admin.client.get(f"/admin/instruments/{path}.json").status_code
        for path in ("gad7/questionnaire.es", "hit6/questionnaire.en", "nothing/questionnaire.en")
    ] == [404, 404, 404]


def test_a_translation_is_looked_at_first_and_then_saved(admin: Browser, session: Session) -> None:
    page = admin.get("/admin/instruments/gad7").click("Spanish translation")
    form = page.form("supply")
    pasted = translated(form).replace("ES Trouble relaxing", "Dificultad para relajarse")
    seen = admin.post(f"{SPANISH}/preview", form.values | {"text": pasted})
    assert "nothing is saved yet" in seen.text
    assert "Dificultad para relajarse" in seen.texts(".question")
    assert languages_of(session, "gad7") == ("en",)
    saved = seen.form("supply").submit(licence_note=RIGHT)
    assert saved.toasts == ["\u2713 Saved. It is asked from now on."]
    assert RIGHT in saved.text
    assert "Dificultad para relajarse" in saved.text
    assert languages_of(session, "gad7") == ("en", "es")


def test_a_fault_is_named_with_its_place_and_what_was_pasted_stays(admin: Browser) -> None:
    form = admin.get(SPANISH).form("supply")
    assert "still the words of another language" in form.submit(licence_note=RIGHT).errors["text"]
    pasted = translated(form).replace('"key": "q4"', '"key": "q5"')
    refused = form.submit(text=pasted, licence_note=RIGHT)
    assert refused.status == 422
    assert refused.errors["text"].startswith("Your text: ")
    assert json.loads(refused.form("supply").values["text"][0])["key"] == "gad7"
    assert admin.get(SPANISH).form("supply").submit(licence_note="").errors == {
        "licence_note": "Say by what right you use these words."
    }


def test_a_licensed_text_fills_its_slot(admin: Browser) -> None:
    page = admin.get("/admin/instruments/midas").click("The licensed text")
    saved = page.form("supply").submit(licence_note="Permission of the owner, November 2026.")
    assert saved.h1 == "MIDAS"
    assert "1, put in here" in saved.text
    assert "MIDAS" in admin.get("/admin/instruments").texts("th a")


def test_who_was_slower_is_told_and_loses_nothing(admin: Browser) -> None:
    first, second = admin.get(SPANISH).form("supply"), admin.get(SPANISH).form("supply")
    first.submit(text=translated(first), licence_note=RIGHT)
    late = second.submit(text=translated(second).replace("Trouble", "Problemas"), licence_note=RIGHT)
    assert (late.status, "Somebody was quicker" in late.text) == (409, True)
    assert "Problemas" in late.form("supply").values["text"][0]
    assert late.form("supply").submit().toasts == ["\u2713 Saved. It is asked from now on."]


def test_putting_in_asks_for_a_fresh_code(admin: Browser, clock: TestClock) -> None:
    clock.advance(minutes=6)
    answer = admin.client.get(SPANISH)
    assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (303, "/sign-in/again")


@pytest.mark.parametrize(
    "path", ["phq9/translation/en", "phq9/definition/en", "craving/translation/es", "hit6/definition/es", "x/y/es"]
)
def test_where_there_is_no_slot_there_is_no_page(admin: Browser, path: str) -> None:
    assert admin.get(f"/admin/instruments/{path}").status == 404
