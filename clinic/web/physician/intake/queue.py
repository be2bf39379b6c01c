"""Whose intake waits for the reader, the oldest first."""

from typing import Annotated

from flask import Flask, render_template
from flask.blueprints import BlueprintSetupState
from pydantic import Field

from clinic.dashboards.menu_counts import undecided_intakes
from clinic.intake.queries.board import IntakeRow, waiting_intakes
from clinic.kernel import journal
from clinic.kernel.actor import Role
from clinic.people.queries import panel_of
from clinic.web.frame import policy
from clinic.web.frame.forms import FormModel, WholeNumber, read_query
from clinic.web.frame.navigation import count_with
from clinic.web.frame.paging import PAGE_SIZE, Page, offset_of
from clinic.web.frame.requests import actor, now, runtime
from clinic.web.physician import blueprint
from clinic.web.physician.own import own_record


class QueueQuery(FormModel):
    """The page of the queue."""

    page: Annotated[WholeNumber, Field(ge=1)] = 1


@blueprint.get("/intakes/waiting")
@policy.staff(Role.PHYSICIAN, audit="intakes.listed")
def intakes() -> str:
    """List the intakes of the reader's patients that wait for a decision."""
    wanted = read_query(QueueQuery)
    with runtime().begin(by=actor()) as session:
        page = page_of(waiting_intakes(session, panel_of(own_record(session).id, now())), wanted.page)
        seen = tuple(each.patient_id for each in page.rows)
        journal.note(session, "intakes.listed", subject_kind="patient", subject_id=None, at=now(), patient_ids=seen)
    return render_template("physician/intake/queue.html", page=page)


def page_of(rows: list[IntakeRow], number: int) -> Page[IntakeRow]:
    """Return the page asked for, or the last one when the queue has become shorter."""
    number = min(number, Page(rows=(), number=1, total=len(rows)).last)
    start = offset_of(number)
    return Page(rows=rows[start : start + PAGE_SIZE], number=number, total=len(rows))


@blueprint.record
def _count(state: BlueprintSetupState) -> None:
    assert isinstance(state.app, Flask)
    count_with(state.app, "physician.intakes", undecided_intakes)
