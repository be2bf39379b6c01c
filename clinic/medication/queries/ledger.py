"""The unit ledger read: what a patient has by lot, every entry, and each unit's way back to order and program check."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, bindparam, func, or_, select
from sqlalchemy.orm import Session

from clinic.kernel.statements import among
from clinic.medication.errors import LotUnknown
from clinic.medication.models import (
    Fill,
    FillLot,
    Lot,
    LotRecall,
    PdmpCheck,
    Prescription,
    Shipment,
    UnitBalance,
    UnitCount,
    UnitEntry,
)
from clinic.medication.rules.units import LotFacts, LotProblem, UnitKind, usable
from clinic.people.queries import records_of


@dataclass(frozen=True, slots=True, kw_only=True)
class LotBalance:
    """How many units of a lot a patient has by the ledger, and until when they are good."""

    lot_id: UUID
    number: str
    compounded_on: date
    beyond_use_on: date
    recalled_at: datetime | None
    units: int

    def problem(self, today: date) -> LotProblem | None:
        """Return why these units may not be used on a day, or None."""
        facts = LotFacts(number=self.number, beyond_use_on=self.beyond_use_on, is_recalled=self.recalled_at is not None)
        return usable(facts, today)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRow:
    """One entry; `place` counts a patient's from 1, the oldest first, `left` is the sum of all entries up to it."""

    id: int
    place: int
    kind: UnitKind
    units: int
    left: int
    lot_number: str
    on: date
    at: datetime
    actor_name: str
    fill_id: UUID
    shipment_id: UUID | None
    appointment_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """Where units came from, from the entry back to the program check that the order stood on."""

    entry: UnitEntry
    shipment: Shipment | None
    fill: Fill
    lot: Lot
    order: Prescription
    pdmp_check: PdmpCheck | None


def balance_of(session: Session, patient_id: UUID) -> list[LotBalance]:
    """Return the lots of which a patient has units, the one that is good for the shortest time first."""
    return [_balance(row) for row in session.execute(_balance_of(), {"of_patient": patient_id})]


@cache
def _balance_of() -> Select[*tuple[Any, ...]]:
    return (
        select(
            *(Lot.id, Lot.number, Lot.compounded_on, Lot.beyond_use_on),
            *(LotRecall.at.label("recalled_at"), func.sum(UnitBalance.units).label("units")),
        )
        .join(UnitBalance, UnitBalance.lot_id == Lot.id)
        .outerjoin(LotRecall, LotRecall.lot_id == Lot.id)
        .where(UnitBalance.patient_id.in_(records_of(bindparam("of_patient"))), UnitBalance.units > 0)
        .group_by(Lot.id, LotRecall.at)
        .order_by(Lot.beyond_use_on, Lot.number)
    )


def units_on_hand(session: Session, patient_ids: Collection[UUID]) -> dict[UUID, int]:
    """Return how many units each of these patients has by the ledger; who has none is absent."""
    found = session.execute(_on_hand(), {"of_patients": list(patient_ids)})
    return {patient_id: int(units) for patient_id, units in found}


@cache
def _on_hand() -> Select[UUID, int]:
    wanted = select(UnitBalance.patient_id, func.sum(UnitBalance.units)).where(
        among(UnitBalance.patient_id, "of_patients"), UnitBalance.units > 0
    )
    return wanted.group_by(UnitBalance.patient_id)


def on_hand_and_recalled(session: Session, patient_ids: Collection[UUID]) -> tuple[dict[UUID, int], dict[UUID, int]]:
    """Return the same, and how many of these units are of recalled lots; who has none of those is absent there."""
    rows = session.execute(_on_hand_and_recalled(), {"of_patients": list(patient_ids)}).all()
    return (
        {row.patient_id: int(row.units) for row in rows},
        {row.patient_id: int(row.recalled) for row in rows if row.recalled},
    )


@cache
def _on_hand_and_recalled() -> Select[UUID, int, int]:
    return (
        select(
            UnitBalance.patient_id,
            func.sum(UnitBalance.units).label("units"),
            func.sum(UnitBalance.units).filter(LotRecall.id.is_not(None)).label("recalled"),
        )
        .outerjoin(LotRecall, LotRecall.lot_id == UnitBalance.lot_id)
        .where(among(UnitBalance.patient_id, "of_patients"), UnitBalance.units > 0)
        .group_by(UnitBalance.patient_id)
    )


def units_reported_gone(session: Session, patient_id: UUID, lot_id: UUID) -> int:
    """Return how many units of a lot a patient lost or broke at home and did not find again."""
    kinds = (UnitKind.LOST, UnitKind.WASTED, UnitKind.FOUND)
    wanted = select(func.coalesce(-func.sum(UnitEntry.units), 0)).where(
        UnitEntry.patient_id.in_(records_of(patient_id)),
        UnitEntry.lot_id == lot_id,
        UnitEntry.shipment_id.is_(None),
        UnitEntry.kind.in_(kinds),
    )
    return max(int(session.scalar(wanted) or 0), 0)


def gone_from_home(session: Session, patient_id: UUID) -> list[tuple[UUID, int]]:
    """Return how many units of each lot left a patient's home, the lot that is good for the shortest time first.

    What parcels brought and took away again was never there to be found.
    """
    gone = -func.sum(UnitEntry.units)
    wanted = (
        select(Lot.id, gone)
        .join(UnitEntry, UnitEntry.lot_id == Lot.id)
        .where(UnitEntry.patient_id.in_(records_of(patient_id)), UnitEntry.shipment_id.is_(None))
        .group_by(Lot.id)
        .having(gone > 0)
        .order_by(Lot.beyond_use_on, Lot.number)
    )
    return [(lot_id, int(units)) for lot_id, units in session.execute(wanted)]


def entries_of(session: Session, patient_id: UUID) -> list[EntryRow]:
    """Return every entry of a patient, the newest first, with what was left after it."""
    wanted = (
        select(UnitEntry, Lot.number, func.sum(UnitEntry.units).over(order_by=UnitEntry.id).label("left"))
        .join(Lot, Lot.id == UnitEntry.lot_id)
        .where(UnitEntry.patient_id.in_(records_of(patient_id)))
        .order_by(UnitEntry.id.desc())
    )
    rows = session.execute(wanted).all()
    return [_entry(*row, place=len(rows) - earlier) for earlier, row in enumerate(rows)]


def counts_of(session: Session, patient_id: UUID) -> list[UnitCount]:
    """Return every count of a patient, the newest first."""
    return list(session.scalars(_counts(), {"of_patient": patient_id}))


def last_count(session: Session, patient_id: UUID) -> UnitCount | None:
    """Return a patient's newest count, or None."""
    return session.scalar(_newest_count(), {"of_patient": patient_id})


@cache
def _counts() -> Select[UnitCount]:
    wanted = select(UnitCount).where(UnitCount.patient_id.in_(records_of(bindparam("of_patient"))))
    return wanted.order_by(UnitCount.at.desc(), UnitCount.id)


@cache
def _newest_count() -> Select[UnitCount]:
    return _counts().limit(1)


def trace(session: Session, entry_id: int) -> Trace:
    """Return where the units of an entry came from, or raise LotUnknown when there is no such entry."""
    for entry, shipment, fill, lot, order, check in session.execute(_traced().where(UnitEntry.id == entry_id)):
        return Trace(entry=entry, shipment=shipment, fill=fill, lot=lot, order=order, pdmp_check=check)
    raise LotUnknown("There is no such entry in the ledger. Open the ledger again.")


def untraceable(session: Session, *, patient_id: UUID | None = None) -> list[int]:
    """Return the entries whose units do not lead back to a fill with that lot, its order and a program check."""
    packed = select(FillLot.id).where(FillLot.fill_id == UnitEntry.fill_id, FillLot.lot_id == UnitEntry.lot_id)
    wanted = (
        select(UnitEntry.id)
        .join(Fill, Fill.id == UnitEntry.fill_id)
        .join(Prescription, Prescription.id == Fill.prescription_id)
        .outerjoin(Shipment, Shipment.id == UnitEntry.shipment_id)
        .where(
            or_(
                ~packed.exists(),
                Prescription.pdmp_check_id.is_(None),
                UnitEntry.shipment_id.is_not(None) & (Shipment.fill_id != UnitEntry.fill_id),
            )
        )
    )
    if patient_id is not None:
        wanted = wanted.where(UnitEntry.patient_id == patient_id)
    return list(session.scalars(wanted.order_by(UnitEntry.id)))


def _traced() -> Select[*tuple[Any, ...]]:
    return (
        select(UnitEntry, Shipment, Fill, Lot, Prescription, PdmpCheck)
        .join(Fill, Fill.id == UnitEntry.fill_id)
        .join(Lot, Lot.id == UnitEntry.lot_id)
        .join(Prescription, Prescription.id == Fill.prescription_id)
        .outerjoin(PdmpCheck, PdmpCheck.id == Prescription.pdmp_check_id)
        .outerjoin(Shipment, Shipment.id == UnitEntry.shipment_id)
    )


def _balance(row: Row[*tuple[Any, ...]]) -> LotBalance:
    return LotBalance(
        lot_id=row.id,
        number=row.number,
        compounded_on=row.compounded_on,
        beyond_use_on=row.beyond_use_on,
        recalled_at=row.recalled_at,
        units=int(row.units),
    )


def _entry(entry: UnitEntry, number: str, left: int, *, place: int) -> EntryRow:
    return EntryRow(
        id=entry.id,
        place=place,
        kind=UnitKind(entry.kind),
        units=entry.units,
        left=int(left),
        lot_number=number,
        on=entry.on,
        at=entry.at,
        actor_name=entry.actor_name,
        fill_id=entry.fill_id,
        shipment_id=entry.shipment_id,
        appointment_id=entry.appointment_id,
    )
