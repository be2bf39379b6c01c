"""What patients have at home for a session, many at once: the order that covers it, and which units may be taken."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic.medication.models import Lot, LotRecall, Prescription, Shipment, UnitBalance, UnitEntry
from clinic.medication.queries.records import LIVES_ON, of_these, one_of
from clinic.medication.rules.orders import OrderState
from clinic.medication.rules.parcels import ShipmentState
from clinic.people.models import Patient

_O, _S = OrderState, ShipmentState
_NOT_YET = frozenset({_O.SIGNED, _O.TRANSMITTED, _O.TRANSMISSION_ERROR, _O.CLARIFICATION, _O.REJECTED, _O.CANCELED})
"""An order that the pharmacy never took leaves the one before it as it is."""

_AT_THE_DOOR = (_S.DELIVERED.value, _S.DELIVERED_UNSIGNED.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Covering:
    """The state of the order that covers a session, and how many units one takes by it."""

    state: OrderState
    units_per_session: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AtHome:
    """Units by the ledger: good ones on a day, and those that may not be taken; `unconfirmed` ones are among the good.

    Unconfirmed is what came in parcels whose content the patient has not confirmed; `recalled_lots` are numbers.
    """

    good: int = 0
    unconfirmed: int = 0
    recalled: int = 0
    out_of_date: int = 0
    recalled_lots: tuple[str, ...] = ()


def covering_orders(session: Session, patient_ids: Collection[UUID]) -> dict[UUID, Covering]:
    """Return the order that covers a session of each of these patients; who never had one is absent."""
    wanted = (
        select(LIVES_ON, Prescription.state, Prescription.units_per_session)
        .join(Patient, Patient.id == Prescription.patient_id)
        .where(of_these(patient_ids), Prescription.signed_at.is_not(None))
        .order_by(Prescription.signed_at.desc(), Prescription.id)
    )
    found: defaultdict[UUID, list[Covering]] = defaultdict(list)
    for patient_id, state, units in session.execute(wanted):
        found[patient_id].append(Covering(state=OrderState(state), units_per_session=units))
    return {
        patient_id: next((each for each in orders if each.state not in _NOT_YET), orders[0])
        for patient_id, orders in found.items()
    }


def at_home(session: Session, days: Mapping[UUID, date]) -> dict[UUID, AtHome]:
    """Return what each patient has at home for a session on the patient's day; who has nothing is absent."""
    unconfirmed = _unconfirmed(session, days)
    counts: defaultdict[UUID, dict[str, int]] = defaultdict(lambda: {"good": 0, "recalled": 0, "out_of_date": 0})
    lots: defaultdict[UUID, set[str]] = defaultdict(set)
    wanted = (
        select(UnitBalance.patient_id, Lot.beyond_use_on, LotRecall.at, UnitBalance.units, Lot.number)
        .join(Lot, Lot.id == UnitBalance.lot_id)
        .outerjoin(LotRecall, LotRecall.lot_id == Lot.id)
        .where(one_of(UnitBalance.patient_id, days), UnitBalance.units > 0)
    )
    for patient_id, beyond_use_on, recalled_at, units, number in session.execute(wanted):
        kind = "recalled" if recalled_at else "out_of_date" if days[patient_id] > beyond_use_on else "good"
        counts[patient_id][kind] += units
        if recalled_at:
            lots[patient_id].add(number)
    return {
        patient_id: AtHome(
            unconfirmed=min(unconfirmed.get(patient_id, 0), held["good"]),
            recalled_lots=tuple(sorted(lots[patient_id])),
            **held,
        )
        for patient_id, held in counts.items()
    }


def _unconfirmed(session: Session, patient_ids: Collection[UUID]) -> dict[UUID, int]:
    wanted = (
        select(UnitEntry.patient_id, func.sum(UnitEntry.units))
        .join(Shipment, Shipment.id == UnitEntry.shipment_id)
        .where(
            one_of(UnitEntry.patient_id, patient_ids),
            Shipment.confirmed_at.is_(None),
            Shipment.state.in_(_AT_THE_DOOR),
        )
        .group_by(UnitEntry.patient_id)
    )
    return {patient_id: max(int(units), 0) for patient_id, units in session.execute(wanted)}
