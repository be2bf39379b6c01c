"""The unit ledger: entries that are only added, and a balance by lot that no entry takes below nothing."""

from collections.abc import Iterator
from datetime import date, datetime
from functools import cache
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.kernel.actor import Actor
from clinic.kernel.outbox import publish
from clinic.medication.actions.recalls import tell_late
from clinic.medication.actions.supply_locks import day_of, require_living
from clinic.medication.errors import LotUnknown, UnitsRefused
from clinic.medication.models import FillLot, Lot, UnitBalance, UnitEntry
from clinic.medication.queries.lots import facts_of_lots
from clinic.medication.queries.lots import lot as lot_by_id
from clinic.medication.queries.session_log import NOT_HELD
from clinic.medication.rules.units import UnitKind, require_usable, whole_units
from clinic.people.models import Patient
from clinic.people.queries import lock_patient, records_of
from clinic.scheduling.queries import appointment

UNITS_CHANGED = "units.changed"
"""The fact that what a patient has at home is not what it was; its subject is the patient."""


_BALANCES = UnitBalance.metadata.tables[UnitBalance.__tablename__]


class About(NamedTuple):
    """What an entry names besides patient and lot; without `fill_id` the oldest fills of the lot are used up first."""

    fill_id: UUID | None = None
    shipment_id: UUID | None = None
    appointment_id: UUID | None = None
    count_id: UUID | None = None
    claim_id: UUID | None = None


def enter(
    session: Session,
    *,
    patient_id: UUID,
    lot_id: UUID,
    kind: UnitKind,
    units: int,
    on: date,
    by: Actor,
    now: datetime,
    about: About | None = None,
) -> list[UnitEntry]:
    """Enter a whole number of units above 0; the kind says whether they come or go. One entry for each fill concerned.

    Units `taken` need a lot that may be used on `on`. Raises UnitsRefused for more than there is or than can come back,
    ChangedMeanwhile for a merged record, LotUnknown, LotRecalled and LotExpired; then the ledger is untouched.
    """
    wanted = whole_units(units, field="units", least=1)
    named = about or About()
    patient = _living(session, patient_id)
    lot = _shared(session, lot_id)
    if kind is UnitKind.TAKEN:
        require_usable(facts_of_lots(session, [lot.id])[lot.id], on)
    _rebalance(session, patient_id=patient.id, lot=lot, change=kind.sign * wanted, now=now)
    entries = [
        UnitEntry(
            patient_id=patient.id,
            lot_id=lot.id,
            fill_id=fill_id,
            shipment_id=named.shipment_id,
            appointment_id=named.appointment_id,
            count_id=named.count_id,
            claim_id=named.claim_id,
            kind=kind.value,
            units=kind.sign * part,
            on=on,
            at=now,
            actor_id=by.id,
            actor_name=by.name,
        )
        for fill_id, part in _portions(session, patient.id, lot.id, units=kind.sign * wanted, named=named)
    ]
    _write(session, entries, by=by)
    publish(session, UNITS_CHANGED, subject_id=patient.id, now=now)
    return entries


def log_session_units(
    session: Session, *, patient_id: UUID, appointment_id: UUID, lot_id: UUID, units: int, by: Actor, now: datetime
) -> list[UnitEntry]:
    """Enter the units that a patient took at a session, on the session's day.

    Raises UnitsRefused for another patient's visit and for one that did not take place, and what `enter` raises.
    """
    patient = lock_patient(session, patient_id)
    visit = appointment(session, appointment_id)
    if visit.patient_id != patient.id:
        raise UnitsRefused("This visit is another patient's. Open the patient's own visit.", field="appointment_id")
    if visit.state in NOT_HELD:
        raise UnitsRefused("This visit did not take place, so nothing was taken at it.", field="appointment_id")
    return enter(
        session,
        patient_id=patient.id,
        lot_id=lot_id,
        kind=UnitKind.TAKEN,
        units=units,
        on=day_of(patient, min(now, visit.starts_at)),
        by=by,
        now=now,
        about=About(appointment_id=visit.id),
    )


def _living(session: Session, patient_id: UUID) -> Patient:
    patient = lock_patient(session, patient_id)
    require_living(patient)
    return patient


def _shared(session: Session, lot_id: UUID) -> Lot:
    """Return the lot, locked against a recall in between; whoever recalls it waits, or we see the recall."""
    lot_by_id(session, lot_id)
    return session.get_one(Lot, lot_id, with_for_update={"read": True}, populate_existing=True)


def _rebalance(session: Session, *, patient_id: UUID, lot: Lot, change: int, now: datetime) -> None:
    """Change the locked balance, or raise UnitsRefused for less than nothing."""
    whose = {"of_patient": patient_id, "of_lot": lot.id}
    session.execute(_first_balance(), {**whose, "now": now})
    balance = session.scalars(_balance(), whose, execution_options={"populate_existing": True}).one()
    if balance.units + change < 0:
        raise UnitsRefused(
            f"Of lot {lot.number} there {_are(balance.units)} in the ledger, and {-change} cannot leave it. Count them "
            "with the patient; a difference is for the patient's physician.",
            field="units",
        )
    balance.units, balance.at = balance.units + change, now


@cache
def _first_balance() -> Insert:
    row = {"patient_id": bindparam("of_patient"), "lot_id": bindparam("of_lot"), "units": 0, "at": bindparam("now")}
    return insert(_BALANCES).values(row).on_conflict_do_nothing()


@cache
def _balance() -> Select[UnitBalance]:
    is_it = (UnitBalance.patient_id == bindparam("of_patient"), UnitBalance.lot_id == bindparam("of_lot"))
    return select(UnitBalance).where(*is_it).with_for_update()


def _are(units: int) -> str:
    return "is 1 unit" if units == 1 else f"are {units} units"


def _portions(
    session: Session, patient_id: UUID, lot_id: UUID, *, units: int, named: About
) -> Iterator[tuple[UUID, int]]:
    """Yield the fills that the units belong to and how many of each: the oldest go first, the newest come back first.

    No more comes back of a fill than left the patient's home of it.
    """
    if named.fill_id is not None:
        yield _of_lot(session, named.fill_id, lot_id), abs(units)
        return
    left = abs(units)
    held = _held(session, patient_id, lot_id)
    for fill_id, here, gone in reversed(held) if units > 0 else held:
        part = max(min(gone if units > 0 else here, left), 0)
        left -= part
        if part:
            yield fill_id, part
    if left:
        raise UnitsRefused(f"{left} of these units never left this patient's home. Count them again.", field="units")


def _held(session: Session, patient_id: UUID, lot_id: UUID) -> list[tuple[UUID, int, int]]:
    """Return the fills from which a patient had units of a lot, the oldest first, with how many are left and gone."""
    found = session.execute(_fills_of_lot(), {"of_patient": patient_id, "of_lot": lot_id})
    return [(fill_id, int(left), int(away)) for fill_id, left, away in found]


@cache
def _fills_of_lot() -> Select[UUID, int, int]:
    gone = -func.coalesce(func.sum(UnitEntry.units).filter(UnitEntry.shipment_id.is_(None)), 0)
    mine = UnitEntry.patient_id.in_(records_of(bindparam("of_patient")))
    return (
        select(UnitEntry.fill_id, func.sum(UnitEntry.units), gone)
        .where(mine, UnitEntry.lot_id == bindparam("of_lot"))
        .group_by(UnitEntry.fill_id)
        .order_by(func.min(UnitEntry.id))
    )


def _of_lot(session: Session, fill_id: UUID, lot_id: UUID) -> UUID:
    if session.scalar(_packed(), {"of_fill": fill_id, "of_lot": lot_id}) is None:
        raise LotUnknown("No units of this lot went into this fill. Compare the number with the label.")
    return fill_id


@cache
def _packed() -> Select[UUID]:
    return select(FillLot.id).where(FillLot.fill_id == bindparam("of_fill"), FillLot.lot_id == bindparam("of_lot"))


def _write(session: Session, entries: list[UnitEntry], *, by: Actor) -> None:
    """Enter them; who gets units of a lot that was recalled meanwhile is told so."""
    session.add_all(entries)
    session.flush()
    for entry in entries:
        journal.note(
            session,
            "units.entered",
            subject_kind="lot",
            subject_id=entry.lot_id,
            at=entry.at,
            patient_ids=(entry.patient_id,),
            kind=entry.kind,
            units=entry.units,
        )
        if entry.units > 0:
            whose = {"patient_id": entry.patient_id, "lot_id": entry.lot_id}
            tell_late(session, **whose, units=entry.units, by=by, now=entry.at)
