"""Book: from a patient to a held time, and what is said when a time cannot be had."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from clinic.kernel.actor import Role
from clinic.scheduling.models import Appointment
from tests.domains.scheduling.calendar_makers import at
from tests.web.html import Browser


def near(page):
    return page.select("#form-hold-near .slot")


def test_a_patient_is_found_and_a_time_is_held_then_booked(desk: Browser, office):
    found = desk.get("/book").form("find-patient").submit(q="invented")
    assert office.ana.record_number in found.text
    times = desk.get("/book", patient=office.ana.id)
    assert "By the patient’s clock, Eastern time" in times.text
    held = times.form("hold").submit(slot=office.slot(at(24, 10)))
    assert held.h1.startswith("Hold")
    assert "by you" in held.text
    booked = held.form("book-held").submit()
    assert booked.toasts == ["✓ Booked. The patient gets a text with the time and a link."]
    assert "Unconfirmed" in desk.get("/day", on="2026-11-24").text


def test_searching_for_one_letter_asks_for_more(desk: Browser, office):
    page = desk.get("/book").form("find-patient").submit(q="a")
    assert page.status == 422
    assert page.errors == {"q": "Enter at least two letters or digits."}


def test_nobody_found_offers_to_add_the_patient(desk: Browser, office):
    page = desk.get("/book").form("find-patient").submit(q="Nobody Such")
    assert "Nobody found for “Nobody Such”" in page.text
    assert page.click("Add a patient").status == 200


def test_every_button_is_a_time_that_can_be_held(desk: Browser, office):
    page = desk.get("/book", patient=office.ana.id, span="week")
    values = [each.get("value") for each in page.select("#form-hold .slot")]
    assert f"{len(values)} free times" in page.text
    for value in (values[0], values[len(values) // 2], values[-1]):
        assert page.form("hold").submit(slot=value).h1.startswith("Hold")


def test_the_physicians_own_time_stands_beside_the_patients_where_it_differs(desk: Browser, office):
    page = desk.get("/book", patient=office.ana.id, physician=office.herrera.id, start="2026-11-24")
    first = page.select("#form-hold .slot")[0]
    assert " ".join("".join(first.itertext()).split()) == "10:00 AM9:00 AM CT"


def test_a_time_that_a_colleague_took_meanwhile_is_told_with_three_others(desk: Browser, office):
    page = desk.get("/book", patient=office.ana.id, start="2026-11-24", span="week")
    office.take(at(24, 10))
    answer = page.form("hold").submit(slot=office.slot(at(24, 10)))
    assert answer.status == 409
    assert answer.title.startswith("Error:")
    assert "This time is taken. Choose another one." in answer.text
    assert len(near(answer)) == 3
    assert answer.form("choices").values["span"] == ["week"]
    held = answer.form("hold-near").submit(slot=near(answer)[0].get("value"))
    assert held.h1.startswith("Hold")


def test_a_past_time_is_refused_with_what_to_do(desk: Browser, office):
    page = desk.get("/book", patient=office.ana.id)
    answer = page.form("hold").submit(slot=office.slot(at(23, 9)))
    assert answer.status == 422
    assert "This time has passed. Choose a later one." in answer.text
    assert office.session.query(Appointment).count() == 0


def test_a_license_gap_is_named_and_other_physicians_are_offered(desk: Browser, office):
    nora = office.maker.patient(state="NJ", city="Newark", postal_code="07102", county_fips="34013")
    office.session.commit()
    none = desk.get("/book", patient=nora.id, physician=office.herrera.id)
    assert "No time can be booked in these dates" in none.text
    assert "lost to a New Jersey license" in none.text
    answer = desk.get("/book", patient=nora.id).form("hold").submit(slot=office.slot(at(24, 10), office.herrera))
    assert answer.status == 422
    assert "does not hold a New Jersey license on that day" in answer.text
    assert len(near(answer)) == 3


def test_no_free_time_leads_to_the_next_free_day(desk: Browser, office):
    page = desk.get("/book", patient=office.ana.id, start="2026-11-28", span="week")
    assert page.status == 200
    weekend = desk.get("/book", patient=office.ana.id, physician=office.okafor.id, start="2027-01-02", span="week")
    assert weekend.status == 200


def test_times_sooner_than_the_usual_notice_are_there_on_demand(desk: Browser, office):
    usual = desk.get("/book", patient=office.ana.id, start="2026-11-23", span="week")
    sooner = usual.form("choices").submit(soon="yes")
    assert office.slot(at(23, 10, 15)) not in [each.get("value") for each in usual.select("#form-hold .slot")]
    assert office.slot(at(23, 10, 15)) in [each.get("value") for each in sooner.select("#form-hold .slot")]
    assert sooner.form("hold").submit(slot=office.slot(at(23, 10, 15))).h1.startswith("Hold")


def test_holding_another_time_replaces_what_the_same_person_holds(desk: Browser, office):
    page = desk.get("/book", patient=office.ana.id)
    first = page.form("hold").submit(slot=office.slot(at(24, 10)))
    again = desk.get("/book", patient=office.ana.id)
    assert office.slot(at(24, 10)) in [each.get("value") for each in again.select("#form-hold .slot")]
    again.form("hold").submit(slot=office.slot(at(24, 10, 15)))
    assert desk.get(first.path).h1.startswith("Hold ended")


def test_pressing_book_twice_books_once_and_texts_once(desk: Browser, office):
    held = desk.get("/book", patient=office.ana.id).form("hold").submit(slot=office.slot(at(24, 10)))
    form = held.form("book-held")
    first, second = form.submit(), form.submit()
    assert first.status == second.status == 200
    assert second.text.count("Visit booked") == 1


def test_a_hold_that_ran_out_is_not_booked_and_three_times_are_offered(desk: Browser, office, clock):
    held = desk.get("/book", patient=office.ana.id).form("hold").submit(slot=office.slot(at(24, 10)))
    clock.advance(minutes=10, seconds=1)
    answer = held.form("book-held").submit()
    assert answer.status == 409
    assert "The time was held for 10 minutes, which are over. Choose a time again." in answer.text
    assert len(near(answer)) == 3
    later = desk.get(held.path)
    assert later.h1.startswith("Hold ended")
    assert "book-held" not in later.forms
    assert later.click("Book again").status == 200


def test_a_patient_who_is_not_known_is_not_found(desk: Browser, office):
    assert desk.get("/book", patient=uuid4()).status == 404


def test_a_patient_who_left_the_clinics_care_cannot_be_booked(desk: Browser, office):
    page = desk.get("/book", patient=office.ana.id)
    office.ana.status = "discharged"
    office.session.commit()
    answer = page.form("hold").submit(slot=office.slot(at(24, 10)))
    assert answer.status in {404, 409}
    assert office.session.query(Appointment).count() == 0


@pytest.mark.parametrize(
    "query",
    [
        {"span": "forever"},
        {"start": "2026-13-40"},
        {"start": "9999-12-31"},
        {"start": "0001-01-01"},
        {"start": "2060-01-01"},
        {"sort": "name"},
        {"physician": "nobody"},
    ],
)
def test_an_address_that_makes_no_sense_is_refused_in_words(desk: Browser, office, query):
    page = desk.get("/book", patient=office.ana.id, **query)
    assert page.status == 422
    assert page.h1 == "We cannot use that as it is"


@pytest.mark.parametrize("slot", ["nonsense", "x@y", "@2026-11-24T15:00:00", "1@9999-12-31T23:59:59+00:00"])
def test_a_forged_time_is_told_and_nothing_is_held(desk: Browser, office, slot):
    page = desk.get("/book", patient=office.ana.id)
    answer = page.form("hold").send(slot=slot)
    assert answer.status == 200
    assert answer.toasts == ["! That was not one of the times shown. Choose one below."]
    assert office.session.query(Appointment).count() == 0


def test_a_visit_longer_than_any_opening_says_so(desk: Browser, office):
    office.maker.visit_type("long", name="Long visit", patient_minutes=480, physician_segments=((0, 480),))
    lena = office.maker.physician("Dr. Lena Short", closes=(at(1, 12) - timedelta(hours=5)).time())
    office.session.commit()
    page = desk.get("/book", patient=office.ana.id, type="long", physician=lena.id)
    assert "No time can be booked in these dates" in page.text
    assert "too close to the end of the opening hours" in page.text or "No time is free" in page.text


@pytest.mark.parametrize("role", [Role.PHYSICIAN, Role.ADMIN])
@pytest.mark.parametrize("path", ["/today", "/book", "/day", f"/visits/{UUID(int=7)}", f"/visits/{UUID(int=7)}/move"])
def test_other_roles_are_turned_away(sign_in_as, role, path):
    assert sign_in_as(role).get(path).status == 403
