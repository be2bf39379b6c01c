"""Who drifts: the list with its counts, filters, search, buttons and file."""

import csv
from io import StringIO

import pytest

from clinic.kernel.actor import Role
from clinic.people import actions as people
from clinic.people.rules import NewPhysician
from clinic.treatment.rules.phases import Phase
from tests.domains.treatment.plan_makers import on
from tests.web.coordinator.courses.conftest import Program
from tests.web.html import Page, text_of


@pytest.fixture
def drifting(program: Program) -> Program:
    """One patient long overdue, one in the evaluation with another physician."""
    plan = program.plan(Phase.MAINTENANCE)
    program.take(plan, on("2026-09-10"))
    raman, _ = program.made.physician("Dr. Priya Raman")
    program.made.plan(Phase.EVALUATION, patient=program.made.patient(legal_last_name="Okonjo"), physician=raman)
    program.session.commit()
    return program


def rows(page: Page) -> list[str]:
    return [text_of(item) for item in page.select("tbody th")]


def test_the_worst_stands_first_with_its_window_and_its_step(drifting: Program):
    page = drifting.desk.get("/courses")
    assert page.h1 == "Courses"
    assert len(rows(page)) == 2
    assert rows(page)[1] == "Okonjo, Ana"
    bars = page.select(".window-bar")
    assert [bar.get("role") for bar in bars] == ["img", "img"]
    assert bars[0].get("aria-label").startswith("Last one")


def test_a_row_leads_to_the_planner_and_its_button_to_the_step(drifting: Program):
    page = drifting.desk.get("/courses")
    assert page.click(rows(page)[0]).h1 == "Course"
    assert page.click("Book physician visit for Okonjo, Ana").h1 == "Book a visit"


def test_counts_and_the_physician_filter_the_list(drifting: Program):
    page = drifting.desk.get("/courses")
    counts = page.texts(".counts a")
    assert counts[0] == "2 in all"
    evaluation = page.click("1 Evaluation open")
    assert rows(evaluation) == ["Okonjo, Ana"]
    okafor = page.form("filters").submit(physician=drifting.made.okafor.id)
    assert "Okonjo, Ana" not in rows(okafor)
    assert len(rows(okafor)) == 1


def test_a_name_is_found_without_standing_in_an_address(drifting: Program):
    page = drifting.desk.get("/courses").form("named").submit(q="okon")
    assert rows(page) == ["Okonjo, Ana"]
    assert page.path == "/courses"
    nobody = page.form("named").submit(q="zzz")
    assert "Nobody with that name" in nobody.text


def test_without_any_plan_the_page_says_what_will_be_here(program: Program):
    assert "No courses yet" in program.desk.get("/courses").text


def test_the_list_leaves_as_a_file_with_the_same_filters(drifting: Program):
    page = drifting.desk.get("/courses").click("1 Evaluation open").click("Export CSV")
    assert page.response.mimetype == "text/csv"
    lines = list(csv.reader(StringIO(page.response.get_data(as_text=True).lstrip("\ufeff"))))
    assert lines[0][:3] == ["patient", "status", "phase"]
    assert [line[0] for line in lines[1:]] == ["Okonjo, Ana"]


def test_a_page_beyond_the_last_is_the_last(drifting: Program):
    assert len(rows(drifting.desk.get("/courses", page="99"))) == 2


@pytest.mark.parametrize("asked", [{"status": "asleep"}, {"physician": "7"}, {"page": "x"}])
def test_filters_that_are_none_are_refused(drifting: Program, asked: dict[str, str]):
    assert drifting.desk.get("/courses", **asked).status == 422


def test_names_of_patients_are_not_for_administrators(drifting: Program, sign_in_as):
    assert sign_in_as(Role.ADMIN, name="Morgan Ellery").get("/courses").status == 403


def test_the_chart_says_where_the_course_stands(drifting: Program):
    chart = drifting.desk.get(f"/patients/{drifting.ana.id}")
    assert "Maintenance" in chart.text
    assert chart.click("Open the planner").h1 == "Course"


def test_a_plan_whose_physician_has_left_leads_to_choosing_another(program: Program):
    program.plan(Phase.MAINTENANCE)
    okafor = program.made.okafor
    people.edit_physician(
        program.session,
        physician_id=okafor.id,
        new=NewPhysician(full_name=okafor.full_name, zone=okafor.zone, staff_id=okafor.staff_id),
        is_active=False,
        version=okafor.version,
        by=program.made.admin,
        now=program.made.clinic.now,
    )
    program.session.commit()
    page = program.desk.get("/courses")
    assert "Physician has left" in page.text
    name = rows(page)[0]
    assert page.click(f"Choose physician for {name}").form("lead")
    assert program.open().click("Choose another physician").form("lead")
