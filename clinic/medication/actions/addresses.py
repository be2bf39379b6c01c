"""Addresses that parcels go to: called right or wrong, corrected on the spot, marked so that like ones are found."""

from datetime import datetime
from functools import cache
from uuid import UUID

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.kernel.actor import Actor, ActorKind
from clinic.kernel.crypto import KeyRing, UnreadableSecret, keyed_code
from clinic.kernel.ids import new_id
from clinic.kernel.sealed import current_ring
from clinic.medication.actions.address_tasks import keep_address_tasks
from clinic.medication.actions.supply_locks import day_of, require_living
from clinic.medication.models import AddressMark, AddressWord
from clinic.medication.rules.addresses import is_forwarder, normal_address
from clinic.people.actions import change_address
from clinic.people.models import Patient
from clinic.people.queries import lock_patient
from clinic.people.rules import PatientStatus
from clinic.people.rules.addresses import NewAddress

AT_ONCE = 2_000
"""So many addresses are marked in one look at most, so that nobody waits for a long transaction."""


def say_address(session: Session, *, patient_id: UUID, is_right: bool, by: Actor, now: datetime) -> AddressWord:
    """Keep that somebody called the address on record right, or wrong, which opens a task; return the word."""
    patient = lock_patient(session, patient_id)
    require_living(patient)
    keep_mark(session, patient, now=now)
    row = AddressWord(id=new_id(), patient_id=patient.id, is_right=is_right, on=day_of(patient, now), at=now)
    row.said_by = "patient" if by.kind is ActorKind.PATIENT else "staff"
    row.actor_id, row.actor_name = by.id, by.name
    session.add(row)
    session.flush()
    journal.note(
        session,
        "address.confirmed" if is_right else "address.denied",
        subject_kind="patient",
        subject_id=patient.id,
        at=now,
        patient_ids=(patient.id,),
    )
    keep_address_tasks(session, patient_id=patient.id, by=by, now=now)
    return row


def correct_address(
    session: Session, *, patient_id: UUID, new: NewAddress, version: int, by: Actor, now: datetime
) -> AddressWord:
    """Replace the address by the right one, which is confirmed with it; what is under way to another opens a task.

    Raises the refusals of `people.rules.checked_patient` at their boxes, for an address outside the clinic's states and
    counties too, and ChangedMeanwhile.
    """
    require_living(lock_patient(session, patient_id))
    change_address(session, patient_id=patient_id, new=new, version=version, by=by, now=now)
    return say_address(session, patient_id=patient_id, is_right=True, by=by, now=now)


def keep_mark(session: Session, patient: Patient, *, now: datetime) -> None:
    """Bring the mark of a locked patient's address up to date; the same address keeps its day."""
    _keep(session, patient, session.get(AddressMark, patient.id), now=now)
    session.flush()


def keep_marks(session: Session, *, now: datetime) -> int:
    """Mark the addresses of records that were added or saved since, or marked with an old key; return how many."""
    found = session.execute(_to_mark(), {"key_id": current_ring().writing[0]}).all()
    for patient, mark in found:
        _keep(session, patient, mark, now=now)
    session.flush()
    return len(found)


@cache
def _to_mark() -> Select[Patient, AddressMark]:
    is_old = (AddressMark.patient_version != Patient.version) | (AddressMark.key_id != bindparam("key_id"))
    return (
        select(Patient, AddressMark)
        .outerjoin(AddressMark, AddressMark.patient_id == Patient.id)
        .where(Patient.status != PatientStatus.MERGED, AddressMark.patient_id.is_(None) | is_old)
        .order_by(Patient.id)
        .limit(AT_ONCE)
        .with_for_update(of=Patient, key_share=True, skip_locked=True)
    )


def _keep(session: Session, patient: Patient, mark: AddressMark | None, *, now: datetime) -> None:
    ring, plain = current_ring(), normal_address(patient.address_line or "", patient.postal_code)
    is_same = mark is not None and _code(ring, mark.key_id, plain) == mark.mark
    mark = mark or AddressMark(patient_id=patient.id)
    if not is_same:
        mark.since = min(patient.updated_at, now)
    mark.key_id = ring.writing[0]
    mark.mark = keyed_code(ring.writing[1], "address", plain)
    mark.is_forwarder = is_forwarder(patient.address_line or "")
    mark.patient_version = patient.version
    session.add(mark)


def _code(ring: KeyRing, key_id: str, plain: str) -> bytes | None:
    try:
        return keyed_code(ring.reading(key_id), "address", plain)
    except UnreadableSecret:
        return None
