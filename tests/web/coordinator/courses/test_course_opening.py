"""Opening a plan at the desk."""

from collections.abc import Callable

import pytest

from clinic.kernel.actor import Role
from tests.web.coordinator.courses.conftest import Program
from tests.web.html import Browser


def test_a_patient_without_a_plan_is_offered_one_and_it_begins_with_the_evaluation(program: Program):
    page = program.open()
    assert "No plan yet" in page.text
    form = page.click("Open a plan").form("open-course")
    opened = form.submit(physician=program.made.okafor.id, prior_sessions=3, prior_session_on="2026-10-01")
    assert "Plan opened." in opened.toasts[0]
    assert "Evaluation" in opened.text
    assert "Standard program, version 1" in opened.text


def test_the_physician_of_the_care_team_is_chosen_already(program: Program):
    program.made.clinic.visit(program.ana, program.made.okafor, program.made.clinic.now.replace(hour=20))
    program.session.commit()
    form = program.desk.get(f"{program.planner}/open").form("open-course")
    assert form.values["physician"] == [str(program.made.okafor.id)]


@pytest.mark.parametrize(
    ("box", "typed", "said"),
    [
        ("physician", None, "Choose the physician."),
        ("prior_sessions", "a few", "Enter a whole number, 0 for none."),
        ("prior_sessions", "900", "Enter a number from 0 to 200."),
        ("prior_session_on", "1066-10-14", "Enter a day after 1989."),
    ],
)
def test_what_cannot_be_used_is_said_at_its_box(program: Program, box, typed, said):
    form = program.desk.get(f"{program.planner}/open").form("open-course")
    page = form.submit(**({"physician": program.made.okafor.id} | {box: typed}))
    assert page.status == 422
    assert page.errors[box] == said


def test_a_second_plan_is_refused_with_the_way_to_the_first(program: Program):
    form = program.desk.get(f"{program.planner}/open").form("open-course")
    program.plan()
    page = form.submit(physician=program.made.okafor.id)
    assert page.status == 409
    assert page.click("Look at it").h1 == "Course"


@pytest.mark.parametrize("role", [Role.PHYSICIAN, Role.ADMIN])
@pytest.mark.parametrize("page", ["", "/open", "/wishes", "/changes"])
def test_the_pages_of_a_course_are_the_coordinators(
    program: Program, sign_in_as: Callable[..., Browser], role: Role, page: str
):
    assert sign_in_as(role, name="Lee Park").get(f"{program.planner}{page}").status == 403


def test_nobody_has_a_course_whom_we_do_not_know(program: Program):
    unknown = program.made.okafor.id
    for page in ("", "/open", "/wishes", "/changes"):
        assert program.desk.get(f"/patients/{unknown}/course{page}").status == 404
