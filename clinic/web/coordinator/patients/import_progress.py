"""One file of patients: how far it is, what the check found, the button that takes it in, and rejected.csv."""

from http import HTTPStatus
from uuid import UUID

from flask import Response, flash, jsonify, render_template
from flask.typing import ResponseReturnValue

from clinic.kernel import journal
from clinic.kernel.actor import Role
from clinic.kernel.errors import Conflict
from clinic.people import queries
from clinic.people.actions import importing
from clinic.people.actions.importing.stages import OVER, WORKING
from clinic.people.models import PatientImport
from clinic.people.queries import Rejection
from clinic.people.rules.importing.rejected import rejected_header, rejected_row
from clinic.web.coordinator import blueprint
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormModel, WholeNumber, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other

_REASONS_SHOWN = 50
_BOM = "\ufeff"


class TakeForm(FormModel):
    """The checked file as it was read on the page."""

    version: WholeNumber


@blueprint.get("/patients/import/<uuid:import_id>")
@policy.staff(Role.COORDINATOR)
def patient_import(import_id: UUID) -> str:
    """Show how far one file is."""
    with runtime().begin(by=actor()) as session:
        found = queries.patient_import(session, import_id)
        rejected = queries.rejections(session, import_id, limit=_REASONS_SHOWN)
    return render_template(
        "coordinator/patients/import.html",
        found=found,
        rejected=rejected,
        pulse=_pulse(found),
        is_working=found.state in WORKING,
        is_over=found.state in OVER,
        is_mine=found.started_by_id == actor().id,
        clinic_zone=runtime().clinic.zone,
    )


@blueprint.get("/patients/import/<uuid:import_id>/pulse")
@policy.staff(Role.COORDINATOR, polling=True)
def import_pulse(import_id: UUID) -> ResponseReturnValue:
    """Tell an open page whether there is news."""
    with runtime().begin(by=actor()) as session:
        return jsonify({"pulse": _pulse(queries.patient_import(session, import_id))})


@blueprint.post("/patients/import/<uuid:import_id>/take")
@policy.staff(Role.COORDINATOR)
def take_import(import_id: UUID) -> ResponseReturnValue:
    """Have a checked file taken in."""
    form = read_form(TakeForm)
    if isinstance(form, FormErrors):
        return see_other("coordinator.patient_import", import_id=import_id)
    try:
        with runtime().begin(by=actor()) as session:
            importing.take_import_in(session, import_id=import_id, version=form.version, by=actor(), now=now())
    except Conflict as refusal:
        flash(refusal.message, "error")
    return see_other("coordinator.patient_import", import_id=import_id)


@blueprint.post("/patients/import/<uuid:import_id>/stop")
@policy.staff(Role.COORDINATOR)
def stop_import(import_id: UUID) -> ResponseReturnValue:
    """Stop a file: what is in stays in, the rest stays out."""
    with runtime().begin(by=actor()) as session:
        importing.stop_import(session, import_id=import_id, by=actor(), now=now())
    return see_other("coordinator.patient_import", import_id=import_id)


@blueprint.get("/patients/import/<uuid:import_id>/rejected.csv")
@policy.staff(Role.COORDINATOR, fresh_mfa=True, audit="patient_import.downloaded")
def rejected_rows(import_id: UUID) -> Response:
    """Give the rows that were not taken, with the reasons, to be fixed and sent again."""
    with runtime().begin(by=actor()) as session:
        queries.patient_import(session, import_id)
        lines = [
            _line(one, is_first=place == 0) for place, one in enumerate(queries.all_rejections(session, import_id))
        ]
        journal.note(
            session,
            "patient_import.downloaded",
            subject_kind="patient_import",
            subject_id=import_id,
            at=now(),
            rows=len(lines),
        )
    answer = Response(_BOM + "".join(lines), HTTPStatus.OK, mimetype="text/csv")
    answer.headers["Content-Disposition"] = 'attachment; filename="rejected.csv"'
    return answer


def _line(one: Rejection, *, is_first: bool) -> str:
    row = rejected_row(one.names, one.cells, reason=one.reason, line=one.line)
    return rejected_header(one.names) + row if is_first else row


def _pulse(found: PatientImport) -> str:
    return f"{found.state}-{found.done_count}-{found.rejected_count}-{found.is_stop_wanted:d}"
