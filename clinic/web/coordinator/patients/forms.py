"""A patient's forms at the desk: how each stands, asking for signatures, copies, and a withdrawal by telephone."""

from typing import NamedTuple
from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from clinic.consents.actions.asking import ask_to_sign
from clinic.consents.actions.withdrawing import meaning_of, withdraw
from clinic.consents.queries.signatures import SignatureRow, SignedForm, open_request, signatures_of, signed_form
from clinic.consents.queries.standing import standing_of
from clinic.consents.rules.kinds import all_kinds
from clinic.consents.rules.standing import FormStanding, Standing
from clinic.kernel import journal
from clinic.kernel.actor import Role
from clinic.kernel.errors import Conflict, DomainError
from clinic.people import queries as people
from clinic.people.models import Patient
from clinic.treatment.queries.caring import patients_of_pain
from clinic.web.coordinator import blueprint
from clinic.web.form_looks import look_of
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormModel, FormState, NoFields, Note, blank_form, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.signed_files import READ, signed_file

SEEN = "forms.viewed"


class WithdrawalForm(FormModel):
    """What the patient said on the telephone."""

    note: Note | None = None


class DeskRow(NamedTuple):
    """One form of a patient as the desk sees it, with its last signature."""

    name: str
    form: FormStanding
    look: tuple[str, str, str]
    last: SignatureRow | None
    may_withdraw: bool


@blueprint.get("/patients/<uuid:patient_id>/forms")
@policy.staff(Role.COORDINATOR, audit=SEEN)
def forms(patient_id: UUID) -> str:
    """Show how each form of a patient stands."""
    with runtime().begin(by=actor()) as session:
        patient = _seen(session, patient_id)
        mine, signed = _standing(session, patient), signatures_of(session, patient.id)
        return render_template(
            "coordinator/forms/index.html",
            patient=patient,
            contact=people.contact_of(session, patient),
            rows=_rows(mine, signed),
            earlier=_earlier(mine, signed),
            names={kind: facts.desk for kind, facts in all_kinds().items()},
            missing=len(mine.missing),
            asked=open_request(session, patient.id),
        )


@blueprint.post("/patients/<uuid:patient_id>/forms/ask")
@policy.staff(Role.COORDINATOR)
def ask_for_forms(patient_id: UUID) -> ResponseReturnValue:
    """Text the patient the link to what has to be signed."""
    read_form(NoFields)
    try:
        with runtime().begin(by=actor()) as session:
            people.patient_for(session, actor=actor(), patient_id=patient_id, now=now())
            of_pain = bool(patients_of_pain(session, [patient_id]))
            ask_to_sign(session, patient_id, of_pain=of_pain, ring=runtime().link_ring, by=actor(), now=now())
    except Conflict as refusal:
        flash(refusal.message, "error")
    else:
        flash("Asked. The text with the link goes now, or at 8 in the morning. It goes once more after two days.")
    return see_other("coordinator.forms", patient_id=patient_id)


@blueprint.get("/patients/<uuid:patient_id>/forms/<uuid:signature_id>.pdf")
@policy.staff(Role.COORDINATOR, audit=READ)
def form_file(patient_id: UUID, signature_id: UUID) -> Response:
    """Return a signed form as a file."""
    with runtime().begin(by=actor()) as session:
        patient = people.patient_for(session, actor=actor(), patient_id=patient_id, now=now())
        return signed_file(session, patient, signature_id)


@blueprint.get("/patients/<uuid:patient_id>/forms/<uuid:signature_id>/withdraw")
@policy.staff(Role.COORDINATOR, audit=SEEN)
def ask_form_withdrawal(patient_id: UUID, signature_id: UUID) -> ResponseReturnValue:
    """Say what to read to the patient, and ask whether the signature is taken back."""
    return _withdrawal_page(patient_id, signature_id, blank_form())


@blueprint.post("/patients/<uuid:patient_id>/forms/<uuid:signature_id>/withdraw")
@policy.staff(Role.COORDINATOR, audit=SEEN)
def record_form_withdrawal(patient_id: UUID, signature_id: UUID) -> ResponseReturnValue:
    """Write down that the patient took a signature back by telephone."""
    form = read_form(WithdrawalForm)
    if isinstance(form, FormErrors):
        return _withdrawal_page(patient_id, signature_id, form)
    try:
        with runtime().begin(by=actor()) as session:
            people.patient_for(session, actor=actor(), patient_id=patient_id, now=now())
            withdraw(session, signature_id, patient_id=patient_id, note=form.note, by=actor(), now=now())
    except Conflict as refusal:
        return _withdrawal_page(patient_id, signature_id, form.refused(_above(refusal)))
    flash("The withdrawal is on file. There is a task about what comes next.")
    return see_other("coordinator.forms", patient_id=patient_id)


def forms_line(session: Session, patient: Patient) -> str:
    """Return in a few words how a patient's forms stand."""
    mine = _standing(session, patient)
    if not mine.forms:
        return "No forms yet."
    return f"{len(mine.missing)} to sign." if mine.missing else "Everything is signed."


def _above(refusal: DomainError) -> DomainError:
    refusal.field = None
    return refusal


def _seen(session: Session, patient_id: UUID) -> Patient:
    patient = people.patient_for(session, actor=actor(), patient_id=patient_id, now=now())
    journal.note(session, SEEN, subject_kind="patient", subject_id=patient_id, at=now(), patient_ids=(patient_id,))
    return patient


def _standing(session: Session, patient: Patient) -> Standing:
    return standing_of(session, [patient.id], now(), of_pain=patients_of_pain(session, [patient.id]))[patient.id]


def _rows(mine: Standing, signed: list[SignatureRow]) -> list[DeskRow]:
    by_id = {row.id: row for row in signed}
    rows = []
    for form in mine.forms:
        facts, last = all_kinds()[form.kind], by_id.get(form.signed.signature_id) if form.signed else None
        may_withdraw = facts.can_be_withdrawn and last is not None and last.withdrawn_at is None
        rows.append(DeskRow(facts.desk, form, look_of(form), last, may_withdraw))
    return rows


def _earlier(mine: Standing, signed: list[SignatureRow]) -> list[SignatureRow]:
    last = {form.signed.signature_id for form in mine.forms if form.signed}
    return [row for row in signed if row.id not in last]


def _withdrawal_page(patient_id: UUID, signature_id: UUID, form: FormState) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        patient = _seen(session, patient_id)
        signed: SignedForm = signed_form(session, signature_id, patient_id=patient.id)
        kind = signed.version.kind
        page = render_template(
            "coordinator/forms/withdraw.html",
            patient=patient,
            contact=people.contact_of(session, patient),
            form=form,
            signed=signed,
            name=all_kinds()[kind].desk,
            meaning=meaning_of(kind, patient.language),
        )
    return page, form.status
