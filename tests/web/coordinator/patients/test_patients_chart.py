"""A patient's page, editing it, and consent to texts as staff record it."""

import pytest

from clinic.kernel.ids import new_id
from clinic.people import actions, queries
from clinic.scheduling import actions as scheduling
from tests.domains.scheduling.calendar_makers import Clinic, at
from tests.web.coordinator.patients.conftest import actor_named


def saved(session, patient):
    """Read the row again: the page's own session changed it."""
    session.refresh(patient)
    return patient


def url(patient, rest=""):
    return f"/patients/{patient.id}{rest}"


def test_the_banner_says_who_where_and_whether_texts_may_go(web, dana):
    page = web.get(url(dana))
    banner = " ".join(page.texts(".who"))
    for said in (
        "O'Neill, Daniela",
        "“Dana”",
        "Mar 12, 1984",
        "(42 y)",
        "FL · ET",
        "(305) 555-0123",
        dana.record_number,
    ):
        assert said in banner
    assert "Texts not agreed yet" in banner
    assert "Miami-Dade County, FL · 10:00 AM ET there now" in page.text


def test_the_page_says_what_is_missing_in_an_empty_record(web, dana):
    page = web.get(url(dana))
    for said in ("No visit booked", "None yet.", "Not agreed yet", "Booking a visit adds the physician."):
        assert said in page.response.get_data(as_text=True)


def test_each_look_at_a_record_is_one_audit_row(web, dana, events):
    web.get(url(dana))
    (event,) = events("patient.viewed")
    assert (event.subject_id, event.patient_ids, event.actor_name) == (dana.id, [dana.id], "Dana Reyes")
    assert event.request_id


@pytest.mark.parametrize("rest", ["", "/edit", "/texts"])
def test_an_unknown_patient_is_not_here(web, dana, rest):
    assert web.get(f"/patients/{new_id()}{rest}").status == 404
    assert web.get(f"/patients/1{rest}").status == 404


@pytest.mark.parametrize("who", ["physician", "admin"])
@pytest.mark.parametrize("rest", ["", "/edit", "/texts"])
def test_a_record_is_for_coordinators(browse, dana, who, rest):
    assert browse(who).get(url(dana, rest)).status == 403


def test_the_edit_form_shows_what_is_saved(web, dana):
    values = web.get(url(dana, "/edit")).form("edit-patient").values
    assert values["legal_last_name"] == ["O'Neill"]
    assert values["phone"] == ["(305) 555-0123"]
    assert (values["birth_date_month"], values["birth_date_day"], values["birth_date_year"]) == (
        ["3"],
        ["12"],
        ["1984"],
    )
    assert values["county_fips"] == ["12086"]
    assert values["zone"] == [""]


def test_a_change_is_saved_and_shown(web, dana):
    page = web.get(url(dana, "/edit")).form("edit-patient").submit(city="Hialeah", preferred_name="")
    assert page.toasts == ["✓ Changes saved."]
    assert page.h1 == "Daniela O'Neill"
    assert "Hialeah, FL 33101" in page.response.get_data(as_text=True)


def test_a_moved_patient_gets_the_new_countys_zone(web, session, dana):
    form = web.get(url(dana, "/edit")).form("edit-patient")
    form.submit(city="Pensacola", postal_code="32501", county_fips="12033")
    assert saved(session, dana).zone == "America/Chicago"


def test_a_bad_change_is_refused_and_kept_in_the_boxes(web, session, dana):
    page = web.get(url(dana, "/edit")).form("edit-patient").submit(phone="800 555 1234", city="Hialeah")
    assert page.status == 422
    assert "toll-free" in page.errors["phone"]
    assert page.form("edit-patient").values["city"] == ["Hialeah"]
    again = page.form("edit-patient").submit(phone="305 555 0123")
    assert again.status == 200
    assert saved(session, dana).city == "Hialeah"


def test_of_two_coordinators_the_second_sees_both_values_and_decides(browse, session, clock, dana):
    first, second = browse("coordinator"), browse("colleague")
    mine, theirs = (each.get(url(dana, "/edit")).form("edit-patient") for each in (first, second))
    clock.advance(minutes=42)
    theirs.submit(city="Hialeah", preferred_name="Dani")
    page = mine.submit(city="Doral")
    assert page.status == 409
    assert "Changed by Lee Park at 10:42 AM ET" in page.text
    rows = [
        " | ".join(cell) for cell in ([" ".join(c.itertext()).strip() for c in row] for row in page.select("tbody tr"))
    ]
    assert "City | Hialeah | Doral" in rows
    assert "Preferred name | Dani | Dana" in rows
    assert saved(session, dana).city == "Hialeah"
    answer = page.form("edit-patient").submit("Save my version", preferred_name="Dani")
    assert answer.status == 200
    assert (saved(session, dana).city, dana.preferred_name) == (
        "Doral",
        "Dani",
    )


def test_two_coordinators_who_save_the_same_lose_nothing(browse, dana):
    forms = [browse(who).get(url(dana, "/edit")).form("edit-patient") for who in ("coordinator", "colleague")]
    forms[1].submit(city="Doral")
    assert "They saved the same as you typed" in forms[0].submit(city="Doral").text


@pytest.mark.parametrize("version", ["", "x", "-1", "0", "99"])
def test_a_version_that_was_never_shown_saves_nothing(web, session, dana, version):
    page = web.get(url(dana, "/edit")).form("edit-patient").send(version=version, city="Doral")
    assert page.status in {409, 422}
    assert saved(session, dana).city == "Miami"


def test_an_edit_that_makes_a_known_person_asks(web, session, dana, more):
    more(1)
    (other,) = [row for row in queries.page_of_patients(session) if row.id != dana.id]
    form = web.get(f"/patients/{other.id}/edit").form("edit-patient")
    page = form.submit(phone="305 555 0123")
    assert page.h1 == "Is this the same person?"
    assert page.form("another-person").submit().status == 200
    session.expire_all()
    assert queries.patient(session, other.id).phone_id == dana.phone_id


def test_a_yes_on_the_phone_is_recorded_with_its_words(web, session, dana):
    asked = web.get(url(dana)).click("Record a yes or a no")
    page = asked.form("agree").submit(consent_source="phone_call")
    assert page.toasts == ["✓ Consent to texts recorded."]
    assert "Agreed to texts" in page.response.get_data(as_text=True)
    (event,) = queries.consent_events(session, dana.phone_id)
    assert (event.source, event.wording_version) == ("phone_call", "sms-2026-11-en")


def test_a_yes_without_how_is_asked_about(web, dana):
    page = web.get(url(dana, "/texts")).form("agree").submit()
    assert page.status == 422
    assert page.errors == {"consent_source": "Choose how the patient said yes."}


@pytest.mark.parametrize("source", ["text_reply", "provider", "not_asked", "other"])
def test_a_yes_that_staff_cannot_hear_is_refused(web, session, dana, source):
    page = web.get(url(dana, "/texts")).form("agree").send(consent_source=source)
    assert page.status == 422
    assert queries.consent_events(session, dana.phone_id) == []


def test_unknown_words_are_not_agreed_to(web, session, dana):
    page = web.get(url(dana, "/texts")).form("agree").send(consent_source="phone_call", wording="sms-1999")
    assert page.status == 422
    assert "out of date" in str(page.errors)


def test_a_no_stops_all_texts(web, session, dana):
    page = web.get(url(dana, "/texts")).form("decline").submit(told_by="in_person")
    assert page.toasts == ["✓ No more texts go to this number."]
    assert "Asked for no texts" in " ".join(page.texts(".who"))
    assert not queries.contact_of(session, dana).is_texting_allowed
    assert "decline" not in web.get(url(dana, "/texts")).forms


def test_a_no_without_how_is_asked_about(web, dana):
    page = web.get(url(dana, "/texts")).form("decline").submit()
    assert page.status == 422
    assert list(page.errors.values()) == ["Choose how the patient told you."]


def test_what_was_said_about_texts_stands_there_with_its_words(web, session, dana, now):
    assert "Nobody was asked" in web.get(url(dana, "/texts")).text
    web.get(url(dana, "/texts")).form("agree").submit(consent_source="phone_call")
    actions.opt_out(session, phone_id=dana.phone_id, source="provider", by=actor_named("colleague"), now=now)
    session.commit()
    said = " ".join(web.get(url(dana, "/texts")).texts("#said"))
    for words in ("Agreed to texts", "Wording sms-2026-11-en", "Demo Home Clinic", "Lee Park"):
        assert words in said


def test_after_stop_only_the_phone_itself_can_allow_texts(web, session, dana, now):
    opened_before = web.get(url(dana, "/texts"))
    actions.opt_out(session, phone_id=dana.phone_id, source="text_reply", by=actor_named("colleague"), now=now)
    session.commit()
    page = opened_before.form("agree").submit(consent_source="phone_call")
    assert page.status == 409
    assert "START" in page.errors[""]
    now_shown = web.get(url(dana, "/texts"))
    assert "texts START from this phone" in now_shown.text
    assert "agree" not in now_shown.forms


@pytest.mark.parametrize(
    ("county", "code", "zone", "said"),
    [
        ("12086", "33101", "", "Eastern time, from the county"),
        ("12045", "32465", "", "Central time, assumed from the ZIP code"),
        ("12045", "32465", "America/New_York", "Eastern time, as the patient said"),
    ],
)
def test_the_page_says_how_the_zone_is_known(web, dana, county, code, zone, said):
    form = web.get(url(dana, "/edit")).form("edit-patient")
    page = form.submit(county_fips=county, postal_code=code, zone=zone)
    assert said in page.response.get_data(as_text=True)


def test_visits_care_team_and_texts_of_a_patient_stand_on_the_page(web, session, dana, now):
    clinic = Clinic(session, by=actor_named("colleague"))
    clinic.visit_type()
    okafor = clinic.physician()
    visit = clinic.visit(dana, okafor, at(25, 10))
    missed = clinic.visit(dana, okafor, at(24, 10))
    scheduling.cancel(session, appointment_id=missed.id, reason="other", by=clinic.by, now=now)
    session.commit()
    page = web.get(url(dana))
    assert page.links["Wed, Nov 25, 10:00 AM ET"] == f"/visits/{visit.id}"
    assert "Unconfirmed" in page.text
    clinic.visit(dana, okafor, at(27, 10))
    session.commit()
    whole = web.get(url(dana)).response.get_data(as_text=True)
    assert whole.count("Dr. Amara Okafor, MD") == 1
    assert ">Fri, Dec 11</time>" in whole
    assert "through a visit" in whole
    thread = " ".join(page.texts("#history"))
    assert "Reply 1 to confirm" in thread
    assert "Not sent" in thread
    assert page.click("Wed, Nov 25, 10:00 AM ET").status == 200
