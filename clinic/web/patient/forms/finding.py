"""Whose forms a link leads to, and what their pages need of them."""

from collections.abc import Mapping
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from clinic.consents.queries.documents import FormVersion, current_versions
from clinic.consents.queries.signatures import SignedForm, signed_form
from clinic.consents.queries.standing import standing_of
from clinic.consents.rules.kinds import ConsentKind
from clinic.consents.rules.standing import FormStanding, Standing
from clinic.kernel import journal
from clinic.kernel.errors import NotFound
from clinic.people.models import Patient
from clinic.treatment.queries.caring import patients_of_pain
from clinic.web.frame.language import language
from clinic.web.frame.requests import now
from clinic.web.patient.deliveries.finding import reader

PURPOSE = "consent"
SEEN = "forms.viewed"
HOME = "patient.my_forms"


def seen(session: Session) -> Patient:
    """Return the patient behind the link, and note that the forms were looked at."""
    patient = reader(session)
    journal.note(session, SEEN, subject_kind="patient", subject_id=patient.id, at=now(), patient_ids=(patient.id,))
    return patient


def is_of_pain(session: Session, patient: Patient) -> bool:
    """Tell whether the agreements about pain are for this patient."""
    return bool(patients_of_pain(session, [patient.id]))


def standing(session: Session, patient: Patient) -> Standing:
    """Return where the patient stands with every form."""
    return standing_of(session, [patient.id], now(), of_pain=patients_of_pain(session, [patient.id]))[patient.id]


def form_of(session: Session, patient: Patient, kind: str) -> tuple[FormStanding, FormVersion]:
    """Return one form of the patient's with the version in force; any other raises NotFound."""
    found = standing(session, patient).of(ConsentKind(kind)) if kind in set(ConsentKind) else None
    if found is None:
        raise nowhere()
    return found, current_versions(session, now=now())[found.kind]


def own_signature(session: Session, patient: Patient, signature_id: UUID) -> SignedForm:
    """Return one of the patient's own signatures, or raise NotFound."""
    try:
        return signed_form(session, signature_id, patient_id=patient.id)
    except NotFound as error:
        raise nowhere() from error


def title_of(version: FormVersion) -> str:
    """Return the title of a form in the language of the page."""
    return version.words[language()].text.title


def titles(versions: Mapping[ConsentKind, FormVersion]) -> dict[ConsentKind, str]:
    """Return the titles of forms in the language of the page."""
    return {kind: title_of(version) for kind, version in versions.items()}


def nowhere() -> NotFound:
    """Return the refusal of an address that leads to nothing of the reader's own."""
    return NotFound(_("There is no page at this address, or it is not open to you. Check the address or start again."))
