"""Booked dates that cannot take place: every page that says so leads to the proposal."""

import pytest

from clinic.people import actions as people
from clinic.people.rules import NewPhysician
from clinic.treatment.actions.watching import watch_courses
from clinic.treatment.rules.phases import Phase
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW
from tests.domains.treatment.plan_makers import ADMIN, book, on
from tests.web.coordinator.courses.conftest import Program


@pytest.fixture
def left(program: Program) -> Program:
    """The colleague with whom one visit of the course is booked has left."""
    colleague, _ = program.made.physician("Dr. Bea Lindqvist")
    plan = program.plan(Phase.MAINTENANCE, since=on("2026-11-02"))
    book(program.session, plan, at=on("2026-12-01"), physician_id=colleague.id)
    people.edit_physician(
        program.session,
        physician_id=colleague.id,
        new=NewPhysician(full_name=colleague.full_name, zone=colleague.zone, staff_id=colleague.staff_id),
        is_active=False,
        version=colleague.version,
        by=ADMIN,
        now=NOW,
    )
    watch_courses(program.session, now=NOW, by=COORDINATOR)
    program.session.commit()
    return program


SENTENCE = "The visit on Tue Dec 1: Dr. Bea Lindqvist does not see patients any more."


@pytest.mark.parametrize(
    ("path", "button"),
    [
        ("/patients/{patient}/course", "Look at the proposal"),
        ("/visits/{visit}", "Look at the proposal"),
        ("/courses", "See changes for Invented c, Ana"),
    ],
)
def test_the_page_says_it_and_leads_to_the_proposal(left: Program, path: str, button: str) -> None:
    [visit] = left.visits()
    page = left.desk.get(path.format(patient=left.ana.id, visit=visit.id))
    assert SENTENCE in page.text
    proposal = page.click(button)
    assert proposal.h1 == "Changes to the course"
    assert "Dr. Bea Lindqvist does not see patients any more." in proposal.text


def test_the_header_and_the_task_lead_to_the_planner_that_leads_on(left: Program) -> None:
    chart = left.desk.get(f"/patients/{left.ana.id}")
    assert "Dates no longer fit" in chart.text
    assert SENTENCE in left.desk.get("/").text
    assert SENTENCE in left.open().text
