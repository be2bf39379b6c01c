"""Whether a patient may be told to drink: a physician's decision, kept where texts are planned."""

from datetime import datetime

from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.people.models import Patient


def note_fluid_restriction(session: Session, patient: Patient, *, is_restricted: bool, now: datetime) -> bool:
    """Write whether a patient is fluid-restricted and return whether that is new.

    The caller holds the row locked and keeps who decided it and why. The row's version stays: coordinators, who edit
    the rest of it, are told nothing about this field. The audit trail names the field and no value.
    """
    if patient.is_fluid_restricted == is_restricted:
        return False
    patient.is_fluid_restricted = is_restricted
    session.flush()
    journal.note(
        session,
        "patient.care_changed",
        subject_kind="patient",
        subject_id=patient.id,
        at=now,
        patient_ids=(patient.id,),
        fields=["is_fluid_restricted"],
    )
    return True
