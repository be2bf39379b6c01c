"""Looks into the monitoring program, by patient; those of merged records count as the patient's own."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from clinic.medication.errors import PdmpRefused
from clinic.medication.models import PdmpCheck
from clinic.medication.queries.records import LIVES_ON, of_these
from clinic.people.models import Patient
from clinic.people.queries import records_of


def check(session: Session, check_id: UUID) -> PdmpCheck:
    """Return the look, or raise PdmpRefused."""
    found = session.get(PdmpCheck, check_id)
    if found is None:
        raise PdmpRefused("There is no such look into the program. Enter it first.", field="pdmp_check_id")
    return found


def checks_of(session: Session, patient_id: UUID) -> list[PdmpCheck]:
    """Return every look for a patient, the newest first."""
    wanted = select(PdmpCheck).where(PdmpCheck.patient_id.in_(records_of(patient_id)))
    return list(session.scalars(wanted.order_by(PdmpCheck.checked_at.desc(), PdmpCheck.at.desc(), PdmpCheck.id)))


def latest_check(session: Session, patient_id: UUID) -> PdmpCheck | None:
    """Return the newest look for a patient, if there is one."""
    return latest_checks(session, [patient_id]).get(patient_id)


def latest_checks(session: Session, patient_ids: Collection[UUID]) -> dict[UUID, PdmpCheck]:
    """Return the newest look for each of these patients in one statement; who has none is absent."""
    wanted = (
        select(LIVES_ON, PdmpCheck)
        .join(Patient, Patient.id == PdmpCheck.patient_id)
        .where(of_these(patient_ids))
        .ext(distinct_on(LIVES_ON))
        .order_by(LIVES_ON, PdmpCheck.checked_at.desc(), PdmpCheck.at.desc(), PdmpCheck.id)
    )
    return {row[0]: row[1] for row in session.execute(wanted)}
