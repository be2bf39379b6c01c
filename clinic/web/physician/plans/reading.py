"""What every page of a plan reads first: the patient, if the reader decides about the care, and the plan."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.people import queries as people
from clinic.people.errors import PatientNotFound
from clinic.people.models import Patient
from clinic.treatment import queries
from clinic.treatment.models import TreatmentPlan
from clinic.web.frame.requests import actor, now


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A patient of the reader's and the plan as it is saved now."""

    patient: Patient
    plan: TreatmentPlan


def own_patient(session: Session, patient_id: UUID) -> Patient:
    """Return the patient if the reader is a physician of the care team; anybody else's does not exist here."""
    found = people.patient_for(session, actor=actor(), patient_id=patient_id, now=now())
    if not queries.may_decide(session, actor=actor(), patient_id=patient_id, now=now()):
        raise PatientNotFound
    return found


def seen_patient(session: Session, patient_id: UUID) -> Patient:
    """Return the same and write down that the record was seen (45 CFR 164.312(b))."""
    found = own_patient(session, patient_id)
    journal.note(
        session, "patient.viewed", subject_kind="patient", subject_id=patient_id, at=now(), patient_ids=(patient_id,)
    )
    return found


def seen_plan(session: Session, patient_id: UUID) -> Opened:
    """Return the patient with the plan, or raise PatientNotFound or NoPlan."""
    patient = seen_patient(session, patient_id)
    return Opened(patient=patient, plan=queries.plan_for(session, patient_id=patient_id))
