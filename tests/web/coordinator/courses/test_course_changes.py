"""Proposed changes after a moved or canceled session, and the banner that leads to them."""

from datetime import timedelta

from clinic.scheduling import actions as scheduling
from clinic.scheduling.models import Appointment
from tests.domains.scheduling.calendar_makers import COORDINATOR, RING
from tests.web.coordinator.courses.conftest import Program
from tests.web.html import Page

CHANGES = "changes"


def booked_course(program: Program) -> list[Appointment]:
    program.plan()
    program.open().form("book-course").submit()
    return program.visits()


def move_near_the_next(program: Program) -> list[Appointment]:
    """Move the second session to the day before the third, which is closer than the program allows."""
    visits = [one for one in booked_course(program) if one.visit_type_code == "induction_session"]
    second, third = visits[1:3]
    moved_to = third.starts_at - timedelta(days=1)
    scheduling.move(
        program.session,
        appointment_id=second.id,
        physician_id=second.physician_id,
        starts_at=moved_to,
        version=second.version,
        ignore_notice=True,
        tell=False,
        reason=None,
        by=COORDINATOR,
        now=program.made.clinic.now,
        ring=RING,
    )
    program.session.commit()
    return visits


def proposal(program: Program) -> Page:
    return program.desk.get(f"{program.planner}/changes")


def test_a_course_that_fits_needs_no_change(program: Program):
    booked_course(program)
    page = proposal(program)
    assert "Everything fits" in page.text
    assert CHANGES not in page.forms


def test_a_moved_session_leads_from_its_page_to_the_proposal(program: Program):
    visits = move_near_the_next(program)
    page = program.desk.get(f"/visits/{visits[1].id}")
    assert "Later visits no longer fit" in page.text
    assert page.click("Look at the proposal").h1 == "Changes to the course"
    assert "Later visits no longer fit" in program.open().text


def test_every_line_says_what_why_and_is_ticked(program: Program):
    move_near_the_next(program)
    page = proposal(program)
    boxes = page.select("[name=row]")
    assert boxes
    assert all(box.get("checked") is not None for box in boxes)
    assert any("48 hours" in words or "72" in words for words in page.texts(".notice li"))
    assert "Move" in " ".join(page.texts(".chip"))


def test_all_changes_are_made_with_one_text_and_then_everything_fits(program: Program):
    move_near_the_next(program)
    page = proposal(program).form(CHANGES).submit("Apply all")
    assert "changed. One text tells of the new dates;" in page.toasts[0]
    assert program.texts() == ["COURSE_BOOKED"], "nobody was told of the first dates yet"
    assert "Everything fits" in proposal(program).text
    assert "Later visits no longer fit" not in page.text


def test_all_means_all_whatever_is_ticked(program: Program):
    move_near_the_next(program)
    page = proposal(program).form(CHANGES).submit("Apply all", row=None)
    assert "changed." in page.toasts[0]
    assert "Everything fits" in proposal(program).text


def test_nothing_ticked_changes_nothing(program: Program):
    visits = move_near_the_next(program)
    before = {one.id: one.starts_at for one in visits}
    page = proposal(program).form(CHANGES).submit("Apply chosen", row=None)
    assert "Nothing was ticked, so nothing changed." in page.toasts[0]
    assert {one.id: one.starts_at for one in program.visits() if one.id in before} == before


def test_a_proposal_that_is_out_of_date_changes_nothing(program: Program):
    move_near_the_next(program)
    form = proposal(program).form(CHANGES)
    form.submit("Apply all")
    refused = form.submit("Apply all")
    assert refused.status == 409
    assert "Nothing was changed" in refused.text


def test_what_no_browser_sends_is_told_and_changes_nothing(program: Program):
    move_near_the_next(program)
    form = proposal(program).form(CHANGES)
    assert "could not be read" in form.send(which="some").toasts[0]
    assert form.send("Apply chosen", row="nonsense").status in {200, 409, 422}


def test_a_move_on_the_board_says_that_later_visits_no_longer_fit(program: Program):
    visits = [one for one in booked_course(program) if one.visit_type_code == "induction_session"]
    second, third = visits[1:3]
    page = program.desk.get("/board", on=second.starts_at.date().isoformat())
    answer = program.desk.client.post(
        f"/board/visits/{second.id}/move",
        data={
            "physician": str(second.physician_id),
            "starts_at": (third.starts_at - timedelta(days=1)).isoformat(),
            "version": second.version,
            "tell": "yes",
            "csrf_token": next(one.get("content") for one in page.select("meta") if one.get("name") == "csrf-token"),
        },
        headers=dict(program.desk.headers),
    )
    assert "Later visits no longer fit" in answer.get_json()["said"]
