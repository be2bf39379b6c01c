"""The board of intakes under way: whose turn it is and for how long, never what was answered."""

from typing import Annotated

from flask import render_template
from pydantic import Field

from clinic.intake.queries.board import IntakeRow, intakes_under_way
from clinic.kernel import journal
from clinic.kernel.actor import Role
from clinic.web.coordinator import blueprint
from clinic.web.frame import policy
from clinic.web.frame.forms import FormModel, WholeNumber, read_query
from clinic.web.frame.paging import PAGE_SIZE, Page, offset_of
from clinic.web.frame.requests import actor, now, runtime
from clinic.web.intake_words import LOOKS, NEXT


class BoardQuery(FormModel):
    """The page of the board."""

    page: Annotated[WholeNumber, Field(ge=1)] = 1


@blueprint.get("/intakes")
@policy.staff(Role.COORDINATOR, audit="intakes.listed")
def intakes() -> str:
    """List every intake that is not decided, the longest standing first."""
    wanted = read_query(BoardQuery)
    with runtime().begin(by=actor()) as session:
        page = _page_of(intakes_under_way(session), wanted.page)
        seen = tuple(each.patient_id for each in page.rows)
        journal.note(session, "intakes.listed", subject_kind="patient", subject_id=None, at=now(), patient_ids=seen)
    return render_template("coordinator/intakes/board.html", page=page, looks=LOOKS, next=NEXT)


def _page_of(rows: list[IntakeRow], number: int) -> Page[IntakeRow]:
    """Return the page asked for, or the last one when the board has become shorter."""
    number = min(number, Page(rows=(), number=1, total=len(rows)).last)
    start = offset_of(number)
    return Page(rows=rows[start : start + PAGE_SIZE], number=number, total=len(rows))
