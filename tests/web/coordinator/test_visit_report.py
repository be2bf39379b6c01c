"""The visit report's page and files: filters that stay, values beside each drawing, whose visits one may count."""

import csv
from datetime import timedelta
from io import StringIO

import pytest
from sqlalchemy import select, update

from clinic.access.models import StaffAccount
from clinic.audit.models import AuditEvent
from clinic.kernel.actor import Role
from clinic.people.models import Physician
from clinic.scheduling import actions
from tests.domains.scheduling.calendar_makers import at

TABLES = ("no_shows", "late_cancels", "reasons", "lead_times", "use", "moves")


@pytest.fixture
def lived(office):
    """A visit that took place, one missed, one canceled, all on Friday."""
    early = office.maker.now - timedelta(days=10)
    by = {"by": office.maker.by}
    done, missed, canceled = (
        office.maker.visit(office.maker.patient(), office.okafor, at(20, hour), now=early) for hour in (10, 11, 13)
    )
    actions.arrive(office.session, appointment_id=done.id, now=at(20, 10), **by)
    actions.complete(office.session, appointment_id=done.id, now=at(20, 10, 30), **by)
    actions.mark_no_show(office.session, appointment_id=missed.id, now=at(20, 11, 30), **by)
    actions.cancel(office.session, appointment_id=canceled.id, reason="patient_unwell", now=at(20, 8), **by)
    office.session.commit()
    return office


def table(page, title):
    return [row.split(" ") for row in page.texts(f"#{title} tbody tr")]


def file(page, key):
    link = next(one.get("href") for one in page.select(f"#{key} a.button"))
    return page.browser.get(link)


def rows(answer):
    return list(csv.reader(StringIO(answer.response.get_data(as_text=True).removeprefix("\ufeff"), newline="")))


def test_the_report_of_the_last_weeks_counts_what_happened(desk, lived):
    page = desk.get("/reports/visits")
    assert "Oct 5, 2026 to Nov 23, 2026, Eastern time. 3 visits whose time has come" in page.text
    figures = " ".join(page.texts(".figures div"))
    for said in ("No-shows50.0% 1/2", "Canceled late33.3% 1/3", "Canceled in time0 of 3 visits"):
        assert said in figures
    assert page.texts("#no_shows tbody tr")[6] == "Nov 16, 20261/250.0%10"
    assert page.texts("#reasons tbody tr") == ["The patient is not well101"]
    assert page.texts("#lead_times tbody tr")[3] == "4–72100.0%"
    use = page.texts("#use tbody tr")
    assert use[0].startswith("Dr. Amara Okafor1 h 00")


def test_each_table_states_its_definition(desk, lived):
    text = desk.get("/reports/visits").text
    for said in (
        "A no-show is a visit at whose time the patient did not come",
        "less than 24 hours before its start; it is not a no-show",
        "visits still to come do not count",
        "overbooked visits are counted apart",
        "nobody took back",
        "number of calendar days from the first booking",
    ):
        assert said in text


def test_every_drawing_has_its_values_in_a_table(desk, lived):
    page = desk.get("/reports/visits")
    for section in page.select("section.report"):
        svgs = [item for item in section.iter() if item.tag.endswith("svg")]
        assert [svg.get("class") for svg in svgs] in ([], ["chart is-wide", "chart is-narrow"])
        if svgs:
            assert [item for item in section.iter() if item.tag == "details"]
    assert len(page.select(".chart")) == 12


def test_filters_stay_and_leave_out(desk, lived):
    herrera = str(lived.herrera.id)
    form = desk.get("/reports/visits").form("filters")
    page = form.submit(first="2026-11-16", last="2026-11-22", physician=herrera)
    assert "0 visits whose time has come" in page.text
    assert "No visits in these days" in page.text
    assert page.form("filters").values["physician"] == [herrera]
    for filters, total in (
        ({"physician": str(lived.okafor.id)}, 3),
        ({"type": "follow_up"}, 3),
        ({"type": "nothing"}, 0),
        ({"where": "FL"}, 3),
        ({"where": "NJ"}, 0),
        ({"first": "2026-11-21", "last": "2026-11-22"}, 0),
    ):
        assert f" {total} visit" in desk.get("/reports/visits", **filters).text


@pytest.mark.parametrize(
    "query",
    [
        {"first": "2026-11-23", "last": "2026-11-22"},
        {"first": "2025-11-22", "last": "2026-11-23"},
        {"first": "tomorrow"},
        {"where": "TX"},
        {"physician": "1"},
        {"unknown": "1"},
        {"first": ["2026-11-01", "2026-11-02"]},
    ],
)
def test_days_that_make_no_report_are_refused_with_a_sentence(desk, office, query):
    for path in ("/reports/visits", "/reports/visits/use.csv"):
        page = desk.get(path, **query)
        assert page.status == 422


def test_a_year_and_a_day_ahead_can_be_asked_for(desk, lived):
    assert desk.get("/reports/visits", first="2025-11-23", last="2026-11-23").status == 200
    assert desk.get("/reports/visits", first="2027-06-01").status == 200


@pytest.mark.parametrize("key", TABLES)
def test_each_table_is_a_file_with_the_same_rows_and_an_audit_entry(desk, lived, key):
    page = desk.get("/reports/visits", where="FL")
    answer = file(page, key)
    assert answer.response.mimetype == "text/csv"
    assert answer.response.headers["Cache-Control"] == "no-store"
    found = rows(answer)
    assert len(found) - 1 == len(page.select(f"#{key} tbody tr"))
    event = lived.session.scalars(select(AuditEvent).where(AuditEvent.action == "report.exported")).one()
    assert event.details == {
        "table": key,
        "rows": len(found) - 1,
        "first": "2026-10-05",
        "last": "2026-11-23",
        "where": "FL",
    }


def test_a_file_holds_numbers_to_count_with(desk, lived):
    found = rows(file(desk.get("/reports/visits"), "no_shows"))
    assert found[0] == ["week_of", "no_shows", "took_place_or_missed", "percent", "no_outcome_yet"]
    assert found[7] == ["2026-11-16", "1", "2", "50.0", "0"]
    assert found[1] == ["2026-10-05", "0", "0", "", "0"]


def test_a_name_that_looks_like_a_formula_stays_a_name_in_the_file(desk, lived):
    lived.session.execute(update(Physician).where(Physician.id == lived.okafor.id).values(full_name="=HYPERLINK(1)"))
    lived.session.commit()
    assert "'=HYPERLINK(1)" in {row[0] for row in rows(file(desk.get("/reports/visits"), "use"))}


def test_there_is_no_file_of_another_name(desk, office):
    assert desk.get("/reports/visits/patients.csv").status == 404


def test_the_report_names_no_patient(desk, lived):
    whole = desk.get("/reports/visits").response.get_data(as_text=True)
    assert "Invented" not in whole


def test_physicians_count_their_own_visits_whatever_the_address_says(sign_in_as, lived):
    me = sign_in_as(Role.PHYSICIAN, name="Luis Herrera")
    assert me.get("/reports/visits").status == 404
    account = lived.session.scalars(select(StaffAccount.id).where(StaffAccount.full_name == "Luis Herrera")).one()
    lived.session.execute(update(Physician).where(Physician.id == lived.herrera.id).values(staff_id=account))
    lived.session.commit()
    page = me.get("/reports/visits", physician=str(lived.okafor.id))
    assert " 0 visits whose time has come" in page.text
    assert "Okafor" not in page.response.get_data(as_text=True)
    assert rows(me.get("/reports/visits/use.csv", physician=str(lived.okafor.id)))[1][0] == "Dr. Luis Herrera"


def test_administrators_may_read_it_and_strangers_may_not(sign_in_as, anybody, lived):
    assert " 3 visits" in sign_in_as(Role.ADMIN, name="Morgan Ellery").get("/reports/visits").text
    assert "sign-in" in anybody.get("/reports/visits").path
