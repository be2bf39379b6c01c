"""Giving everything of one record's supply to another when both are one person's."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.kernel.actor import Actor
from clinic.medication.actions.requests import withdraw_request
from clinic.medication.errors import WrongState
from clinic.medication.models import Fill, RecallNotice, RefillRequest, Shipment, SupplyClaim, UnitBalance
from clinic.medication.queries.fills import fill_under_way
from clinic.medication.queries.orders import live_order_of
from clinic.medication.queries.verdicts import request_of


def hand_over_supply(session: Session, *, from_id: UUID, to_id: UUID, by: Actor, now: datetime) -> int:
    """Give fills, parcels, reports, notices and balances of one record to another; return how many rows moved.

    The caller holds both patients' locks. Orders, entries, counts and decisions go on naming the record that they were
    written for, and are read together. Raises WrongState when both records have a fill under way or an order that
    counts.
    """
    if fill_under_way(session, from_id) and fill_under_way(session, to_id):
        raise WrongState("Both records have a fill under way. Finish or cancel one of them first.")
    if live_order_of(session, from_id) and live_order_of(session, to_id):
        raise WrongState("Both records have an order that still counts. Let a physician stop one of them first.")
    asked = request_of(session, from_id)
    if asked is not None and request_of(session, to_id) is not None:
        withdraw_request(session, request_id=asked.id, by=by, now=now)
    session.flush()
    known = select(RecallNotice.recall_id).where(RecallNotice.patient_id == to_id)
    moved = 0
    for table in (Fill, Shipment, SupplyClaim, RefillRequest, RecallNotice):
        wanted = update(table).where(table.patient_id == from_id)
        if table is RecallNotice:
            wanted = wanted.where(RecallNotice.recall_id.not_in(known))
        rows = session.scalars(wanted.values(patient_id=to_id).returning(table.id))
        moved += len(list(rows))
    moved += _balances(session, from_id, to_id, now=now)
    journal.note(
        session,
        "supply.handed_over",
        subject_kind="patient",
        subject_id=to_id,
        at=now,
        patient_ids=(from_id, to_id),
        rows=moved,
    )
    return moved


def _balances(session: Session, from_id: UUID, to_id: UUID, *, now: datetime) -> int:
    """Add what one record has of each lot to the other's, and leave nothing behind."""
    mine = select(UnitBalance).where(UnitBalance.patient_id == from_id, UnitBalance.units > 0).with_for_update()
    found = list(session.scalars(mine.order_by(UnitBalance.lot_id).execution_options(populate_existing=True)))
    for balance in found:
        row = {"patient_id": to_id, "lot_id": balance.lot_id, "units": balance.units, "at": now}
        wanted = insert(UnitBalance).values(row)
        both = UnitBalance.units + wanted.excluded.units
        session.execute(
            wanted.on_conflict_do_update(index_elements=["patient_id", "lot_id"], set_={"units": both, "at": now})
        )
        balance.units, balance.at = 0, now
    session.flush()
    session.expire_all()
    return len(found)
