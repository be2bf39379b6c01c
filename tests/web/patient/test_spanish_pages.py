"""Spanish wherever a patient reads: no sentence of the catalog stays English."""

import re
from pathlib import Path

import polib
import pytest

import clinic.web
from clinic.access.actions.area_sessions import start_area_session
from clinic.scheduling import actions
from clinic.scheduling.rules.states import CancelReason
from tests.domains.scheduling.calendar_makers import COORDINATOR, at
from tests.web.html import Browser, Page, text_of
from tests.web.patient.conftest import type_birth_date

CATALOG = Path(clinic.web.__file__).parent / "translations/es/LC_MESSAGES/messages.po"
LEFT_ALONE = {"Español", "English", "Demo Home Clinic"}
ENGLISH = re.compile(
    r"\b(the|your|you|is|are|with|and|time|visit|please|call|another|keep|that|this|not|at|from|choose|free|date)\b",
    re.IGNORECASE,
)


def english_in(page: Page) -> list[str]:
    """Return sentences of the catalog that stand on the page untranslated, and stray English words."""
    words = text_of(page.root)
    same = [
        entry.msgid
        for entry in polib.pofile(str(CATALOG))
        if "%(" not in entry.msgid and entry.msgid != entry.msgstr and len(entry.msgid) > 6 and entry.msgid in words
    ]
    bare = re.sub(r"Demo Home Clinic|English|Dr\. \w+ \w+", "", words)
    return same + ENGLISH.findall(bare)


def spanish(page: Page) -> Page:
    assert page.root.get("lang") == "es"
    assert english_in(page) == []
    return page


@pytest.fixture
def cita(practice, open_link) -> Page:
    return spanish(open_link(language="es"))


def test_the_visit_and_all_its_steps_read_spanish(practice, cita):
    assert "miércoles 25 de noviembre 10:30 a.m. hora del Este" in cita.text.replace("\u202f", " ").replace("\xa0", " ")
    moving = spanish(cita.click("Otra hora"))
    moved = spanish(moving.form("move").submit(slot=practice.slot(at(26, 11))))
    assert moved.toasts == ["✓ Listo. Su cita cambió de hora."]
    spanish(moved.form("confirm").submit())
    spanish(spanish(moved.click("No puedo asistir")).form("cancel").submit())


def test_the_door_and_its_refusals_read_spanish(anybody: Browser, practice):
    door = spanish(anybody.get(f"/v/{practice.token()}", lang="es"))
    spanish(door.form("birth-date").submit(born_month="x", born_day="", born_year=""))
    for _ in range(5):
        page = spanish(type_birth_date(door, practice.marisol.birth_date.replace(year=1950)))
    assert page.status == 410


def test_refusals_of_the_calendar_read_spanish(practice, cita):
    moving = cita.click("Otra hora")
    practice.another(at(26, 11))
    for starts_at in (at(26, 11), at(20, 9)):
        spanish(moving.form("move").submit(slot=practice.slot(starts_at)))
    actions.cancel(
        practice.session, appointment_id=practice.visit.id, reason=CancelReason.OTHER, by=COORDINATOR, now=at(23, 11)
    )
    practice.session.commit()
    refused = spanish(cita.form("confirm").submit())
    assert refused.status == 409
    again = spanish(refused.click("Elija otra hora"))
    spanish(again.form("move").submit(slot=practice.slot(at(26, 11))))
    spanish(again.form("move").submit(slot=practice.slot(at(27, 11))))


def test_no_times_a_past_visit_and_a_missing_one_read_spanish(practice, cita, open_link, clock):
    browser = cita.browser
    spanish(browser.get(f"/visit/{practice.visit.id}/move", start="2027-02-01"))
    spanish(browser.get("/visit/00000000-0000-4000-8000-000000000000"))
    spanish(browser.get(f"/visit/{practice.visit.id}/move", start="9999-12-31"))
    clock.instant = at(25, 11, 30)
    assert spanish(open_link(language="es")).h1 == "Su cita pasada"


def test_a_spanish_speaking_patient_needs_not_choose_the_language(practice, open_link):
    visit = practice.another(at(25, 14), language="es")
    assert open_link(visit).h1 == "Su cita"


def test_the_reader_may_switch_and_the_choice_is_kept(practice, open_link):
    page = open_link()
    switched = page.browser.get(page.path, lang="es")
    assert switched.h1 == "Su cita"
    assert switched.browser.get(page.path).h1 == "Su cita"
    assert page.browser.get(page.path, lang="en").h1 == "Your visit"


def test_the_calendar_entry_of_a_spanish_reader_is_spanish(cita):
    assert "Cita con la clínica" in cita.click("Agregar al calendario").response.get_data(as_text=True)


def test_the_own_area_and_its_door_read_spanish(app, session, practice):
    browser = Browser(app.test_client())
    page = spanish(browser.get("/me", lang="es"))
    spanish(page.form("ask-code").submit(phone="12", born_month="x"))
    born = {"born_month": "3", "born_day": "12", "born_year": "1984"}
    code = spanish(page.form("ask-code").submit(phone="305 555 0199", **born))
    spanish(code.form("use-code").submit(code=""))
    for _ in range(5):
        tried = spanish(code.form("use-code").submit(code="123456"))
    assert tried.status == 410
    spanish(spanish(browser.get("/me/new-link")).form("ask-link").submit(phone="305 555 0199", **born))
    marisol = practice.marisol
    token = start_area_session(
        session, patient_id=marisol.id, phone_id=marisol.phone_id, now=practice.maker.now, by=COORDINATOR
    )
    session.commit()
    browser.sign_in_with(token, kind="me")
    for address in ("/me/home", "/me/who-looked"):
        spanish(browser.get(address))
    spanish(browser.get("/me/home").form("everywhere").submit())
