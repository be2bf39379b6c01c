"""Standing orders that let the rules look at a patient: something was answered, missed, found or took place."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.medication.queries.subjects import patient_of_claim, patient_of_order, patient_of_request
from clinic.monitoring.queries.evidence import patient_of_check_in
from clinic.monitoring.queries.findings import patient_of_finding
from clinic.scheduling.queries import appointment
from clinic.vigilance.looking import look_at


def look_after_check_in(session: Session, *, subject_id: UUID, now: datetime, by: Actor) -> None:
    """Look at the patient who answered a check-in, or missed it."""
    _look(session, patient_of_check_in(session, subject_id), by=by, now=now)


def look_after_finding(session: Session, *, subject_id: UUID, now: datetime, by: Actor) -> None:
    """Look at the patient about whom something was recorded or taken back."""
    _look(session, patient_of_finding(session, subject_id), by=by, now=now)


def look_after_visit(session: Session, *, subject_id: UUID, now: datetime, by: Actor) -> None:
    """Look at the patient of a visit that has begun; a date that is only planned is no sign of anything."""
    visit = appointment(session, subject_id)
    _look(session, visit.patient_id if visit.starts_at <= now else None, by=by, now=now)


def look_after_units(session: Session, *, subject_id: UUID, now: datetime, by: Actor) -> None:
    """Look at the patient whose units at home changed or were counted."""
    _look(session, subject_id, by=by, now=now)


def look_after_request(session: Session, *, subject_id: UUID, now: datetime, by: Actor) -> None:
    """Look at the patient for whom the next shipment was asked."""
    _look(session, patient_of_request(session, subject_id), by=by, now=now)


def look_after_claim(session: Session, *, subject_id: UUID, now: datetime, by: Actor) -> None:
    """Look at the patient who reported units or a parcel as lost, or whose report was settled."""
    _look(session, patient_of_claim(session, subject_id), by=by, now=now)


def look_after_order(session: Session, *, subject_id: UUID, now: datetime, by: Actor) -> None:
    """Look at the patient whose order began, ended or changed."""
    _look(session, patient_of_order(session, subject_id), by=by, now=now)


def _look(session: Session, patient_id: UUID | None, *, by: Actor, now: datetime) -> None:
    if patient_id is not None:
        look_at(session, patient_id=patient_id, by=by, now=now)
