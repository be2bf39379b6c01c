"""Whose intake a link leads to."""

from sqlalchemy.orm import Session

from clinic.intake.models import Intake
from clinic.intake.queries.intakes import living_intake
from clinic.kernel import journal
from clinic.people import queries as people
from clinic.people.models import Patient
from clinic.web.frame.language import prefer
from clinic.web.frame.requests import now, visitor

PURPOSE = "intake"
SEEN = "intake.viewed"


def reader(session: Session) -> Patient:
    """Return the patient behind the link, and speak that person's language."""
    link = visitor().link
    assert link is not None
    patient = people.patient(session, link.patient_id)
    prefer(patient.language)
    return patient


def seen(session: Session) -> tuple[Intake, Patient]:
    """Return the intake and its patient, and note that it was looked at; raises NoIntake."""
    patient = reader(session)
    found = living_intake(session, patient.id)
    ids = (patient.id,)
    journal.note(session, SEEN, subject_kind="patient", subject_id=patient.id, at=now(), patient_ids=ids)
    return found, patient
