"""The first page of the area: the next visit, what is left to do, and the way to everything else."""

from uuid import UUID

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from clinic.access import actions as access
from clinic.kernel import journal
from clinic.kernel.errors import NotFound
from clinic.monitoring.queries.check_ins import open_to_patient
from clinic.scheduling import queries
from clinic.scheduling.rules.states import AppointmentState
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormModel, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other, visitor
from clinic.web.patient import blueprint
from clinic.web.patient.area.todo import Reading, tasks_of
from clinic.web.patient.deliveries.finding import reader

SEEN = "area.viewed"
_PAST_SHOWN = 5


class CheckInForm(FormModel):
    """The check-in to begin."""

    check_in: UUID


@blueprint.get("/me/home")
@policy.patient_area(audit=SEEN)
def home() -> str:
    """Show what comes next and the one thing to do about it."""
    with runtime().begin(by=actor()) as session:
        patient = reader(session)
        journal.note(session, SEEN, subject_kind="patient", subject_id=patient.id, at=now(), patient_ids=(patient.id,))
        visits = queries.upcoming_for_patient(session, patient_id=patient.id, now=now())
        past = queries.past_for_patient(session, patient_id=patient.id, now=now(), limit=_PAST_SHOWN * 2)
        tasks = tasks_of(Reading(session=session, patient=patient, visits=visits, now=now()))
        return render_template(
            "patient/area/home.html",
            patient=patient,
            visits=visits,
            past=[row for row in past if row.state == AppointmentState.COMPLETED][:_PAST_SHOWN],
            first=tasks[0] if tasks else None,
            others=tasks[1:],
        )


@blueprint.post("/me/check-in")
@policy.patient_area()
def open_check_in() -> ResponseReturnValue:
    """Take one of the patient's own open check-ins in hand."""
    form, session_id = read_form(CheckInForm), visitor().session_id
    if isinstance(form, FormErrors):
        return see_other("patient.home")
    assert session_id is not None
    with runtime().begin(by=actor()) as session:
        if form.check_in not in {one.id for one in open_to_patient(session, reader(session).id)}:
            raise NotFound(
                _("There is no page at this address, or it is not open to you. Check the address or start again.")
            )
        access.take_in_hand(session, session_id=session_id, opened_id=form.check_in)
    return see_other("patient.check_in")
