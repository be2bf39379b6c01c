"""Patients and their phones by id, by number and by likeness."""

from collections.abc import Collection
from datetime import date
from functools import cache
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, or_, select
from sqlalchemy.orm import Session

from clinic.kernel.db import Base
from clinic.kernel.memory import remembered
from clinic.kernel.statements import among
from clinic.people.errors import PatientNotFound
from clinic.people.models import Patient, Phone
from clinic.people.rules import PatientFacts, PatientStatus, key_of_name

_LOCKED = "people.locked"
# Built once: almost every action locks a patient.
_ROW = select(Patient).where(Patient.id == bindparam("of_patient"))
_FOR_CHANGE = _ROW.with_for_update(key_share=True).execution_options(populate_existing=True)
_MERGED = select(Patient.id).where(Patient.merged_into_id == bindparam("of_patient")).order_by(Patient.id)
_MERGED_INTO = select(Patient.merged_into_id).where(Patient.id == bindparam("of_patient"))
_PATIENTS = select(Patient).where(among(Patient.id, "ids"))
_PHONES = select(Phone).where(among(Phone.id, "ids"))
_PHONE = select(Phone).join(Patient, Patient.phone_id == Phone.id).where(Patient.id == bindparam("of_patient"))
_OF_PHONE = (
    select(Patient)
    .where(Patient.phone_id == bindparam("of_phone"), Patient.status != PatientStatus.MERGED)
    .order_by(Patient.search_key, Patient.id)
)


def patient(session: Session, patient_id: UUID) -> Patient:
    """Return the patient, or raise PatientNotFound; for jobs and actions, which ask nobody's permission."""
    found = session.get(Patient, patient_id)
    if found is None:
        raise PatientNotFound
    return found


def lock_patient(session: Session, patient_id: UUID) -> Patient:
    """Return the patient's row as it is now, locked against changes until the transaction ends.

    FOR NO KEY UPDATE: rows that refer to the patient can still be inserted. Lock the physician first, if both. What
    this transaction has locked already nobody else has changed, and it is not asked for again.
    """
    return remembered(session, (_LOCKED, patient_id), lambda: _locked(session, patient_id))


def _locked(session: Session, patient_id: UUID) -> Patient:
    found = session.scalar(_FOR_CHANGE, {"of_patient": patient_id})
    if found is None:
        raise PatientNotFound
    return found


def lock_patient_of(session: Session, model: type[Base], row_id: UUID) -> Patient | None:
    """Return the patient whose a row is (`patient_id`), locked like one by id, or None when there is no such row.

    Whose the row is may have changed while we waited for the lock: the caller reads the row after it and compares.
    """
    return session.scalar(_whose(model), {"of_row": row_id}, execution_options={"populate_existing": True})


@cache
def _whose(model: type[Base]) -> Select[Patient]:
    rows = model.__table__.c
    whose = select(rows.patient_id).where(rows.id == bindparam("of_row"))
    return select(Patient).where(Patient.id == whose.scalar_subquery()).with_for_update(key_share=True)


def lock_living(session: Session, patient_id: UUID) -> Patient:
    """Return the record as it is now, locked, or the one that it was merged into."""
    found = lock_patient(session, patient_id)
    while found.merged_into_id is not None:
        found = lock_patient(session, found.merged_into_id)
    return found


def survivor_of(session: Session, patient_id: UUID) -> UUID | None:
    """Return the record into which this one was merged, if it was."""
    return session.scalar(_MERGED_INTO, {"of_patient": patient_id})


def record_ids(session: Session, patient_id: UUID) -> list[UUID]:
    """Return a patient's id and those of records merged into it, which append-only history goes on naming."""
    return [patient_id, *session.scalars(_MERGED, {"of_patient": patient_id})]


def records_of(patient_id: UUID | ColumnElement[UUID]) -> Select[UUID]:
    """Select the same ids within a statement about that history, which saves asking for them first.

    A statement that is built once gives the place of the id, `bindparam("of_patient")`.
    """
    return select(Patient.id).where(or_(Patient.id == patient_id, Patient.merged_into_id == patient_id))


def patients_by_id(session: Session, ids: Collection[UUID]) -> dict[UUID, Patient]:
    """Return the patients of these ids; unknown ids are absent."""
    return {each.id: each for each in session.scalars(_PATIENTS, {"ids": list(ids)})}


def birth_date_of(session: Session, patient_id: UUID) -> date:
    """Return the birth date that opens a patient's link."""
    return patient(session, patient_id).birth_date


def phone_of(session: Session, patient_id: UUID) -> Phone:
    """Return the patient's phone, or raise PatientNotFound."""
    found = session.scalar(_PHONE, {"of_patient": patient_id})
    if found is None:
        raise PatientNotFound
    return found


def phones_by_id(session: Session, ids: Collection[UUID]) -> dict[UUID, Phone]:
    """Return the phones of these ids; unknown ids are absent."""
    return {each.id: each for each in session.scalars(_PHONES, {"ids": list(ids)})}


def phone_by_number(session: Session, e164: str) -> Phone | None:
    """Return the phone with that number, if the clinic has met it."""
    return session.scalar(select(Phone).where(Phone.e164 == e164))


def patients_with_phone(session: Session, phone_id: UUID) -> list[Patient]:
    """Return everybody who uses the phone, by name; a family may share one."""
    return list(session.scalars(_OF_PHONE, {"of_phone": phone_id}))


def who_asks(session: Session, *, e164: str, birth_date: date) -> Patient | None:
    """Return the one patient in our care with this number and birth date; None for nobody, and for two alike."""
    alike = (
        select(Patient)
        .join(Phone, Phone.id == Patient.phone_id)
        .where(Phone.e164 == e164, Patient.birth_date == birth_date, Patient.status == PatientStatus.ACTIVE)
    )
    found = session.scalars(alike.limit(2)).all()
    return found[0] if len(found) == 1 else None


def possible_duplicates(
    session: Session, facts: PatientFacts, *, except_ids: Collection[UUID] = ()
) -> list[tuple[Patient, tuple[str, ...]]]:
    """Return who may be the same person, with what agrees (`phone`, `legal_name`), most agreement first.

    The same person means the same birth date with the same phone or the same legal name, however it is spelled. A
    merged record counts too, because it tells how the survivor was once written.
    """
    born_alike = (
        select(Patient, Phone.e164)
        .join(Phone, Phone.id == Patient.phone_id)
        .where(Patient.birth_date == facts.birth_date, Patient.id.not_in(except_ids))
        .order_by(Patient.search_key, Patient.id)
    )
    found = [(each, agreeing(facts, each, e164=e164)) for each, e164 in session.execute(born_alike)]
    return sorted((pair for pair in found if pair[1]), key=lambda pair: -len(pair[1]))


def alike_to(session: Session, patient: Patient) -> dict[UUID, tuple[str, ...]]:
    """Return other records that may be of the same person, with what agrees, most agreement first."""
    names = [name for name in PatientFacts.__dataclass_fields__ if name != "e164"]
    facts = PatientFacts(e164=phone_of(session, patient.id).e164, **{name: getattr(patient, name) for name in names})
    found = possible_duplicates(session, facts, except_ids={patient.id})
    return {one.id: why for one, why in found if one.status != PatientStatus.MERGED}


def agreeing(facts: PatientFacts, other: Patient, *, e164: str) -> tuple[str, ...]:
    """Return what two people born on one day have in common that makes them likely the same: `phone`, `legal_name`."""
    name = key_of_name(facts.legal_first_name, facts.legal_last_name)
    agreeing = {
        "phone": facts.e164 == e164,
        "legal_name": name == key_of_name(other.legal_first_name, other.legal_last_name),
    }
    return tuple(what for what, agrees in agreeing.items() if agrees)
