"""The public questions: answers travel in the form alone, every reason is told, and a name is left only at the end."""

import logging
from datetime import date

import pytest
from sqlalchemy import select, text

from clinic.access.models import Guess
from clinic.intake.models import IntakeSection
from clinic.intake.queries.intakes import intake_of
from clinic.intake.rules.public import PAGES
from clinic.kernel.db import Base
from clinic.people.models import Patient
from clinic.people.queries import consent_of
from clinic.scheduling.models import Appointment
from clinic.worklist.models import WorkItem
from tests.domains.intake.intake_makers import GOOD
from tests.domains.scheduling.calendar_makers import Clinic
from tests.web.html import Browser, Page
from tests.web.patient.test_spanish_pages import english_in

ANSWERS = {key: value for given in GOOD.values() for key, value in given.items()} | {"adult": "yes", "state": "FL"}
CONTACT = {
    "legal_first_name": "Noa", "legal_last_name": "Ferrer", "birth_date_month": "3", "birth_date_day": "12",
    "birth_date_year": "1985", "phone": "305 555 0177", "email": "", "address_line": "12 Palm Way", "city": "Miami",
    "postal_code": "33130", "agrees": "yes", "agrees_to_texts": "yes",
}  # fmt: skip


@pytest.fixture
def open_clinic(session):
    maker = Clinic(session)
    maker.visit_type("initial", purpose="consultation", name="First visit", name_es="Primera visita")
    maker.physician()
    session.commit()
    return maker


def begin(browser: Browser, language="en") -> Page:
    return browser.get("/qualify", lang=language).form("begin").submit()


def answer(page: Page, **changes) -> Page:
    form = page.form("answers")
    known = {"county_fips": "12086", "zone": "America/New_York"} | ANSWERS | changes
    return form.submit(**{name: known[name] for name in form.names if name in known})


def through(browser: Browser, language="en", **changes) -> Page:
    page = begin(browser, language)
    for _ in range(len(PAGES)):
        page = answer(page, **changes)
        if "answers" not in page.forms:
            return page
    raise AssertionError(page.text)


def rows(session):
    found = {}
    for table in Base.metadata.sorted_tables:
        found[table.name] = session.execute(text(f'select count(*) from "{table.name}"')).scalar()  # noqa: S608
    return found


def test_answers_lead_to_every_reason_and_nothing_is_kept_of_them(anybody, open_clinic, session, caplog):
    caplog.set_level(logging.DEBUG)
    before = rows(session)
    page = through(anybody, kratom="recent", high_pressure="treated", groups=("benzodiazepine", "maoi"), has_cuff="no")
    assert page.status == 200
    assert page.h1 == "What your answers mean"
    for words in (
        "Kratom and 7-OH do not go together with this care.",
        "One of your medicines does not go together with this care.",
        "You need a blood pressure cuff",
        "stopping it suddenly is dangerous",
        "A physician would like to talk about this with you.",
    ):
        assert words in page.text
    assert "contact" in page.forms
    after = rows(session)
    assert after == before
    said = [caplog.text, *page.response.headers.getlist("Set-Cookie")]
    for each in said:
        assert not [word for word in ("kratom", "benzodiazepine", "recent", "maoi") if word in each.lower()]
    assert page.response.headers["Cache-Control"] == "no-store"
    carried = page.form("contact").values["carried"][0]
    assert "maoi" not in carried


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"state": "other"}, "only where our physicians are licensed, which is Florida and New Jersey"),
        ({"adult": "no"}, "We care for adults only."),
        ({"vessels": "yes"}, "this kind of care is not safe for you"),
    ],
)
def test_who_cannot_begin_is_told_kindly_and_asked_for_nothing(anybody, open_clinic, changes, words):
    page = through(anybody, **changes)
    assert words in page.text
    assert "contact" not in page.forms
    assert "tel:+13055550100" in page.links.values()
    forged = anybody.post(
        "/qualify/contact", {**page.form("back").values, "carried": page.form("back").values["carried"]}
    )
    assert forged.h1 == "What your answers mean"


def test_danger_shows_numbers_at_once_and_on_every_page_after(anybody, open_clinic):
    page = begin(anybody)
    while page.h1 != "Your mental health":
        page = answer(page)
    page = answer(page, suicide="intent")
    assert "Call 988" in page.links
    page = answer(page)
    assert {"Call 988", "Call 911"} <= set(page.links)


def test_gulf_county_asks_for_its_side_and_a_county_of_another_state_is_refused(anybody, open_clinic):
    page = answer(begin(anybody))
    wrong = page.form("answers").submit(county_fips="34013")
    assert (wrong.status, wrong.errors) == (422, {"county_fips": "Choose your county."})
    gulf = page.form("answers").submit(county_fips="12045")
    assert gulf.h1 == "Which time is it where you live?"
    odd = gulf.form("answers").submit(zone="Europe/Paris")
    assert odd.errors == {"zone": "Choose your time."}
    assert answer(gulf, zone="America/Chicago").h1 == "What brings you to us"


def test_an_unanswered_page_comes_back_with_what_was_answered_and_back_keeps_it(anybody, open_clinic):
    page = answer(answer(answer(begin(anybody))))
    assert page.h1 == "What you have tried"
    wrong = page.form("answers").submit(tried_count="1")
    assert wrong.status == 422
    assert wrong.errors == {"ketamine_allergy": "Answer this, then save."}
    assert wrong.form("answers").values["tried_count"] == ["1"]
    back = answer(page).form("back").submit()
    assert back.form("answers").values["tried_count"] == ["2"]


@pytest.mark.parametrize("carried", ["", "gold", "AQ==", "é" * 40, "x" * 13000])
@pytest.mark.parametrize("path", ["contact", "times", "send", "heart", "back/heart"])
def test_answers_that_cannot_be_read_begin_again_and_keep_nothing(anybody, open_clinic, session, carried, path):
    token = begin(anybody).form("answers").values["csrf_token"]
    before = rows(session)
    page = anybody.post(f"/qualify/{path}", {"csrf_token": token, "carried": carried})
    assert page.status in {200, 422}
    assert page.h1 in {"See if you qualify", "Heart and blood pressure", "What your answers mean"}
    assert rows(session) == before


def test_old_answers_are_not_taken_and_an_address_alone_begins_again(anybody, open_clinic, clock):
    page = begin(anybody)
    clock.advance(hours=12)
    assert answer(page).h1 == "See if you qualify"
    assert anybody.get("/qualify/heart").h1 == "See if you qualify"


def test_a_name_a_time_and_consent_make_a_patient_with_a_visit_and_a_draft(anybody, open_clinic, session):
    contact = through(anybody).form("contact").submit()
    before = rows(session)
    missing = contact.form("contact").submit(**(CONTACT | {"agrees": None, "phone": "12"}))
    assert set(missing.errors) <= {"agrees", "phone"}
    times = contact.form("contact").submit(**CONTACT)
    assert times.h1 == "Choose a time for the first visit"
    assert rows(session) == before
    done = times.form("times").submit(times.form("times").buttons[3])
    assert done.h1 == "Thank you"
    patient = session.scalars(select(Patient)).one()
    assert (patient.county_fips, patient.birth_date.isoformat(), patient.language) == ("12086", "1985-03-12", "en")
    assert consent_of(session, patient.phone_id).source == "web_form"
    assert session.scalars(select(Appointment.visit_type_code)).all() == ["initial"]
    assert intake_of(session, patient.id) is not None
    assert len(session.scalars(select(IntakeSection)).all()) == 10
    again = times.form("times").submit(times.form("times").buttons[3])
    assert again.h1 == "Thank you"
    assert len(session.scalars(select(Patient)).all()) == 1


def test_a_call_instead_of_a_time_and_the_same_words_for_somebody_whom_we_know(anybody, open_clinic, session):
    open_clinic.patient(phone="+13055550177", birth_date=date(1985, 3, 12))
    session.commit()
    times = through(anybody).form("contact").submit().form("contact").submit(**CONTACT)
    assert times.form("times").buttons
    done = times.form("call").submit()
    assert done.h1 == "Thank you"
    assert session.scalars(select(WorkItem.kind)).all() == ["intake_call"]
    assert len(session.scalars(select(Patient)).all()) == 1
    other = through(anybody).form("contact").submit().form("contact").submit(**(CONTACT | {"phone": "305 555 0178"}))
    assert other.form("call").submit().text == done.text


@pytest.mark.parametrize(
    ("changes", "box"),
    [
        ({"legal_first_name": "<b>"}, "legal_first_name"),
        ({"birth_date_year": "2015"}, "birth_date"),
        ({"birth_date_day": "31", "birth_date_month": "2"}, "birth_date"),
        ({"phone": "800 555 0100"}, "phone"),
        ({"postal_code": "07102"}, "postal_code"),
        ({"email": "not an address"}, "email"),
        ({"city": "1"}, "city"),
    ],
)
def test_a_contact_that_cannot_be_stands_at_its_box_with_what_was_typed(anybody, open_clinic, changes, box):
    contact = through(anybody).form("contact").submit()
    wrong = contact.form("contact").submit(**(CONTACT | changes))
    assert wrong.status == 422
    assert set(wrong.errors) == {box}
    assert wrong.form("contact").values["address_line"] == ["12 Palm Way"]


def test_a_program_that_fills_every_box_is_thanked_and_nothing_is_kept(anybody, open_clinic, session):
    contact = through(anybody).form("contact").submit()
    before = rows(session)
    done = contact.form("contact").send(**(CONTACT | {"website": "https://example.org"}))
    assert done.h1 == "Thank you"
    assert rows(session) == before


def test_a_network_that_signs_up_too_often_is_asked_to_call(anybody, open_clinic, session, now):
    for _ in range(5):
        session.add(Guess(kind="sign_up", account_key="127.0.0.1", ip="127.0.0.1", guessed_at=now))
    session.commit()
    times = through(anybody).form("contact").submit().form("contact").submit(**CONTACT)
    refused = times.form("call").submit()
    assert (refused.status, refused.h1) == (429, "Please call us")
    assert session.scalars(select(Patient)).all() == []


def test_every_page_speaks_spanish(anybody, open_clinic):
    page = begin(anybody, "es")
    pages = [anybody.get("/qualify"), page]
    while "answers" in page.forms:
        page = answer(page, kratom="recent", groups=("opioid",), county_fips="12045", zone="America/Chicago")
        pages.append(page)
    pages.append(page.form("contact").submit())
    pages.append(pages[-1].form("contact").submit(**CONTACT))
    pages.append(pages[-1].form("call").submit())
    assert pages[-1].h1 == "Gracias"
    for each in pages:
        assert english_in(each) == [], each


def test_the_language_changes_in_the_middle_and_keeps_the_answers(anybody, open_clinic):
    page = answer(answer(begin(anybody)))
    spanish = page.form("language-es").submit()
    assert spanish.h1 == "Qué le trae a nosotros"
    assert answer(spanish).h1 == "Lo que ha probado"
