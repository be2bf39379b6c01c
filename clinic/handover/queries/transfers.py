"""Hand-overs of patients between physicians: what is open, what was, and who can receive whom."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, aliased

from clinic.handover.errors import UnknownTransfer
from clinic.handover.models import PhysicianTransfer
from clinic.handover.rules.transferring import OPEN, Receiver, TransferState, why_not
from clinic.kernel.actor import Actor
from clinic.kernel.localtime import in_zone
from clinic.people.models import Licence, Patient, Physician
from clinic.people.queries import active_physicians, licences_by_physician, may_see
from clinic.people.rules import display_name
from clinic.scheduling.queries import VisitRow, upcoming_for_patient
from clinic.scheduling.queries.locations import periods

TOLD_FOR = timedelta(days=14)
"""So long the former physician reads of a hand-over that was carried out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferRow:
    """One hand-over with the names to show."""

    transfer: PhysicianTransfer
    patient_name: str
    patient_zone: str
    from_name: str
    to_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A physician to choose, and why not."""

    id: UUID
    name: str
    why_not: str | None


def transfer(session: Session, transfer_id: UUID) -> PhysicianTransfer:
    """Return the hand-over, or raise UnknownTransfer."""
    found = session.get(PhysicianTransfer, transfer_id)
    if found is None:
        raise unknown()
    return found


def unknown() -> UnknownTransfer:
    """Return the refusal for a hand-over that is not there for the one who asks."""
    return UnknownTransfer("There is no such hand-over. Open the patient again.")


def open_transfer(session: Session, patient_id: UUID) -> PhysicianTransfer | None:
    """Return the hand-over of a patient that is proposed or accepted."""
    row = PhysicianTransfer
    return session.scalar(select(row).where(row.patient_id == patient_id, row.state.in_(OPEN)))


def transfers_of(session: Session, patient_id: UUID) -> list[TransferRow]:
    """Return every hand-over of a patient, the newest first: who had whom, and since when."""
    row = PhysicianTransfer
    return _rows(session, _named().where(row.patient_id == patient_id).order_by(row.created_at.desc(), row.id))


def transfers_for(session: Session, physician_id: UUID, *, now: datetime) -> list[TransferRow]:
    """Return what a physician is told of: patients offered, patients who go or went to a colleague lately."""
    row = PhysicianTransfer
    mine = row.to_physician_id == physician_id
    left = (row.from_physician_id == physician_id) & or_(
        row.state.in_(OPEN), (row.state == TransferState.DONE) & (row.done_at > now - TOLD_FOR)
    )
    wanted = _named().where(or_(mine & row.state.in_(OPEN), left))
    return _rows(session, wanted.order_by(row.takes_effect_on, row.id))


def transfer_row(session: Session, transfer_id: UUID) -> TransferRow:
    """Return one hand-over with its names, or raise UnknownTransfer."""
    found = _rows(session, _named().where(PhysicianTransfer.id == transfer_id))
    if not found:
        raise unknown()
    return found[0]


def may_read(session: Session, row: PhysicianTransfer, *, physician_id: UUID, actor: Actor, now: datetime) -> bool:
    """Tell whether a physician reads of a hand-over: both while it is open, afterwards who may see the record."""
    if physician_id not in {row.from_physician_id, row.to_physician_id}:
        return False
    return row.state in OPEN or may_see(session, actor=actor, patient_id=row.patient_id, now=now)


def may_answer(session: Session, row: PhysicianTransfer, actor: Actor) -> bool:
    """Tell whether the actor is the physician who would receive the patient."""
    receiver = session.get_one(Physician, row.to_physician_id)
    return actor.id is not None and receiver.staff_id == actor.id


def choices(session: Session, *, state: str, present_id: UUID, on: date) -> list[Choice]:
    """Return every active physician with why a patient in a state cannot go there on a day, if so."""
    known = active_physicians(session)
    held = licences_by_physician(session, [one.id for one in known])
    return [
        Choice(
            id=one.id,
            name=one.full_name,
            why_not=why_not(receiver_of(one, held[one.id], present_id=present_id), state=state, on=on),
        )
        for one in known
    ]


def receiver_of(physician: Physician, held: Iterable[Licence], *, present_id: UUID) -> Receiver:
    """Return what of a physician matters for receiving a patient."""
    return Receiver(
        name=physician.full_name,
        is_present=physician.id == present_id,
        is_active=physician.is_active,
        takes_patients=physician.takes_patients,
        licences=periods(held),
    )


def visits_with(session: Session, patient_id: UUID, physician_id: UUID, *, on: date, now: datetime) -> list[VisitRow]:
    """Return the promised visits of a patient with a physician from a day of the patient on."""
    coming = upcoming_for_patient(session, patient_id=patient_id, now=now)
    return [
        row
        for row in coming
        if row.physician_id == physician_id
        and row.starts_at > now
        and in_zone(row.starts_at, row.patient_zone).date() >= on
    ]


def _named() -> Select[PhysicianTransfer, Patient, str, str]:
    former, receiver = aliased(Physician), aliased(Physician)
    return (
        select(PhysicianTransfer, Patient, former.full_name, receiver.full_name)
        .join(Patient, Patient.id == PhysicianTransfer.patient_id)
        .join(former, former.id == PhysicianTransfer.from_physician_id)
        .join(receiver, receiver.id == PhysicianTransfer.to_physician_id)
    )


def _rows(session: Session, wanted: Select[PhysicianTransfer, Patient, str, str]) -> list[TransferRow]:
    return [
        TransferRow(
            transfer=row,
            patient_name=display_name(patient.legal_first_name, patient.legal_last_name, patient.preferred_name),
            patient_zone=patient.zone,
            from_name=former,
            to_name=receiver,
        )
        for row, patient, former, receiver in session.execute(wanted)
    ]
