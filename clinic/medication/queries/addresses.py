"""Where parcels go: what people said of the address on record, and what is under way to another one."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, select, true
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from clinic.kernel.statements import among, among_these
from clinic.medication.models import AddressMark, AddressWord, Fill, Prescription, Shipment
from clinic.medication.queries.records import of_these
from clinic.medication.rules.fills import FillState
from clinic.medication.rules.parcels import ShipmentState
from clinic.medication.rules.signed_content import OrderContent
from clinic.people.models import Patient
from clinic.people.rules import PatientStatus

_F, _S = FillState, ShipmentState
_AT_PHARMACY = (_F.SENT, _F.ACCEPTED, _F.CLARIFICATION, _F.COMPOUNDING, _F.VERIFIED, _F.PACKED)
_ON_ITS_WAY = (
    *(_S.LABEL_CREATED, _S.IN_TRANSIT, _S.OUT_FOR_DELIVERY, _S.PICKUP_READY, _S.DELIVERY_ATTEMPTED, _S.EXCEPTION),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """A parcel or a fill at the pharmacy that goes to another address than the one on record, in a sentence."""

    patient_id: UUID
    about_id: UUID
    sentence: str


def address_of(patient: Patient) -> str:
    """Return a patient's address in one line, as orders and parcels keep it."""
    return f"{patient.address_line}, {patient.city}, {patient.state} {patient.postal_code}"


def words_of(session: Session, patient_id: UUID) -> list[AddressWord]:
    """Return everything that was said of a patient's address, the newest first."""
    wanted = select(AddressWord).join(Patient, Patient.id == AddressWord.patient_id).where(of_these([patient_id]))
    return list(session.scalars(wanted.order_by(AddressWord.at.desc(), AddressWord.id)))


def confirmed_on(session: Session, patient_ids: Collection[UUID]) -> dict[UUID, date]:
    """Return when each patient's address was last called right, where it is still that one.

    Who said last that it is wrong is absent, and so is who moved since; a merged record's address was another one.
    """
    rows = session.execute(_confirmed(), {"of_patients": list(patient_ids)})
    return {patient_id: on for patient_id, on in rows}  # noqa: C416 - rows are no pairs to mypy


@cache
def _confirmed() -> Select[UUID, date]:
    word, mark = AddressWord, AddressMark
    wanted = (
        select(word.patient_id, word.on, word.is_right, word.at)
        .where(among(word.patient_id, "of_patients"))
        .ext(distinct_on(word.patient_id))
        .order_by(word.patient_id, word.at.desc(), word.id.desc())
        .subquery()
    )
    found = select(wanted.c.patient_id, wanted.c.on).join(mark, mark.patient_id == wanted.c.patient_id)
    return found.where(wanted.c.is_right, wanted.c.at >= mark.since)


def denied(session: Session, patient_id: UUID | None = None) -> list[AddressWord]:
    """Return the last word about each address, or about one, where it is that the address is not right."""
    found = session.scalars(_last_words(of_one=patient_id is not None), {"of_patient": patient_id})
    return [each for each in found if not each.is_right]


@cache
def _last_words(*, of_one: bool) -> Select[AddressWord]:
    return (
        select(AddressWord)
        .join(Patient, Patient.id == AddressWord.patient_id)
        .where(Patient.status == PatientStatus.ACTIVE, _about(of_one=of_one))
        .ext(distinct_on(AddressWord.patient_id))
        .order_by(AddressWord.patient_id, AddressWord.at.desc(), AddressWord.id.desc())
    )


def bound_elsewhere(session: Session, patient_id: UUID | None = None) -> Iterator[Elsewhere]:
    """Yield what is under way to another address than the one on record, of one patient or of all."""
    of_one, asked = patient_id is not None, {"of_patient": patient_id}
    for parcel, patient in session.execute(_parcels(of_one=of_one), asked):
        if parcel.address != address_of(patient):
            sentence = (
                f"The address changed while the parcel {parcel.carrier} {parcel.tracking_number} is on its way to "
                "another one. Call the carrier, then the patient."
            )
            yield Elsewhere(patient_id=patient.id, about_id=parcel.id, sentence=sentence)
    for fill_id, order, patient in session.execute(_fills(of_one=of_one), asked):
        if OrderContent.read(order.signed_content or "").patient_address != address_of(patient):
            sentence = (
                "The pharmacy has a shipment with another address than the one on record. Tell the pharmacy before it "
                "leaves."
            )
            yield Elsewhere(patient_id=patient.id, about_id=fill_id, sentence=sentence)


@cache
def _parcels(*, of_one: bool) -> Select[Shipment, Patient]:
    wanted = select(Shipment, Patient).join(Patient, Patient.id == Shipment.patient_id)
    return wanted.where(among_these(Shipment.state, _ON_ITS_WAY), _about(of_one=of_one))


@cache
def _fills(*, of_one: bool) -> Select[UUID, Prescription, Patient]:
    return (
        select(Fill.id, Prescription, Patient)
        .join(Patient, Patient.id == Fill.patient_id)
        .join(Prescription, Prescription.id == Fill.prescription_id)
        .where(among_these(Fill.state, _AT_PHARMACY), _about(of_one=of_one))
    )


def _about(*, of_one: bool) -> ColumnElement[bool]:
    return Patient.id == bindparam("of_patient") if of_one else true()
