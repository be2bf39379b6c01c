"""Taking the own signature back, after reading what that means."""

from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from clinic.consents.actions.withdrawing import meaning_of, withdraw
from clinic.consents.errors import NotWithdrawable
from clinic.consents.queries.documents import current_versions
from clinic.consents.queries.signatures import SignedForm
from clinic.consents.rules.kinds import all_kinds
from clinic.people.models import Patient
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, NoFields, read_form
from clinic.web.frame.language import language
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.patient import blueprint
from clinic.web.patient.deliveries.finding import reader
from clinic.web.patient.forms.finding import HOME, PURPOSE, SEEN, nowhere, own_signature, seen, standing, title_of


@blueprint.get("/my-forms/signed/<uuid:signature_id>/withdraw")
@policy.patient_link(PURPOSE, audit=SEEN)
def ask_withdraw_form(signature_id: UUID) -> ResponseReturnValue:
    """Say what taking the signature back means, and ask."""
    with runtime().begin(by=actor()) as session:
        patient = seen(session)
        signed = own_signature(session, patient, signature_id)
        if not _counts(session, patient, signed):
            return see_other("patient.my_form", kind=signed.version.kind.value)
        return render_template(
            "patient/forms/withdraw.html",
            signed=signed,
            title=title_of(current_versions(session, now=now())[signed.version.kind]),
            meaning=meaning_of(signed.version.kind, language()),
        )


@blueprint.post("/my-forms/signed/<uuid:signature_id>/withdraw")
@policy.patient_link(PURPOSE, audit=SEEN)
def withdraw_form(signature_id: UUID) -> ResponseReturnValue:
    """Take the signature back; pressed twice, it is taken back once."""
    with runtime().begin(by=actor()) as session:
        own_signature(session, reader(session), signature_id)
    form = read_form(NoFields)
    if isinstance(form, FormErrors):
        return see_other("patient.ask_withdraw_form", signature_id=signature_id)
    try:
        with runtime().begin(by=actor()) as session:
            patient = reader(session)
            withdraw(session, signature_id, patient_id=patient.id, note=None, by=actor(), now=now())
    except NotWithdrawable:
        return see_other(HOME)
    flash(_("Your signature is withdrawn. We call you to talk about what comes next."))
    return see_other(HOME)


def _counts(session: Session, patient: Patient, signed: SignedForm) -> bool:
    """Tell whether this signature can be taken back: it is the last one of its form, and stands."""
    if not all_kinds()[signed.version.kind].can_be_withdrawn:
        raise nowhere()
    form = standing(session, patient).of(signed.version.kind)
    last = form.signed if form else None
    return last is not None and last.signature_id == signed.row.id and last.withdrawn_at is None
