"""Whose something is: the record that lives on today."""

from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from clinic.medication.models import Prescription, RefillRequest, SupplyClaim
from clinic.medication.queries.records import LIVES_ON
from clinic.people.models import Patient


def patient_of_request(session: Session, request_id: UUID) -> UUID | None:
    """Return for whom a shipment was asked, or None when there is no such request."""
    return _living(session, select(RefillRequest.patient_id).where(RefillRequest.id == request_id))


def patient_of_claim(session: Session, claim_id: UUID) -> UUID | None:
    """Return whose report it is, or None when there is no such one."""
    return _living(session, select(SupplyClaim.patient_id).where(SupplyClaim.id == claim_id))


def patient_of_order(session: Session, order_id: UUID) -> UUID | None:
    """Return whose order it is, or None when there is no such one."""
    return _living(session, select(Prescription.patient_id).where(Prescription.id == order_id))


def _living(session: Session, record: Select[UUID]) -> UUID | None:
    return session.scalar(select(LIVES_ON).where(Patient.id == record.scalar_subquery()))
