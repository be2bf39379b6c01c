"""Changing whether a patient is under the clinic's care; what that stops elsewhere is done by the caller."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.kernel.actor import Actor, Role
from clinic.people.errors import CorrectionNotAllowed, StatusNotPossible
from clinic.people.models import Patient
from clinic.people.queries.patients import lock_patient
from clinic.people.rules import PatientStatus
from clinic.people.rules.statuses import NEXT, is_correction, status_reason


def change_status(
    session: Session, *, patient_id: UUID, status: PatientStatus, reason: str, version: int, by: Actor, now: datetime
) -> Patient:
    """Write the new status; raises ChangedMeanwhile, StatusNotPossible, StatusReasonNeeded, CorrectionNotAllowed.

    The patient's row stays locked, so that nobody books a visit meanwhile. Only `clinic.casework` calls this, because
    visits, texts, links and tasks end in the same transaction.
    """
    patient = lock_patient(session, patient_id)
    patient.require_version(version)
    old = PatientStatus(patient.status)
    if status not in NEXT[old]:
        raise StatusNotPossible(f"This patient is {old} already. Look at the record again.", field="status")
    if is_correction(old) and not by.has(Role.ADMIN):
        raise CorrectionNotAllowed("Only an administrator can take this back.")
    patient.status_reason = status_reason(reason)
    patient.status, patient.status_since = status, now
    patient.touch(by=by, now=now)
    session.flush()
    journal.note(
        session,
        "patient.status_changed",
        subject_kind="patient",
        subject_id=patient_id,
        at=now,
        patient_ids=(patient_id,),
        before=old.value,
        after=status.value,
    )
    return patient
