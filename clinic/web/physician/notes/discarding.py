"""Discarding the own draft, after a question."""

from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue

from clinic.kernel.actor import Role
from clinic.kernel.errors import ChangedMeanwhile
from clinic.treatment.actions import notes as actions
from clinic.treatment.errors import NoteSigned
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormModel, FormState, WholeNumber, blank_form, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.physician import blueprint
from clinic.web.physician.notes.reading import seen_draft
from clinic.web.physician.plans.reading import own_patient


class DiscardForm(FormModel):
    """The version that was shown."""

    version: WholeNumber


@blueprint.get("/my-patients/<uuid:patient_id>/notes/<uuid:note_id>/discard")
@policy.staff(Role.PHYSICIAN, audit="patient.viewed")
def ask_discard_note(patient_id: UUID, note_id: UUID) -> ResponseReturnValue:
    """Show the draft once more and ask."""
    return _page(patient_id, note_id, blank_form())


@blueprint.post("/my-patients/<uuid:patient_id>/notes/<uuid:note_id>/discard")
@policy.staff(Role.PHYSICIAN, audit="note.discarded")
def discard_note(patient_id: UUID, note_id: UUID) -> ResponseReturnValue:
    """Take the draft away."""
    form = read_form(DiscardForm)
    if isinstance(form, FormErrors):
        return _page(patient_id, note_id, form)
    try:
        with runtime().begin(by=actor()) as session:
            own_patient(session, patient_id)
            actions.discard_note(session, note_id=note_id, version=form.version, by=actor(), now=now())
    except NoteSigned as refusal:
        flash(refusal.message, "error")
        return see_other("physician.notes", patient_id=patient_id)
    except ChangedMeanwhile as refusal:
        return _page(patient_id, note_id, form.refused(refusal))
    flash("The draft is gone.")
    return see_other("physician.notes", patient_id=patient_id)


def _page(patient_id: UUID, note_id: UUID, form: FormState) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        opened = seen_draft(session, patient_id, note_id)
        page = render_template(
            "physician/notes/discard.html",
            patient=opened.patient,
            clinic_zone=runtime().clinic.zone,
            note=opened.note,
            form=form,
        )
    return page, form.status
