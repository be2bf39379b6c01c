"""Sending a file of patients: chosen and sent in pieces by a script, or pasted as text without one."""

from http import HTTPStatus
from typing import Annotated, ClassVar
from uuid import UUID

from flask import jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import StringConstraints

from clinic.kernel.actor import Role
from clinic.kernel.errors import Invalid
from clinic.people import queries
from clinic.people.actions import importing
from clinic.people.rules.importing import COLUMNS
from clinic.web.coordinator import blueprint
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormModel, FormState, Line, WholeNumber, blank_form, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other

Pasted = Annotated[str, StringConstraints(max_length=120_000)]

_PASTED = "Pasted rows"


class StartForm(FormModel):
    """A file that the script is about to send."""

    file_name: Line
    size: WholeNumber


class CheckForm(FormModel):
    """The file has left the browser, in so many parts."""

    part_count: WholeNumber


class PasteForm(FormModel):
    """Rows pasted from a spreadsheet or a CSV file, with the names of the columns."""

    words: ClassVar[dict[str, str]] = {
        "rows": "Paste the rows, with the names of the columns in the first line.",
        "rows.long": "Paste at most 120,000 characters at once, or choose the file instead.",
    }

    rows: Pasted


@blueprint.get("/patients/import")
@policy.staff(Role.COORDINATOR)
def imports() -> ResponseReturnValue:
    """Show how to send a file, and the files sent before."""
    return _page(blank_form())


@blueprint.post("/patients/import")
@policy.staff(Role.COORDINATOR)
def start_import() -> ResponseReturnValue:
    """Expect a file, and say where its parts go."""
    form = read_form(StartForm)
    if isinstance(form, FormErrors):
        raise Invalid("Choose a file.")
    with runtime().begin(by=actor()) as session:
        found = importing.start_import(session, file_name=form.file_name, size=form.size, by=actor(), now=now())
    return jsonify(
        {
            "part_bytes": importing.LARGEST_PART,
            "part": url_for("coordinator.import_part", import_id=found.id, position=0).removesuffix("0"),
            "check": url_for("coordinator.check_import", import_id=found.id),
            "stop": url_for("coordinator.stop_import", import_id=found.id),
        }
    )


@blueprint.post("/patients/import/<uuid:import_id>/parts/<int:position>")
@policy.staff(Role.COORDINATOR, body="text/csv")
def import_part(import_id: UUID, position: int) -> ResponseReturnValue:
    """Keep one part of the file."""
    content = request.get_data()
    with runtime().begin(by=actor()) as session:
        importing.receive_part(session, import_id=import_id, position=position, content=content, by=actor(), now=now())
    return "", HTTPStatus.NO_CONTENT


@blueprint.post("/patients/import/<uuid:import_id>/check")
@policy.staff(Role.COORDINATOR)
def check_import(import_id: UUID) -> ResponseReturnValue:
    """Have the file checked, now that it is whole."""
    form = read_form(CheckForm)
    if isinstance(form, FormErrors):
        raise Invalid("The file did not arrive whole. Send it again.")
    with runtime().begin(by=actor()) as session:
        importing.check_import(session, import_id=import_id, part_count=form.part_count, by=actor(), now=now())
    return jsonify({"page": url_for("coordinator.patient_import", import_id=import_id)})


@blueprint.post("/patients/import/paste")
@policy.staff(Role.COORDINATOR)
def paste_import() -> ResponseReturnValue:
    """Have pasted rows checked."""
    form = read_form(PasteForm)
    if isinstance(form, FormErrors):
        return _page(form)
    try:
        import_id = _keep_pasted(form.rows.encode())
    except Invalid as refusal:
        return _page(form.refused(refusal))
    return see_other("coordinator.patient_import", import_id=import_id)


def _keep_pasted(content: bytes) -> UUID:
    size = importing.LARGEST_PART
    parts = [content[start : start + size] for start in range(0, len(content), size)]
    with runtime().begin(by=actor()) as session:
        found = importing.start_import(session, file_name=_PASTED, size=len(content), by=actor(), now=now())
        for position, part in enumerate(parts):
            importing.receive_part(session, import_id=found.id, position=position, content=part, by=actor(), now=now())
        importing.check_import(session, import_id=found.id, part_count=len(parts), by=actor(), now=now())
        return found.id


def _page(form: FormState) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        earlier = queries.patient_imports(session)
    page = render_template(
        "coordinator/patients/imports.html",
        form=form,
        earlier=earlier,
        columns=COLUMNS,
        clinic_zone=runtime().clinic.zone,
        largest=importing.LARGEST_FILE,
    )
    return page, form.status
