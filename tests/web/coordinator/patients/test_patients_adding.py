"""Adding a patient: the form, its refusals, the same person twice, the same form twice."""

from datetime import date

import pytest
from sqlalchemy import func, select

from clinic.kernel.tables import RequestKey
from clinic.people import queries
from clinic.people.models import Patient

DETAILS = {
    "legal_first_name": "Marisol",
    "legal_last_name": "Vega",
    "preferred_name": "Mari",
    "birth_date_month": "7",
    "birth_date_day": "4",
    "birth_date_year": "1990",
    "phone": "786 555 0142",
    "email": "mari@example.org",
    "language": "es",
    "address_line": "77 Coral Ln",
    "city": "Pensacola",
    "state": "FL",
    "postal_code": "32501",
    "county_fips": "12033",
}


def form_of(web):
    return web.get("/patients/new").form("add-patient")


def count(session):
    return session.scalar(select(func.count()).select_from(Patient))


def test_a_patient_is_added_and_shown(web, session):
    page = form_of(web).submit(**DETAILS)
    assert page.status == 200
    assert page.h1 == "Marisol Vega (Mari)"
    assert page.toasts == ["✓ Patient added."]
    assert "Escambia County, FL · 9:00 AM CT there now" in page.text
    (patient,) = queries.page_of_patients(session)
    assert (patient.zone, patient.language, patient.birth_date) == ("America/Chicago", "es", date(1990, 7, 4))


def test_consent_is_recorded_in_the_words_of_the_patients_language(web, session):
    page = form_of(web).submit(**DETAILS, consent="yes", consent_source="phone_call")
    assert "Texts allowed" in page.response.get_data(as_text=True)
    (row,) = queries.page_of_patients(session)
    contact = queries.contact_of(session, queries.patient(session, row.id))
    (event,) = queries.consent_events(session, queries.patient(session, row.id).phone_id)
    assert contact.is_texting_allowed
    assert event.wording_version == "sms-2026-11-es"
    assert event.actor_name == "Dana Reyes"


def test_the_page_shows_the_exact_words_in_both_languages_with_the_clinics_name(web):
    quotes = web.get("/patients/new").texts("blockquote")
    assert len(quotes) == 2
    assert all("Demo Home Clinic" in quote and "STOP" in quote for quote in quotes)


def test_a_tick_without_how_is_asked_about(web, session):
    page = form_of(web).submit(**DETAILS, consent="yes")
    assert page.status == 422
    assert page.errors == {"consent_source": "Choose how the patient said yes."}
    assert count(session) == 0


def test_the_county_says_its_zone_and_gulf_says_to_ask(web):
    options = web.get("/patients/new").texts("#county_fips option")
    assert "Escambia · CT" in options
    assert "Miami-Dade · ET" in options
    assert "Gulf · ET or CT, ask the patient" in options


@pytest.mark.parametrize(
    ("changes", "zone", "warned"),
    [
        ({"postal_code": "32456"}, "America/New_York", True),
        ({"postal_code": "32465"}, "America/Chicago", True),
        ({"postal_code": "32456", "zone": "America/Chicago"}, "America/Chicago", False),
    ],
)
def test_the_zone_in_gulf_follows_the_zip_code_until_it_is_chosen(web, session, changes, zone, warned):
    page = form_of(web).submit(**{**DETAILS, "county_fips": "12045", **changes})
    assert ("Ask which time it is there" in page.text) is warned
    assert queries.page_of_patients(session)[0].zone == zone


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"legal_first_name": ""}, "legal_first_name", "photo ID"),
        ({"legal_first_name": "Mari\x00sol"}, "legal_first_name", "hidden character"),
        ({"legal_last_name": "Ve\u202ega"}, "legal_last_name", "hidden character"),
        ({"legal_last_name": "V" * 61}, "legal_last_name", "60"),
        ({"preferred_name": "M4ri"}, "preferred_name", "letters"),
        ({"birth_date_year": "2015"}, "birth_date", "turns 18 on July 4, 2033"),
        ({"birth_date_year": "2030"}, "birth_date", "in the future"),
        ({"birth_date_year": "1890"}, "birth_date", "before 1900"),
        ({"birth_date_month": "2", "birth_date_day": "30"}, "birth_date", "Enter month, day and year"),
        (
            {"birth_date_month": "", "birth_date_day": "", "birth_date_year": ""},
            "birth_date",
            "Enter the date of birth",
        ),
        ({"phone": "800 555 1234"}, "phone", "toll-free"),
        ({"phone": "12345"}, "phone", "10-digit"),
        ({"phone": "+44 20 7946 0958"}, "phone", "10-digit"),
        ({"email": "mari"}, "email", "name@example.org"),
        ({"postal_code": "3250"}, "postal_code", "5 digits"),
        ({"postal_code": "07030"}, "postal_code", "not a ZIP code in Florida"),
        ({"county_fips": ""}, "county_fips", "Choose the county"),
        ({"county_fips": "99999"}, "county_fips", "from the list"),
        ({"county_fips": "34017"}, "county_fips", "Hudson County is in New Jersey"),
        ({"zone": "America/New_York"}, "zone", "Escambia County is on Central time"),
        ({"zone": "Mars/Olympus"}, "zone", "Escambia County is on Central time"),
        ({"state": "NY"}, "state", "Florida and New Jersey"),
        ({"language": "fr"}, "language", "English or Spanish"),
        ({"address_line": "x" * 121}, "address_line", "120"),
    ],
)
def test_each_bad_box_says_what_to_do_and_keeps_what_was_typed(web, session, changes, field, said):
    page = form_of(web).send(**{**DETAILS, **changes})
    assert page.status == 422
    assert said in page.errors[field]
    assert page.title.startswith("Error:")
    kept = page.form("add-patient").values
    assert kept["city"] == ["Pensacola"]
    assert count(session) == 0


def test_several_bad_boxes_are_told_at_once(web):
    page = form_of(web).submit(**{**DETAILS, "phone": "1", "email": "x", "legal_first_name": "4"})
    assert set(page.errors) == {"phone", "email", "legal_first_name"}


@pytest.mark.parametrize("name", ["status", "record_number", "version", "is_zone_confirmed", "id", "phone_id"])
def test_a_box_that_the_form_does_not_have_is_refused(web, session, name):
    page = form_of(web).send(**DETAILS, **{name: "1"})
    assert page.status == 422
    assert count(session) == 0


@pytest.mark.parametrize("name", ["legal_first_name", "key", "consent"])
def test_a_box_sent_twice_is_refused(web, session, name):
    page = form_of(web).send(**{**DETAILS, name: ["Mari", "Sol"]})
    assert page.status == 422
    assert count(session) == 0


def test_an_email_that_may_be_a_look_alike_is_saved_and_warned_of(web):
    page = form_of(web).submit(**{**DETAILS, "email": "m\u0430ri@example.org"})
    assert any("two alphabets" in toast for toast in page.toasts)


def test_what_was_typed_is_never_markup(web):
    page = form_of(web).submit(**{**DETAILS, "address_line": "<script>alert(1)</script>"})
    assert "<script>alert(1)</script>" in page.response.get_data(as_text=True).replace("&lt;", "<").replace("&gt;", ">")
    assert not [item for item in page.select("script") if not item.get("src")]


def test_the_same_form_sent_twice_adds_one_patient(web, session):
    form = form_of(web)
    first, second = form.submit(**DETAILS), form.submit(**DETAILS)
    assert first.path == second.path
    assert count(session) == 1


def test_the_form_changed_and_sent_again_asks_for_a_new_one(web, session):
    form = form_of(web)
    form.submit(**DETAILS)
    page = form.submit(**{**DETAILS, "city": "Gulf Breeze"})
    assert page.status == 409
    assert "already saved" in page.errors[""]
    assert page.form("add-patient").values["key"] != form.values["key"]
    assert count(session) == 1


def test_a_refused_form_can_be_mended_and_sent_again(web, session):
    refused = form_of(web).submit(**{**DETAILS, "phone": "1"})
    assert refused.form("add-patient").submit(phone="786 555 0142").status == 200
    assert count(session) == 1
    assert session.scalar(select(func.count()).select_from(RequestKey)) == 1


def test_a_known_person_is_offered_instead(web, session, dana, events):
    page = form_of(web).submit(
        **{
            **DETAILS,
            "legal_first_name": "DANIELA",
            "legal_last_name": "oneill",
            "birth_date_month": "3",
            "birth_date_day": "12",
            "birth_date_year": "1984",
        }
    )
    assert page.status == 409
    assert page.h1 == "Is this the same person?"
    assert "Same legal name" in page.text
    assert "Same phone" not in page.text
    assert count(session) == 1
    assert events("patients.compared")[0].patient_ids == [dana.id]
    assert page.click("Open this record").h1 == "Daniela O'Neill (Dana)"


def test_another_person_is_added_after_all(web, session, dana):
    twin = {
        **DETAILS,
        "phone": "305 555 0123",
        "birth_date_month": "3",
        "birth_date_day": "12",
        "birth_date_year": "1984",
    }
    offered = form_of(web).submit(**twin, consent="yes", consent_source="in_person")
    assert "Same phone" in offered.text
    added = offered.form("another-person").submit()
    assert added.h1 == "Marisol Vega (Mari)"
    assert "O'Neill, Daniela" in added.links
    assert count(session) == 2
    assert offered.form("another-person").submit().path == added.path
    assert count(session) == 2
