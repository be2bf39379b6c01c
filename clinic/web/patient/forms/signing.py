"""One form on one page: read, ticked and signed; once signed, what was signed."""

from collections.abc import Mapping
from enum import StrEnum
from http import HTTPStatus
from typing import Any, ClassVar
from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from clinic.consents.actions.signing import sign
from clinic.consents.errors import FormReplaced, SigningIncomplete
from clinic.consents.queries.documents import FormVersion
from clinic.consents.queries.signatures import SignedForm
from clinic.consents.rules.kinds import all_kinds
from clinic.consents.rules.signing import STATEMENTS, Signing
from clinic.consents.rules.standing import FormStanding, FormStatus
from clinic.people.models import Patient
from clinic.web.frame import policy
from clinic.web.frame.forms import (
    FormErrors,
    FormModel,
    FormState,
    Line,
    Many,
    Tick,
    WholeNumber,
    blank_form,
    read_form,
)
from clinic.web.frame.language import language
from clinic.web.frame.requests import actor, now, runtime, see_other, user_agent, visitor
from clinic.web.patient import blueprint
from clinic.web.patient.deliveries.finding import reader
from clinic.web.patient.forms.finding import HOME, PURPOSE, SEEN, form_of, is_of_pain, own_signature, seen, standing
from clinic.web.patient.forms.wording import FAULTS, REPLACED, look_of

_KEPT = ("typed_name", "released_to", "is_my_name")


class Language(StrEnum):
    """The languages in which forms are written."""

    EN = "en"
    ES = "es"


class SignForm(FormModel):
    """A signature as it was given; what is missing is told all at once, so no box is required here."""

    version_id: UUID
    language: Language
    boxes: Many[WholeNumber]
    released_to: Line | None = None
    typed_name: Line | None = None
    is_my_name: Tick
    agrees_to_electronic: Tick

    words: ClassVar[Mapping[str, Any]] = {"typed_name": FAULTS["name_missing"]}

    def signing(self) -> Signing:
        """Return the signature as the domain takes it."""
        link = visitor().link
        return Signing(
            version_id=self.version_id,
            language=self.language.value,
            typed_name=self.typed_name or "",
            is_my_name=self.is_my_name,
            agrees_to_electronic=self.agrees_to_electronic,
            boxes=frozenset(self.boxes),
            released_to=self.released_to or "",
            address=actor().ip,
            agent=user_agent(),
            link_id=link.link_id if link else None,
        )


@blueprint.get("/my-forms/<kind>")
@policy.patient_link(PURPOSE, audit=SEEN)
def my_form(kind: str) -> ResponseReturnValue:
    """Show one form to sign, or what was signed."""
    return _show(kind, blank_form())


@blueprint.post("/my-forms/<kind>")
@policy.patient_link(PURPOSE, audit=SEEN)
def sign_form(kind: str) -> ResponseReturnValue:
    """Keep the signature, or show the form again with everything that is missing."""
    with runtime().begin(by=actor()) as session:
        form_of(session, reader(session), kind)
    form = read_form(SignForm)
    if isinstance(form, FormErrors):
        return _show(kind, form)
    try:
        with runtime().begin(by=actor()) as session:
            patient = reader(session)
            found, _version = form_of(session, patient, kind)
            of_pain = is_of_pain(session, patient)
            sign(session, patient.id, found.kind, signing=form.signing(), of_pain=of_pain, by=actor(), now=now())
            left = len(standing(session, patient).missing)
    except SigningIncomplete as refusal:
        errors = {box: str(FAULTS[code]) for box, code in refusal.faults.items()}
        sent = form.refused(refusal).values
        return _show(kind, FormErrors(values=sent, errors=errors, status=HTTPStatus.UNPROCESSABLE_ENTITY))
    except FormReplaced as refusal:
        return _show(kind, _begun_again(form.refused(refusal)))
    flash(_("Signed. Thank you.") if left else _("Thank you. Everything is signed."))
    return see_other(HOME)


def _begun_again(form: FormErrors) -> FormErrors:
    """Return the form for the new version: what was typed stays, what was ticked is to be read first."""
    kept = {name: form.values[name] for name in _KEPT if name in form.values}
    return FormErrors(values=kept, problems=(str(REPLACED),), status=HTTPStatus.CONFLICT)


def _show(kind: str, form: FormState) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        patient = seen(session)
        found, version = form_of(session, patient, kind)
        if found.status is FormStatus.CURRENT and found.signed is not None:
            signed = own_signature(session, patient, found.signed.signature_id)
            return _signed_page(patient, found, signed), HTTPStatus.OK
        return _page(session, patient, found, version=version, form=form), form.status


def _signed_page(patient: Patient, found: FormStanding, signed: SignedForm) -> str:
    facts = all_kinds()[found.kind]
    return render_template(
        "patient/forms/signed.html",
        patient=patient,
        look=look_of(found),
        signed=signed,
        text=signed.words.text,
        language_signed=signed.row.language,
        may_withdraw=facts.can_be_withdrawn,
    )


def _page(session: Session, patient: Patient, found: FormStanding, *, version: FormVersion, form: FormState) -> str:
    facts = all_kinds()[found.kind]
    is_offered = facts.is_offered(state=patient.state, of_pain=is_of_pain(session, patient))
    return render_template(
        "patient/forms/form.html",
        form=form,
        look=look_of(found),
        is_new_version=found.status is FormStatus.OUTDATED,
        version=version,
        text=version.words[language()].text,
        language=language(),
        statement=STATEMENTS[language()],
        names_recipient=facts.names_recipient,
        is_offered=is_offered,
    )
