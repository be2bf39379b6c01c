"""Whose intake waits for the reader, the oldest first."""

from flask import Flask, render_template
from flask.blueprints import BlueprintSetupState

from clinic.dashboards.menu_counts import undecided_intakes
from clinic.intake.queries.board import waiting_intakes
from clinic.kernel import journal
from clinic.kernel.actor import Role
from clinic.people.queries import panel_of
from clinic.web.frame import policy
from clinic.web.frame.forms import read_query
from clinic.web.frame.navigation import count_with
from clinic.web.frame.paging import page_of
from clinic.web.frame.requests import actor, now, runtime
from clinic.web.physician import blueprint
from clinic.web.physician.own import own_record
from clinic.web.physician.queue import QueueQuery


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


@blueprint.record
def _count(state: BlueprintSetupState) -> None:
    assert isinstance(state.app, Flask)
    count_with(state.app, "physician.intakes", undecided_intakes)
