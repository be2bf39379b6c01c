"""Whose a number is that nobody had: a patient writes from a new phone."""

from dataclasses import fields
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.conversations.actions.keeping import kept
from clinic.conversations.queries.people_of import standing_of
from clinic.kernel.actor import Actor
from clinic.people import actions, queries, rules
from clinic.people.models import Patient
from clinic.people.rules import NewPatient


def give_number(
    session: Session, *, phone_id: UUID, patient_id: UUID, version: int, by: Actor, now: datetime
) -> Patient:
    """Make this phone a patient's own; consent to texts is a number's, so it may have to be asked for anew.

    Raises ChangedMeanwhile, DuplicatePatient and what `people.actions.edit_patient` raises.
    """
    standing = standing_of(session, phone_id)
    patient = queries.patient_for(session, actor=by, patient_id=patient_id, now=now)
    saved = actions.edit_patient(
        session, patient_id=patient_id, new=_with_phone(patient, standing.phone.e164), version=version, by=by, now=now
    )
    kept(session, phone_id, by=by, now=now).touch(by=by, now=now)
    return saved


def _with_phone(patient: Patient, e164: str) -> NewPatient:
    known = {field.name: getattr(patient, field.name) for field in fields(NewPatient) if field.name != "phone"}
    has_chosen = rules.county(patient.county_fips).is_split and patient.is_zone_confirmed
    return NewPatient(**{**known, "phone": e164, "zone": patient.zone if has_chosen else None})
