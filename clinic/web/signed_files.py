"""A signed form as a file, for the patient and for staff alike."""

from uuid import UUID

from flask import make_response
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from clinic.consents.queries.signatures import signed_form
from clinic.kernel import journal
from clinic.people.models import Patient
from clinic.web.documents.consent_pdf import consent_file_name, consent_pdf
from clinic.web.frame.requests import now, runtime

READ = "form.viewed"


def signed_file(session: Session, patient: Patient, signature_id: UUID) -> Response:
    """Return the file of one of a patient's signatures, and note that it was read; raises UnknownForm."""
    signed = signed_form(session, signature_id, patient_id=patient.id)
    answer = make_response(consent_pdf(signed, clinic=runtime().clinic, zone=patient.zone))
    answer.headers["Content-Type"] = "application/pdf"
    answer.headers["Content-Disposition"] = f'attachment; filename="{consent_file_name(signed)}"'
    journal.note(
        session,
        READ,
        subject_kind="form_signature",
        subject_id=signature_id,
        at=now(),
        patient_ids=(patient.id,),
    )
    return answer
