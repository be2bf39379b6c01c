"""Recalls by lot: whom one concerns, who has heard of it, and what is still on its way."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from uuid import UUID

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session

from clinic.medication.errors import LotUnknown
from clinic.medication.models import Fill, FillLot, Lot, LotRecall, Pharmacy, RecallNotice, Shipment, UnitBalance
from clinic.medication.rules.fills import OVER as FILL_OVER
from clinic.medication.rules.parcels import OVER as PARCEL_OVER
from clinic.people.models import Patient


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallRow:
    """A recall in a list, with how many patients it concerns and how many of them have not heard yet."""

    recall_id: UUID
    lot_id: UUID
    number: str
    pharmacy_name: str
    source: str
    at: datetime
    actor_name: str
    patients: int
    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """A patient whom a lot concerns: units at home by the ledger, and whether a fill or a parcel is under way."""

    patient_id: UUID
    units_on_hand: int
    fill_ids: tuple[UUID, ...] = ()
    shipment_ids: tuple[UUID, ...] = ()


def recalls(session: Session) -> list[RecallRow]:
    """Return every recall, the newest first."""
    notices = (
        select(
            RecallNotice.recall_id,
            func.count().label("patients"),
            func.count().filter(RecallNotice.heard_at.is_(None)).label("waiting"),
        )
        .group_by(RecallNotice.recall_id)
        .subquery()
    )
    wanted = (
        select(LotRecall, Lot.number, Pharmacy.name, notices.c.patients, notices.c.waiting)
        .join(Lot, Lot.id == LotRecall.lot_id)
        .join(Pharmacy, Pharmacy.id == Lot.pharmacy_id)
        .outerjoin(notices, notices.c.recall_id == LotRecall.id)
        .order_by(LotRecall.at.desc(), LotRecall.id)
    )
    return [
        RecallRow(
            recall_id=row.id,
            lot_id=row.lot_id,
            number=number,
            pharmacy_name=name,
            source=row.source,
            at=row.at,
            actor_name=row.actor_name,
            patients=patients or 0,
            waiting=waiting or 0,
        )
        for row, number, name, patients, waiting in session.execute(wanted)
    ]


def recall(session: Session, recall_id: UUID) -> LotRecall:
    """Return a recall, or raise LotUnknown."""
    found = session.get(LotRecall, recall_id)
    if found is None:
        raise LotUnknown("There is no such recall. Open the list again.")
    return found


def recall_of_lot(session: Session, lot_id: UUID) -> LotRecall | None:
    """Return the recall of a lot, or None."""
    return session.scalar(_of_lot(), {"of_lot": lot_id})


@cache
def _of_lot() -> Select[LotRecall]:
    return select(LotRecall).where(LotRecall.lot_id == bindparam("of_lot"))


def notices_of(session: Session, recall_id: UUID) -> list[tuple[RecallNotice, str]]:
    """Return the notices of a recall with the patients' names, those who have not heard first."""
    name = (Patient.legal_last_name + ", " + Patient.legal_first_name).label("name")
    wanted = (
        select(RecallNotice, name)
        .join(Patient, Patient.id == RecallNotice.patient_id)
        .where(RecallNotice.recall_id == recall_id)
        .order_by(RecallNotice.heard_at.is_not(None), name, RecallNotice.id)
    )
    return [(notice, known) for notice, known in session.execute(wanted)]


def waiting_notices(session: Session, patient_id: UUID) -> list[RecallNotice]:
    """Return the recalls that a patient has not heard of yet, the oldest first."""
    wanted = select(RecallNotice).where(RecallNotice.patient_id == patient_id, RecallNotice.heard_at.is_(None))
    return list(session.scalars(wanted.order_by(RecallNotice.created_at, RecallNotice.id)))


def was_noticed(session: Session, *, recall_id: UUID, patient_id: UUID) -> bool:
    """Tell whether a patient was found to be concerned by a recall."""
    wanted = select(RecallNotice.id).where(RecallNotice.recall_id == recall_id, RecallNotice.patient_id == patient_id)
    return session.scalar(wanted) is not None


def reached_by(session: Session, lot_id: UUID) -> list[Reached]:
    """Return everybody with units of a lot at home or with a fill or parcel of it under way, by patient."""
    held = select(UnitBalance.patient_id, UnitBalance.units).where(UnitBalance.lot_id == lot_id, UnitBalance.units > 0)
    at_home = {row.patient_id: row.units for row in session.execute(held)}
    fills = _under_way(session, lot_id)
    parcels = _parcels(session, lot_id)
    return [
        Reached(
            patient_id=patient_id,
            units_on_hand=at_home.get(patient_id, 0),
            fill_ids=tuple(fills.get(patient_id, ())),
            shipment_ids=tuple(parcels.get(patient_id, ())),
        )
        for patient_id in sorted({*at_home, *fills, *parcels})
    ]


def _under_way(session: Session, lot_id: UUID) -> dict[UUID, list[UUID]]:
    wanted = (
        select(Fill.patient_id, Fill.id)
        .join(FillLot, FillLot.fill_id == Fill.id)
        .where(FillLot.lot_id == lot_id, Fill.state.not_in(sorted(FILL_OVER)))
    )
    return _grouped((patient_id, row_id) for patient_id, row_id in session.execute(wanted))


def _parcels(session: Session, lot_id: UUID) -> dict[UUID, list[UUID]]:
    wanted = (
        select(Shipment.patient_id, Shipment.id)
        .join(FillLot, FillLot.fill_id == Shipment.fill_id)
        .where(FillLot.lot_id == lot_id, Shipment.state.not_in(sorted(PARCEL_OVER)))
    )
    return _grouped((patient_id, row_id) for patient_id, row_id in session.execute(wanted))


def _grouped(pairs: Iterable[tuple[UUID, UUID]]) -> dict[UUID, list[UUID]]:
    found: dict[UUID, list[UUID]] = {}
    for patient_id, row_id in pairs:
        found.setdefault(patient_id, []).append(row_id)
    return found
