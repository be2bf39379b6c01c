"""What was sent to patients and what of it is open: last supply, counts, disputes, parcels, confirmed addresses."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from math import ceil
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, and_, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from clinic.kernel.localtime import in_zone
from clinic.kernel.statements import among, among_these, other_than
from clinic.medication.models import Fill, Prescription, RefillRequest, Shipment, SupplyClaim, UnitCount, UnitEntry
from clinic.medication.queries.addresses import confirmed_on
from clinic.medication.queries.records import LIVES_ON, OF_PATIENTS
from clinic.medication.rules.fills import GIVES_ITS_NUMBER_BACK
from clinic.medication.rules.gate import LastCount
from clinic.medication.rules.parcels import OVER, ShipmentState
from clinic.people.models import Patient

_S = ShipmentState
_GONE = frozenset({_S.DISPUTED, _S.LOST, _S.RETURNING, _S.RETURNED_TO_PHARMACY, _S.CANCELED})
"""What is in such a parcel is not at the patient's home."""

_ABOUT_PARCELS = ("not_delivered", "wrong_content")


@dataclass(frozen=True, slots=True, kw_only=True)
class LastSupply:
    """The day on which units came last, in the patient's zone, and how many days they are for."""

    on: date
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """When somebody last confirmed the address, and whether the patient said that an adult will be there."""

    confirmed_on: date
    is_adult_available: bool | None


def fills_done(session: Session, order_ids: Collection[UUID]) -> dict[UUID, frozenset[UUID]]:
    """Return the fills of each order that used it up by one, also those under way; an order without any is absent."""
    found = session.execute(_fills_done(), {"of_orders": list(order_ids)})
    return {key: frozenset(rows) for key, rows in _grouped(found).items()}


@cache
def _fills_done() -> Select[UUID, UUID]:
    return select(Fill.prescription_id, Fill.id).where(
        among(Fill.prescription_id, "of_orders"), other_than(Fill.state, sorted(GIVES_ITS_NUMBER_BACK))
    )


def last_supplies(session: Session, zones: Mapping[UUID, str]) -> dict[UUID, LastSupply]:
    """Return what came last to each of these patients; who never had anything is absent."""
    found = session.execute(_last_supplies(), {"of_patients": list(zones)})
    return {
        patient_id: LastSupply(on=in_zone(at, zones[patient_id]).date(), days=ceil(days_supply * units / quantity))
        for patient_id, at, units, quantity, days_supply in found
    }


@cache
def _last_supplies() -> Select[*tuple[Any, ...]]:
    came_at = func.coalesce(Shipment.delivered_at, Shipment.confirmed_at)
    is_here = other_than(Shipment.state, sorted(_GONE))
    return (
        select(Shipment.patient_id, came_at, Fill.units, Prescription.quantity, Prescription.days_supply)
        .join(Fill, Fill.id == Shipment.fill_id)
        .join(Prescription, Prescription.id == Fill.prescription_id)
        .where(among(Shipment.patient_id, "of_patients"), came_at.is_not(None), is_here)
        .ext(distinct_on(Shipment.patient_id))
        .order_by(Shipment.patient_id, came_at.desc())
    )


def last_counts(session: Session, patient_ids: Collection[UUID]) -> dict[UUID, LastCount]:
    """Return each patient's last count; one that a physician's correction followed has nothing missing."""
    found = session.execute(_last_counts(), {"of_patients": list(patient_ids)})
    return {
        patient_id: LastCount(on=on, missing=0 if corrected else missing)
        for patient_id, on, missing, corrected in found
    }


@cache
def _last_counts() -> Select[UUID, date, int, bool]:
    is_corrected = select(UnitEntry.id).where(UnitEntry.count_id == UnitCount.id).exists()
    return (
        select(LIVES_ON, UnitCount.on, UnitCount.expected - UnitCount.counted, is_corrected)
        .join(Patient, Patient.id == UnitCount.patient_id)
        .where(OF_PATIENTS)
        .ext(distinct_on(LIVES_ON))
        .order_by(LIVES_ON, UnitCount.at.desc(), UnitCount.entry_id.desc())
    )


def open_disputes(session: Session, patient_ids: Collection[UUID]) -> dict[UUID, int]:
    """Return how many reports are not settled, by patient; a dispute of a parcel is one report."""
    found = session.execute(_open_disputes(), {"of_patients": list(patient_ids)})
    return {patient_id: count for patient_id, count in found}  # noqa: C416 - rows are no pairs to mypy


@cache
def _open_disputes() -> Select[UUID, int]:
    wanted = select(SupplyClaim.patient_id, func.count()).where(
        among(SupplyClaim.patient_id, "of_patients"), SupplyClaim.settled_at.is_(None)
    )
    return wanted.group_by(SupplyClaim.patient_id)


def parcels_under_way(session: Session, patient_ids: Collection[UUID]) -> dict[UUID, frozenset[UUID]]:
    """Return the fills of parcels that are not over, by patient; who has none is absent."""
    found = session.execute(_parcels_under_way(), {"of_patients": list(patient_ids)})
    return {key: frozenset(rows) for key, rows in _grouped(found).items()}


@cache
def _parcels_under_way() -> Select[UUID, UUID]:
    settled = select(SupplyClaim.id).where(
        SupplyClaim.shipment_id == Shipment.id,
        among_these(SupplyClaim.kind, _ABOUT_PARCELS),
        SupplyClaim.settled_at.is_not(None),
    )
    is_done_with = and_(Shipment.state == _S.DISPUTED.value, settled.exists())
    return select(Shipment.patient_id, Shipment.fill_id).where(
        among(Shipment.patient_id, "of_patients"), other_than(Shipment.state, sorted(OVER)), ~is_done_with
    )


def doors(session: Session, patient_ids: Collection[UUID]) -> dict[UUID, Door]:
    """Return since when each patient's address is known to be right, and the newest word about an adult.

    Whose address nobody called right, or who moved since, is absent.
    """
    found = session.execute(_adults(), {"of_patients": list(patient_ids)})
    adults = {patient_id: is_there for patient_id, is_there in found}  # noqa: C416 - rows are no pairs to mypy
    return {
        patient_id: Door(confirmed_on=on, is_adult_available=adults.get(patient_id))
        for patient_id, on in confirmed_on(session, patient_ids).items()
    }


@cache
def _adults() -> Select[UUID, bool | None]:
    return (
        select(RefillRequest.patient_id, RefillRequest.is_adult_available)
        .where(among(RefillRequest.patient_id, "of_patients"))
        .ext(distinct_on(RefillRequest.patient_id))
        .order_by(RefillRequest.patient_id, RefillRequest.asked_at.desc())
    )


def _grouped(rows: Iterable[Row[UUID, UUID]]) -> dict[UUID, list[UUID]]:
    found: dict[UUID, list[UUID]] = {}
    for key, value in rows:
        found.setdefault(key, []).append(value)
    return found
