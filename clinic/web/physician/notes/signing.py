"""Signing a draft: the page shows exactly what the hash is taken of, and only that can be signed."""

from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue

from clinic.dashboards.deciding import deciding_facts
from clinic.kernel.actor import Role
from clinic.kernel.errors import ChangedMeanwhile
from clinic.treatment.actions import notes as actions
from clinic.treatment.errors import NoteSigned, NotWhatWasShown
from clinic.treatment.rules.notes import data_of, shown_hash
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormModel, FormState, Line, WholeNumber, blank_form, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.physician import blueprint
from clinic.web.physician.notes.reading import seen_draft
from clinic.web.physician.plans.reading import own_patient


class SignForm(FormModel):
    """What the page showed: the draft's version and the hash of words and data."""

    version: WholeNumber
    shown: Line


@blueprint.get("/my-patients/<uuid:patient_id>/notes/<uuid:note_id>/sign")
@policy.staff(Role.PHYSICIAN, fresh_mfa=True, audit="patient.viewed")
def ask_sign_note(patient_id: UUID, note_id: UUID) -> ResponseReturnValue:
    """Show what is going to be signed: the words and the data that decided."""
    return _page(patient_id, note_id, blank_form())


@blueprint.post("/my-patients/<uuid:patient_id>/notes/<uuid:note_id>/sign")
@policy.staff(Role.PHYSICIAN, fresh_mfa=True, audit="note.signed")
def sign_note(patient_id: UUID, note_id: UUID) -> ResponseReturnValue:
    """Sign it, if it is still what the page showed."""
    form = read_form(SignForm)
    if isinstance(form, FormErrors):
        return _page(patient_id, note_id, form)
    try:
        with runtime().begin(by=actor()) as session:
            own_patient(session, patient_id)
            actions.sign_note(
                session,
                note_id=note_id,
                facts=deciding_facts(session, patient_id=patient_id, now=now()),
                shown=form.shown,
                version=form.version,
                by=actor(),
                now=now(),
            )
    except NoteSigned as refusal:
        flash(refusal.message, "error")
        return see_other("physician.notes", patient_id=patient_id)
    except (ChangedMeanwhile, NotWhatWasShown) as refusal:
        return _page(patient_id, note_id, form.refused(refusal))
    flash("The note is signed and locked. What comes later is added to it.")
    return see_other("physician.note", patient_id=patient_id, note_id=note_id)


def _page(patient_id: UUID, note_id: UUID, form: FormState) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        opened = seen_draft(session, patient_id, note_id)
        facts = deciding_facts(session, patient_id=patient_id, now=now())
        page = render_template(
            "physician/notes/sign.html",
            patient=opened.patient,
            clinic_zone=runtime().clinic.zone,
            me=opened.me,
            note=opened.note,
            facts=facts,
            shown=shown_hash(opened.note.words, data_of(facts), physician_id=opened.me.id),
            form=form,
        )
    return page, form.status
