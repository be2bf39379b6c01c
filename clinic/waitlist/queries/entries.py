"""Reads of entries, their offers and what happened to them, as pages show them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, aliased

from clinic.people.models import Patient, Physician
from clinic.people.queries import record_ids
from clinic.scheduling.models import Appointment, VisitType
from clinic.waitlist.errors import UnknownEntry
from clinic.waitlist.models import SlotOffer, WaitlistChange, WaitlistEntry
from clinic.waitlist.rules.states import EntryState, OfferState

MOST_ENTRIES = 500
_Wished, _Offering = aliased(Physician), aliased(Physician)


@dataclass(frozen=True, slots=True)
class EntryRow:
    """An entry with the names to show, the visit that is to become earlier, and its open offer."""

    entry: WaitlistEntry
    patient_name: str
    record_number: str
    zone: str
    language: str
    visit_name: str
    visit_name_es: str
    patient_minutes: int
    physician_name: str | None
    present: datetime | None
    offer: SlotOffer | None
    offering_name: str | None


def entry(session: Session, entry_id: UUID) -> WaitlistEntry:
    """Return an entry, or raise UnknownEntry."""
    found = session.get(WaitlistEntry, entry_id)
    if found is None:
        raise unknown()
    return found


def unknown() -> UnknownEntry:
    """Return the refusal for an entry that is not there, or not for the one who asks."""
    return UnknownEntry("There is no such entry on the waiting list. Open the list again.")


def entry_row(session: Session, entry_id: UUID) -> EntryRow:
    """Return one entry as pages show it, whatever became of it, or raise UnknownEntry."""
    for row in _rows(session, WaitlistEntry.id == entry_id):
        return row
    raise unknown()


def waiting_rows(session: Session, *, limit: int = MOST_ENTRIES) -> list[EntryRow]:
    """Return who waits, those with an open offer first, then whoever waits longest."""
    rows = _rows(session, WaitlistEntry.state == EntryState.WAITING, limit=limit)
    return sorted(rows, key=lambda row: (row.offer is None, row.entry.created_at, row.entry.id))


def of_patient(session: Session, patient_id: UUID) -> list[EntryRow]:
    """Return what a patient waits for."""
    ids = record_ids(session, patient_id)
    return _rows(session, WaitlistEntry.patient_id.in_(ids), WaitlistEntry.state == EntryState.WAITING)


def entry_of_visit(session: Session, appointment_id: UUID) -> WaitlistEntry | None:
    """Return the entry that waits for an earlier time of a visit."""
    return session.scalar(
        select(WaitlistEntry).where(
            WaitlistEntry.appointment_id == appointment_id, WaitlistEntry.state == EntryState.WAITING
        )
    )


def history(session: Session, entry_id: UUID) -> Sequence[WaitlistChange]:
    """Return everything that happened to an entry, the newest first."""
    wanted = select(WaitlistChange).where(WaitlistChange.entry_id == entry_id)
    return session.scalars(wanted.order_by(WaitlistChange.id.desc())).all()


def offer(session: Session, offer_id: UUID) -> SlotOffer | None:
    """Return an offer."""
    return session.get(SlotOffer, offer_id)


def last_offer(session: Session, entry_id: UUID) -> SlotOffer | None:
    """Return the newest offer of an entry, open or not."""
    wanted = select(SlotOffer).where(SlotOffer.entry_id == entry_id)
    return session.scalar(wanted.order_by(SlotOffer.created_at.desc(), SlotOffer.id).limit(1))


def _rows(session: Session, *which: ColumnElement[bool], limit: int = MOST_ENTRIES) -> list[EntryRow]:
    session.flush()
    wanted: Any = (
        select(
            *(WaitlistEntry, Patient, VisitType, _Wished.full_name),
            *(Appointment.starts_at, SlotOffer, _Offering.full_name),
        )
        .join(Patient, Patient.id == WaitlistEntry.patient_id)
        .join(VisitType, VisitType.code == WaitlistEntry.visit_type_code)
        .outerjoin(_Wished, _Wished.id == WaitlistEntry.physician_id)
        .outerjoin(Appointment, Appointment.id == WaitlistEntry.appointment_id)
        .outerjoin(SlotOffer, (SlotOffer.entry_id == WaitlistEntry.id) & (SlotOffer.state == OfferState.OPEN))
        .outerjoin(_Offering, _Offering.id == SlotOffer.physician_id)
        .where(*which)
        .order_by(WaitlistEntry.created_at, WaitlistEntry.id)
        .limit(limit)
    )
    return [
        EntryRow(
            entry=found,
            patient_name=f"{patient.legal_last_name}, {patient.legal_first_name}",
            record_number=patient.record_number,
            zone=patient.zone,
            language=patient.language,
            visit_name=kind.name,
            visit_name_es=kind.name_es,
            patient_minutes=kind.patient_minutes,
            physician_name=wished,
            present=present,
            offer=made,
            offering_name=offering,
        )
        for found, patient, kind, wished, present, made, offering in session.execute(wanted)
    ]
