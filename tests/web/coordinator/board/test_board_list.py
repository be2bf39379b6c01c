"""The list with its filters, and the file that has the same ones."""

import csv
from io import StringIO

import pytest
from sqlalchemy import select

from clinic.audit.models import AuditEvent
from clinic.scheduling import actions
from tests.domains.scheduling.calendar_makers import RING, at
from tests.web.coordinator.conftest import SAM
from tests.web.html import Browser, Page, text_of

DAY = {"first": "2026-11-24", "last": "2026-11-24"}


@pytest.fixture
def three(office):
    """A booked, a confirmed and a canceled visit on three days, with two physicians, in two states."""
    newark = office.maker.patient(
        legal_last_name="Abbot", state="NJ", city="Newark", postal_code="07102", county_fips="34013"
    )
    first = office.maker.visit(newark, office.okafor, at(24, 10))
    second = office.visit(at(25, 11))
    office.maker.visit_type("initial", name="Initial consultation")
    third = office.maker.visit(office.maker.patient(), office.herrera, at(26, 12), visit_type_code="initial")
    actions.confirm(office.session, appointment_id=second.id, via="staff", by=SAM, now=office.maker.now)
    actions.cancel(office.session, appointment_id=third.id, reason="clinic_request", by=SAM, now=office.maker.now)
    office.session.commit()
    return first, second, third


def lines(page: Page) -> list[str]:
    return page.texts("tbody tr")


def test_a_week_from_today_is_listed_by_time(desk: Browser, three):
    page = desk.get("/board/list")
    assert [line[:11] for line in lines(page)] == ["Tue, Nov 24", "Wed, Nov 25", "Thu, Nov 26"]
    assert page.texts(".counts a") == ["3 in all", "1 unconfirmed", "1 confirmed", "1 canceled"]


@pytest.mark.parametrize(
    ("query", "days"),
    [
        ({"state": "confirmed"}, ["25"]),
        ({"type": "initial"}, ["26"]),
        ({"where": "NJ"}, ["24"]),
        ({"sort": "latest"}, ["26", "25", "24"]),
        ({"sort": "patient"}, ["24", "25", "26"]),
        ({"sort": "physician"}, ["24", "25", "26"]),
        ({"sort": "status"}, ["24", "26", "25"]),
        ({"first": "2026-11-25"}, ["25"]),
        ({"first": "2026-11-25", "last": "2026-11-26"}, ["25", "26"]),
        ({"type": "nothing"}, []),
    ],
)
def test_filters_and_orders(desk: Browser, three, query, days):
    assert [line[9:11] for line in lines(desk.get("/board/list", **query))] == days


def test_filters_stay_when_another_one_is_chosen(desk: Browser, office, three):
    page = desk.get("/board/list").form("filters").submit(physician=str(office.okafor.id), where="FL")
    assert len(lines(page)) == 1
    assert len(lines(page.click("1 confirmed"))) == 1
    week = page.click("Week")
    assert week.h1 == "Dr. Amara Okafor"
    assert page.form("filters").values["where"] == ["FL"]


def test_several_physicians_are_chosen_and_stay_in_every_address(desk: Browser, office, three):
    okafor, herrera = str(office.okafor.id), str(office.herrera.id)
    office.maker.visit(office.maker.patient(), office.maker.physician("Dr. Bea Lindqvist"), at(25, 9))
    office.session.commit()
    assert len(lines(desk.get("/board/list"))) == 4
    page = desk.get("/board/list").form("filters").submit(physician=[okafor, herrera])
    assert len(lines(page)) == 3
    assert page.texts("#choose summary") == ["2 chosen"]
    assert set(page.form("filters").values["physician"]) == {okafor, herrera}
    assert len(lines(page.click("1 confirmed").click("3 in all"))) == 3
    assert {row["physician"] for row in rows_of(page.click("Export CSV"))} == {"Dr. Amara Okafor", "Dr. Luis Herrera"}
    assert set(page.click("Day").texts(".column-name")) == {"Dr. Amara Okafor", "Dr. Luis Herrera"}
    assert page.click("Day").click("List").texts("#choose summary") == ["2 chosen"]
    assert page.form("filters").submit(physician=[okafor]).texts("#choose summary") == ["Dr. Amara Okafor"]


def test_nothing_in_these_filters_is_not_nothing_on_these_days(desk: Browser, three):
    page = desk.get("/board/list", state="missed")
    assert "Nothing with these filters" in page.text
    assert len(lines(page.click("Show all"))) == 3
    assert "No visits on this day" in desk.get("/board/list", first="2026-12-06").text


@pytest.mark.parametrize(
    "query",
    [
        {"first": "2026-11-24", "last": "2026-11-23"},
        {"first": "2026-11-24", "last": "2027-01-23"},
        {"first": "x"},
        {"sort": "patient;drop table"},
        {"state": "banana"},
        {"where": "NY"},
        {"page": "0"},
        {"physician": "me"},
    ],
)
@pytest.mark.parametrize("path", ["/board/list", "/board/list.csv"])
def test_odd_filters_are_refused_in_words(desk: Browser, path, query):
    assert desk.get(path, **query).status == 422


def test_sixty_days_are_the_most(desk: Browser, three):
    assert desk.get("/board/list", first="2026-11-24", last="2027-01-22").status == 200


def test_many_visits_come_in_pages_and_all_in_the_file(desk: Browser, office):
    patients = [office.maker.patient() for _ in range(4)]
    for number, patient in enumerate(patients):
        for slot in range(16):
            physician = office.okafor if number % 2 else office.herrera
            hour = at(24 + number // 2, 9 + slot // 2 + (0 if number % 2 else 1), slot % 2 * 30)
            office.maker.visit(patient, physician, hour)
    office.session.commit()
    page = desk.get("/board/list")
    assert len(lines(page)) == 50
    assert len(lines(page.click("Next ›"))) == 14
    assert len(lines(desk.get("/board/list", page=99))) == 14
    assert len(file_of(desk)) == 64


def test_the_old_address_of_the_day_leads_to_its_list(desk: Browser, office, three):
    page = desk.get("/day", on="2026-11-25", physician=office.okafor.id)
    assert page.path.startswith("/board/list")
    assert len(lines(page)) == 1


def file_of(desk: Browser, **query: object) -> list[dict[str, str]]:
    page = desk.get("/board/list.csv", **query)
    assert page.response.mimetype == "text/csv"
    return rows_of(page)


def rows_of(page: Page) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(page.response.get_data(as_text=True), newline="")))


def test_the_file_has_the_lists_filters_and_names_both_clocks(desk: Browser, three):
    assert [row["date"] for row in file_of(desk)] == ["2026-11-24", "2026-11-25", "2026-11-26"]
    [row] = file_of(desk, state="canceled")
    assert (row["start"], row["end"], row["status"], row["visit"]) == (
        "12:00",
        "12:30",
        "Canceled",
        "Initial consultation",
    )
    assert (row["cancel_reason"], row["physician"]) == ("clinic_request", "Dr. Luis Herrera")
    answer = desk.get("/board/list.csv", **DAY).response
    assert 'filename="visits-2026-11-24-2026-11-24.csv"' in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("start", ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "＝1+1"])
def test_no_cell_of_the_file_is_a_formula(desk: Browser, office, start):
    office.visit(at(24, 10))
    actions.overbook_now(
        office.session, visit_type_code="follow_up", patient_id=office.maker.patient().id,
        physician_id=office.okafor.id, starts_at=at(24, 10), reason=f"{start} and more", by=SAM,
        now=office.maker.now, ring=RING,
    )  # fmt: skip
    office.session.commit()
    reasons = {row["overbooked_because"] for row in file_of(desk)}
    assert reasons == {"", f"'{start} and more"}


def test_the_journal_says_who_took_how_many_rows_of_whom(desk: Browser, office, three):
    file_of(desk, where="FL")
    [event] = office.session.scalars(select(AuditEvent).where(AuditEvent.action == "visits.exported"))
    assert event.details["rows"] == 2
    assert event.details["where"] == "FL"
    assert len(event.patient_ids) == 2


def test_the_file_asks_for_the_second_factor_again(desk: Browser, office, clock, three):
    clock.advance(minutes=6)
    assert desk.get("/board/list").status == 200
    page = desk.get("/board/list.csv")
    assert page.path.startswith("/sign-in/again")
    assert "date" not in text_of(page.main)[:20]


def test_a_live_hold_is_listed_and_a_dead_one_is_not(desk: Browser, office, clock):
    office.take(at(24, 10))
    assert "Held 10:00" in lines(desk.get("/board/list"))[0]
    clock.advance(minutes=11)
    assert lines(desk.get("/board/list")) == []
