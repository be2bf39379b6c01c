"""Reads of calls and notes with their corrections."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.people.errors import ContactNotFound
from clinic.people.models import ContactEntry, Patient


def records_of(session: Session, patient_id: UUID) -> list[UUID]:
    """Return the ids of a patient's record and of all that were merged into it: what was written there is theirs."""
    found = [patient_id]
    level = [patient_id]
    while level:
        level = list(session.scalars(select(Patient.id).where(Patient.merged_into_id.in_(level))))
        found += level
    return found


def contact_entry(session: Session, *, patient_id: UUID, entry_id: UUID) -> ContactEntry:
    """Return an entry of this patient's log, or raise ContactNotFound as for a missing one."""
    found = session.get(ContactEntry, entry_id)
    if found is None or found.patient_id not in records_of(session, patient_id):
        raise ContactNotFound("There is no such entry. It may have been opened from an old page.")
    return found


def correction_of(session: Session, entry: ContactEntry) -> ContactEntry | None:
    """Return the entry that corrects this one."""
    corrects_it = (ContactEntry.patient_id == entry.patient_id) & (ContactEntry.corrects_id == entry.id)
    return session.scalars(select(ContactEntry).where(corrects_it)).first()


def contact_chains(session: Session, entry_ids: Collection[UUID]) -> dict[UUID, list[ContactEntry]]:
    """Return each of these entries with what it corrected, step by step, oldest first."""
    wanted = select(ContactEntry).where(ContactEntry.id.in_(entry_ids))
    level = list(session.scalars(wanted))
    chains = {entry.id: [entry] for entry in level}
    while corrected := [chain[0].corrects_id for chain in chains.values() if chain[0].corrects_id]:
        earlier = select(ContactEntry).where(ContactEntry.id.in_(corrected))
        by_id = {entry.id: entry for entry in session.scalars(earlier)}
        for chain in chains.values():
            if chain[0].corrects_id:
                chain.insert(0, by_id[chain[0].corrects_id])
    return chains
