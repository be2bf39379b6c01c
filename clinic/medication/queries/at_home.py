"""What patients have at home for a session, many at once: the order that covers it, and which units may be taken."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from clinic.kernel.statements import among, among_these
from clinic.medication.models import Lot, LotRecall, Prescription, Shipment, UnitBalance, UnitEntry
from clinic.medication.queries.records import LIVES_ON, OF_PATIENTS
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
    found: defaultdict[UUID, list[Covering]] = defaultdict(list)
    for patient_id, state, units in session.execute(_signed_orders(), {"of_patients": list(patient_ids)}):
        found[patient_id].append(Covering(state=OrderState(state), units_per_session=units))
    return {
        patient_id: next((each for each in orders if each.state not in _NOT_YET), orders[0])
        for patient_id, orders in found.items()
    }


@cache
def _signed_orders() -> Select[UUID, str, int]:
    return (
        select(LIVES_ON, Prescription.state, Prescription.units_per_session)
        .join(Patient, Patient.id == Prescription.patient_id)
        .where(OF_PATIENTS, Prescription.signed_at.is_not(None))
        .order_by(Prescription.signed_at.desc(), Prescription.id)
    )


def at_home(session: Session, days: Mapping[UUID, date]) -> dict[UUID, AtHome]:
    """Return what each patient has at home for a session on the patient's day; who has nothing is absent."""
    unconfirmed = _unconfirmed(session, days)
    counts: defaultdict[UUID, dict[str, int]] = defaultdict(lambda: {"good": 0, "recalled": 0, "out_of_date": 0})
    lots: defaultdict[UUID, set[str]] = defaultdict(set)
    found = session.execute(_balances(), {"of_patients": list(days)})
    for patient_id, beyond_use_on, recalled_at, units, number in found:
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


@cache
def _balances() -> Select[UUID, date, datetime, int, str]:
    return (
        select(UnitBalance.patient_id, Lot.beyond_use_on, LotRecall.at, UnitBalance.units, Lot.number)
        .join(Lot, Lot.id == UnitBalance.lot_id)
        .outerjoin(LotRecall, LotRecall.lot_id == Lot.id)
        .where(among(UnitBalance.patient_id, "of_patients"), UnitBalance.units > 0)
    )


def _unconfirmed(session: Session, patient_ids: Collection[UUID]) -> dict[UUID, int]:
    found = session.execute(_not_confirmed(), {"of_patients": list(patient_ids)})
    return {patient_id: max(int(units), 0) for patient_id, units in found}


@cache
def _not_confirmed() -> Select[UUID, int]:
    return (
        select(UnitEntry.patient_id, func.sum(UnitEntry.units))
        .join(Shipment, Shipment.id == UnitEntry.shipment_id)
        .where(
            among(UnitEntry.patient_id, "of_patients"),
            Shipment.confirmed_at.is_(None),
            among_these(Shipment.state, _AT_THE_DOOR),
        )
        .group_by(UnitEntry.patient_id)
    )
