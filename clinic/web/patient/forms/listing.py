"""The list of the own forms, with how each stands, and copies of what was signed."""

from typing import NamedTuple
from uuid import UUID

from flask import render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from clinic.consents.queries.documents import current_versions
from clinic.consents.queries.signatures import SignatureRow, signatures_of
from clinic.consents.rules.standing import FormStanding, Standing
from clinic.people.models import Patient
from clinic.web.frame import policy
from clinic.web.frame.requests import actor, now, runtime
from clinic.web.patient import blueprint
from clinic.web.patient.deliveries.finding import reader
from clinic.web.patient.forms.finding import PURPOSE, SEEN, own_signature, seen, standing, titles
from clinic.web.patient.forms.wording import Look, look_of
from clinic.web.signed_files import READ, signed_file


class Listed(NamedTuple):
    """A form in a list."""

    title: str
    href: str
    look: Look


@blueprint.get("/my-forms")
@policy.patient_link(PURPOSE, audit=SEEN)
def my_forms() -> str:
    """List the forms, those that are to be signed first."""
    with runtime().begin(by=actor()) as session:
        patient = seen(session)
        mine = standing(session, patient)
        to_sign, others = _listed(session, mine)
        return render_template(
            "patient/forms/list.html",
            to_sign=to_sign,
            others=others,
            copies=_copies(session, patient),
            patient=patient,
        )


@blueprint.get("/my-forms/signed/<uuid:signature_id>.pdf")
@policy.patient_link(PURPOSE, audit=READ)
def own_form_pdf(signature_id: UUID) -> Response:
    """Return what was signed as a file, with the record of the signature."""
    with runtime().begin(by=actor()) as session:
        patient = reader(session)
        own_signature(session, patient, signature_id)
        return signed_file(session, patient, signature_id)


def _listed(session: Session, mine: Standing) -> tuple[list[Listed], list[Listed]]:
    """Return what is to be signed, and all others."""
    names = titles(current_versions(session, now=now()))

    def listed(form: FormStanding) -> Listed:
        return Listed(names[form.kind], url_for("patient.my_form", kind=form.kind.value), look_of(form))

    to_sign = [listed(form) for form in mine.missing]
    return to_sign, [listed(form) for form in mine.forms if not form.is_missing]


def _copies(session: Session, patient: Patient) -> list[tuple[SignatureRow, str]]:
    names = titles(current_versions(session, now=now()))
    return [(row, names[row.kind]) for row in signatures_of(session, patient.id)]
