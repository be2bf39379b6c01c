"""What a parcel does to the ledger: its units are there while it is, and leave again when it was not."""

from datetime import datetime
from functools import cache
from uuid import UUID

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.kernel.localtime import in_zone
from clinic.medication.actions.ledger import About, enter
from clinic.medication.models import Shipment, UnitEntry
from clinic.medication.queries.lots import packed_lots
from clinic.medication.queries.parcels import receipts_of
from clinic.medication.rules.parcels import ShipmentState
from clinic.medication.rules.units import UnitKind
from clinic.people.queries import patient as patient_by_id

_S, _K = ShipmentState, UnitKind
_CAME = frozenset({_S.DELIVERED, _S.DELIVERED_UNSIGNED, _S.CONFIRMED})
_GONE = frozenset({_S.DISPUTED, _S.LOST, _S.RETURNING, _S.RETURNED_TO_PHARMACY, _S.CANCELED})
_NOT_BACK = frozenset({_S.DISPUTED, _S.LOST})
_MOVES = frozenset({_K.DISPENSED, _K.FOUND, _K.LOST, _K.RETURNED_UNDELIVERED})
_FOUND_INSIDE = frozenset({_K.RECEIVED_LESS, _K.RECEIVED_MORE})


def settle_units(session: Session, parcel: Shipment, *, by: Actor, now: datetime) -> None:
    """Bring the ledger to what the parcel's state says; the same state again enters nothing.

    What was taken or given away meanwhile stays so: never more leaves than the ledger still has of the parcel.
    """
    is_there = _is_there(session, parcel)
    for lot, packed in packed_lots(session, parcel.fill_id):
        moved, inside = _net(session, parcel.id, lot.id)
        missing = (packed if is_there else -inside) - moved
        if missing > 0:
            kind = UnitKind.DISPENSED if not _was_dispensed(session, parcel.id, lot.id) else UnitKind.FOUND
            _enter(session, parcel, lot.id, kind=kind, units=missing, by=by, now=now)
        elif missing < 0:
            kind = UnitKind.LOST if parcel.state in _NOT_BACK else UnitKind.RETURNED_UNDELIVERED
            left = min(-missing, _left_of_fill(session, parcel, lot.id))
            _enter(session, parcel, lot.id, kind=kind, units=left, by=by, now=now)


def note_difference(session: Session, parcel: Shipment, *, lot_id: UUID, counted: int, by: Actor, now: datetime) -> int:
    """Enter that a parcel held more or fewer units than were packed; return the difference to what was known.

    The lot that was named comes first, then the others; never more leaves than the ledger still has of the parcel.
    """
    lots = packed_lots(session, parcel.fill_id)
    known = sum(packed + _net(session, parcel.id, lot.id)[1] for lot, packed in lots)
    difference = counted - known
    if difference > 0:
        _enter(session, parcel, lot_id, kind=UnitKind.RECEIVED_MORE, units=difference, by=by, now=now)
    lacking = max(-difference, 0)
    for each in sorted((lot.id for lot, _ in lots), key=lambda one: one != lot_id):
        part = min(lacking, _left_of_fill(session, parcel, each))
        lacking -= part
        _enter(session, parcel, each, kind=UnitKind.RECEIVED_LESS, units=part, by=by, now=now)
    return difference


def _is_there(session: Session, parcel: Shipment) -> bool:
    state = ShipmentState(parcel.state)
    return state in _CAME or (state not in _GONE and bool(receipts_of(session, parcel.id)))


def _net(session: Session, shipment_id: UUID, lot_id: UUID) -> tuple[int, int]:
    """Return how many units of a lot the parcel moved so far, and how many more or fewer were found inside."""
    found = session.execute(_sums(), {"of_parcel": shipment_id, "of_lot": lot_id})
    sums = {UnitKind(kind): int(units) for kind, units in found}
    moved = sum(units for kind, units in sums.items() if kind in _MOVES)
    return moved, sum(units for kind, units in sums.items() if kind in _FOUND_INSIDE)


@cache
def _sums() -> Select[str, int]:
    wanted = select(UnitEntry.kind, func.sum(UnitEntry.units)).where(
        UnitEntry.shipment_id == bindparam("of_parcel"), UnitEntry.lot_id == bindparam("of_lot")
    )
    return wanted.group_by(UnitEntry.kind)


def _was_dispensed(session: Session, shipment_id: UUID, lot_id: UUID) -> bool:
    wanted = select(UnitEntry.id).where(
        UnitEntry.shipment_id == shipment_id, UnitEntry.lot_id == lot_id, UnitEntry.kind == UnitKind.DISPENSED
    )
    return session.scalar(wanted.limit(1)) is not None


def _left_of_fill(session: Session, parcel: Shipment, lot_id: UUID) -> int:
    """Return how many of the parcel's own units are still in the ledger; another parcel's are none of it."""
    return int(session.scalar(_left(), {"of_fill": parcel.fill_id, "of_lot": lot_id}) or 0)


@cache
def _left() -> Select[int]:
    return select(func.coalesce(func.sum(UnitEntry.units), 0)).where(
        UnitEntry.fill_id == bindparam("of_fill"), UnitEntry.lot_id == bindparam("of_lot")
    )


def _enter(
    session: Session, parcel: Shipment, lot_id: UUID, *, kind: UnitKind, units: int, by: Actor, now: datetime
) -> None:
    if units == 0:
        return
    zone = patient_by_id(session, parcel.patient_id).zone
    came_at = parcel.delivered_at if kind is UnitKind.DISPENSED and parcel.delivered_at else now
    enter(
        session,
        patient_id=parcel.patient_id,
        lot_id=lot_id,
        kind=kind,
        units=units,
        on=in_zone(came_at, zone).date(),
        by=by,
        now=now,
        about=About(fill_id=parcel.fill_id, shipment_id=parcel.id),
    )
