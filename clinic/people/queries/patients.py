"""Patients and their phones by id, by number and by likeness."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.people.errors import PatientNotFound
from clinic.people.models import Patient, Phone
from clinic.people.rules import PatientFacts, key_of_name


def patient(session: Session, patient_id: UUID) -> Patient:
    """Return the patient, or raise PatientNotFound; for jobs and actions, which ask nobody's permission."""
    found = session.get(Patient, patient_id)
    if found is None:
        raise PatientNotFound
    return found


def lock_patient(session: Session, patient_id: UUID) -> Patient:
    """Return the patient's row as it is now, locked against changes until the transaction ends.

    FOR NO KEY UPDATE: rows that refer to the patient can still be inserted. Lock the physician first, if both.
    """
    found = session.get(Patient, patient_id, with_for_update={"key_share": True}, populate_existing=True)
    if found is None:
        raise PatientNotFound
    return found


def patients_by_id(session: Session, ids: Collection[UUID]) -> dict[UUID, Patient]:
    """Return the patients of these ids; unknown ids are absent."""
    found = session.scalars(select(Patient).where(Patient.id.in_(ids)))
    return {each.id: each for each in found}


def birth_date_of(session: Session, patient_id: UUID) -> date:
    """Return the birth date that opens a patient's link."""
    return patient(session, patient_id).birth_date


def phone_of(session: Session, patient_id: UUID) -> Phone:
    """Return the patient's phone, or raise PatientNotFound."""
    found = session.scalar(select(Phone).join(Patient, Patient.phone_id == Phone.id).where(Patient.id == patient_id))
    if found is None:
        raise PatientNotFound
    return found


def phones_by_id(session: Session, ids: Collection[UUID]) -> dict[UUID, Phone]:
    """Return the phones of these ids; unknown ids are absent."""
    return {each.id: each for each in session.scalars(select(Phone).where(Phone.id.in_(ids)))}


def phone_by_number(session: Session, e164: str) -> Phone | None:
    """Return the phone with that number, if the clinic has met it."""
    return session.scalar(select(Phone).where(Phone.e164 == e164))


def patients_with_phone(session: Session, phone_id: UUID) -> list[Patient]:
    """Return everybody who uses the phone, by name; a family may share one."""
    return list(
        session.scalars(select(Patient).where(Patient.phone_id == phone_id).order_by(Patient.search_key, Patient.id))
    )


def possible_duplicates(
    session: Session, facts: PatientFacts, *, except_ids: Collection[UUID] = ()
) -> list[tuple[Patient, tuple[str, ...]]]:
    """Return who may be the same person, with what agrees (`phone`, `legal_name`), most agreement first.

    The same person means the same birth date with the same phone or the same legal name, however it is spelled.
    """
    born_alike = (
        select(Patient, Phone.e164)
        .join(Phone, Phone.id == Patient.phone_id)
        .where(Patient.birth_date == facts.birth_date, Patient.id.not_in(except_ids))
        .order_by(Patient.search_key, Patient.id)
    )
    found = [(each, _agreeing(facts, each, e164=e164)) for each, e164 in session.execute(born_alike)]
    return sorted((pair for pair in found if pair[1]), key=lambda pair: -len(pair[1]))


def _agreeing(facts: PatientFacts, other: Patient, *, e164: str) -> tuple[str, ...]:
    name = key_of_name(facts.legal_first_name, facts.legal_last_name)
    agreeing = {
        "phone": facts.e164 == e164,
        "legal_name": name == key_of_name(other.legal_first_name, other.legal_last_name),
    }
    return tuple(what for what, agrees in agreeing.items() if agrees)
