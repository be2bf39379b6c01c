"""Starting a plan for a patient who has none."""

from typing import ClassVar
from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic.kernel.actor import Role
from clinic.kernel.errors import Conflict, Invalid
from clinic.people.models import Patient
from clinic.treatment import actions, queries
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormState, IsoDate, WholeNumber, blank_form, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.physician import blueprint
from clinic.web.physician.own import own_record
from clinic.web.physician.plans.details import Indicated, indication_choices, physician_choices
from clinic.web.physician.plans.editing import at_its_box
from clinic.web.physician.plans.reading import own_patient, seen_patient
from clinic.web.physician.protocols.sentences import sentences


class StartForm(Indicated):
    """Who treats the patient by which protocol, for what, and what was before."""

    physician_id: UUID
    protocol_version_id: UUID
    prior_sessions: WholeNumber = 0
    prior_session_on: IsoDate | None = None

    words: ClassVar[dict[str, str]] = {**Indicated.words, "protocol_version_id": "Choose a protocol."}


def start_page(session: Session, patient: Patient, form: FormState | None = None) -> str:
    """Show the form for a patient without a plan, with the usual choices made."""
    offered = [row for row in queries.protocols(session) if row.retired_at is None]
    usual = blank_form(
        physician_id=own_record(session).id, protocol_version_id=offered[0].version_id if offered else None
    )
    return render_template(
        "physician/plans/start.html",
        patient=patient,
        form=form or usual,
        offered=[(str(row.version_id), f"{row.name}, version {row.number}") for row in offered],
        said=sentences(offered[0].protocol) if offered else {},
        indications=indication_choices(),
        physicians=physician_choices(session),
        ended=[plan for plan in queries.plans_of_patient(session, patient.id) if plan.phase == "ended"],
    )


@blueprint.post("/physician/patients/<uuid:patient_id>/plan")
@policy.staff(Role.PHYSICIAN, audit="patient.viewed")
def start_plan(patient_id: UUID) -> ResponseReturnValue:
    """Start the plan; it begins with the evaluation."""
    form = read_form(StartForm)
    if isinstance(form, FormErrors):
        return _again(patient_id, form)
    try:
        with runtime().begin(by=actor()) as session:
            own_patient(session, patient_id)
            actions.open_plan(
                session,
                patient_id=patient_id,
                physician_id=form.physician_id,
                protocol_version_id=form.protocol_version_id,
                indication=form.said(),
                prior_sessions=form.prior_sessions,
                prior_session_on=form.prior_session_on,
                by=actor(),
                now=now(),
            )
    except (Invalid, Conflict) as refusal:
        return _again(patient_id, at_its_box(form, refusal))
    flash("The plan is started.")
    return see_other("physician.plan", patient_id=patient_id)


def _again(patient_id: UUID, form: FormErrors) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        return start_page(session, seen_patient(session, patient_id), form), form.status
