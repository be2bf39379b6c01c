"""Settling a report about units, and letting the ledger say what a count said; both with a physician's words."""

from typing import ClassVar
from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue

from clinic.kernel.actor import Role
from clinic.kernel.errors import Conflict, Invalid
from clinic.medication.actions.counts import correct_after_count
from clinic.medication.actions.settling_claims import settle_claim as settle
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormModel, FormState, Note, WholeNumber, blank_form, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.physician import blueprint
from clinic.web.physician.medication.reading import claim_of, count_of
from clinic.web.physician.medication.words import LOOKS
from clinic.web.physician.plans.reading import own_patient, seen_patient


class SettleClaimForm(FormModel):
    """What was found out about a report as it was shown."""

    version: WholeNumber
    settlement: Note

    words: ClassVar[dict[str, str]] = {"settlement": "Write what was found out, in a few words."}


class CorrectionForm(FormModel):
    """Why the ledger follows a count."""

    reason: Note

    words: ClassVar[dict[str, str]] = {"reason": "Say in a few words why."}


@blueprint.get("/my-patients/<uuid:patient_id>/medication/reports/<uuid:claim_id>")
@policy.staff(Role.PHYSICIAN, audit="patient.viewed")
def ask_settle_claim(patient_id: UUID, claim_id: UUID) -> ResponseReturnValue:
    """Show a report, and ask what was found out where it is open."""
    return _claim_page(patient_id, claim_id, blank_form())


@blueprint.post("/my-patients/<uuid:patient_id>/medication/reports/<uuid:claim_id>")
@policy.staff(Role.PHYSICIAN, audit="claim.settled")
def settle_claim(patient_id: UUID, claim_id: UUID) -> ResponseReturnValue:
    """Close the report; nothing is replaced by it."""
    form = read_form(SettleClaimForm)
    if isinstance(form, FormErrors):
        return _claim_page(patient_id, claim_id, form)
    try:
        with runtime().begin(by=actor()) as session:
            own_patient(session, patient_id)
            claim_of(session, patient_id, claim_id)
            settle(session, claim_id=claim_id, **form.model_dump(), by=actor(), now=now())
    except (Invalid, Conflict) as refusal:
        return _claim_page(patient_id, claim_id, form.refused(refusal))
    flash("The report is settled.")
    return see_other("physician.medication", patient_id=patient_id)


@blueprint.get("/my-patients/<uuid:patient_id>/medication/counts/<uuid:count_id>")
@policy.staff(Role.PHYSICIAN, audit="patient.viewed")
def ask_correction(patient_id: UUID, count_id: UUID) -> ResponseReturnValue:
    """Show a count beside what the ledger expected, and ask why the ledger should follow it."""
    return _count_page(patient_id, count_id, blank_form())


@blueprint.post("/my-patients/<uuid:patient_id>/medication/counts/<uuid:count_id>")
@policy.staff(Role.PHYSICIAN, audit="patient.viewed")
def correct_ledger(patient_id: UUID, count_id: UUID) -> ResponseReturnValue:
    """Let the ledger say what the count said; entries are added, none is changed."""
    form = read_form(CorrectionForm)
    if isinstance(form, FormErrors):
        return _count_page(patient_id, count_id, form)
    try:
        with runtime().begin(by=actor()) as session:
            own_patient(session, patient_id)
            count_of(session, patient_id, count_id)
            changed = correct_after_count(session, count_id=count_id, reason=form.reason, by=actor(), now=now())
    except (Invalid, Conflict) as refusal:
        refusal.field = {"settlement": "reason", "words": "reason"}.get(refusal.field or "")
        return _count_page(patient_id, count_id, form.refused(refusal))
    flash(f"The ledger was changed by {changed:+d}, to what was counted.")
    return see_other("physician.medication", patient_id=patient_id)


def _claim_page(patient_id: UUID, claim_id: UUID, form: FormState) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        page = render_template(
            "physician/medication/claim.html",
            patient=seen_patient(session, patient_id),
            clinic_zone=runtime().clinic.zone,
            claim=claim_of(session, patient_id, claim_id),
            looks=LOOKS,
            form=form,
        )
    return page, form.status


def _count_page(patient_id: UUID, count_id: UUID, form: FormState) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        page = render_template(
            "physician/medication/count.html",
            patient=seen_patient(session, patient_id),
            clinic_zone=runtime().clinic.zone,
            count=count_of(session, patient_id, count_id),
            looks=LOOKS,
            form=form,
        )
    return page, form.status
