"""Closing the supply of a plan that is over where no count of zero can be had."""

from typing import ClassVar
from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue

from clinic.kernel.actor import Role
from clinic.kernel.errors import Conflict, Forbidden, Invalid
from clinic.medication.actions.leftovers import close_otherwise
from clinic.medication.queries.leftovers import leftovers_of
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormModel, FormState, Note, blank_form, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.physician import blueprint
from clinic.web.physician.plans.reading import own_patient, seen_patient


class CloseForm(FormModel):
    """Why no count of zero can be had."""

    reason: Note

    words: ClassVar[dict[str, str]] = {"reason": "Write why no count of zero can be had."}


@blueprint.get("/my-patients/<uuid:patient_id>/plan/close-supply")
@policy.staff(Role.PHYSICIAN, audit="patient.viewed")
def ask_close_supply(patient_id: UUID) -> ResponseReturnValue:
    """Ask why."""
    return _page(patient_id, blank_form())


@blueprint.post("/my-patients/<uuid:patient_id>/plan/close-supply")
@policy.staff(Role.PHYSICIAN, audit="patient.viewed")
def close_supply(patient_id: UUID) -> ResponseReturnValue:
    """Close it; the reason stays with the plan."""
    form = read_form(CloseForm)
    if isinstance(form, FormErrors):
        return _page(patient_id, form)
    try:
        with runtime().begin(by=actor()) as session:
            own_patient(session, patient_id)
            close_otherwise(session, patient_id=patient_id, reason=form.reason, by=actor(), now=now())
    except (Invalid, Conflict, Forbidden) as refusal:
        return _page(patient_id, form.refused(refusal))
    flash("Closed. What is missing stays missing in the ledger.")
    return see_other("physician.plan", patient_id=patient_id)


def _page(patient_id: UUID, form: FormState) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        patient = seen_patient(session, patient_id)
        page = render_template(
            "physician/handover/close_supply.html", patient=patient, left=leftovers_of(session, patient.id), form=form
        )
    return page, form.status
