"""Closing a report about units with a physician's words, and with it the parcel that it was about."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.kernel.outbox import publish
from clinic.medication.actions.claims import CLAIM_MADE, ClaimKind, checked_settlement, lock_claim, note_claim, task_key
from clinic.medication.actions.filling import move_fill
from clinic.medication.actions.parcel_settling import settle_parcel
from clinic.medication.actions.supply_locks import lock_parcel, require_physician
from clinic.medication.errors import ClaimRefused
from clinic.medication.models import Fill, SupplyClaim
from clinic.medication.rules.fills import FillState
from clinic.medication.rules.parcels import ShipmentState
from clinic.worklist.actions import close_for


def settle_claim(
    session: Session, *, claim_id: UUID, settlement: str, version: int, by: Actor, now: datetime
) -> SupplyClaim:
    """Close a report with a physician's words; raises ClaimRefused, NotYourOrder and ChangedMeanwhile.

    A parcel whose content did not fit counts as confirmed from then on, with what was found in it; the fill of one that
    did not come is over. A replacement is a new decision about a new fill, never part of this.
    """
    claim = lock_claim(session, claim_id)
    require_physician(session, by=by, patient_id=claim.patient_id, now=now)
    claim.require_version(version)
    if claim.settled_at is not None:
        raise ClaimRefused("This report is settled already.")
    claim.settled_at, claim.settlement = now, checked_settlement(settlement)
    claim.touch(by=by, now=now)
    session.flush()
    note_claim(session, claim, "claim.settled", now=now)
    close_for(session, dedupe_key=task_key(claim.id), by=by, now=now)
    publish(session, CLAIM_MADE, subject_id=claim.id, now=now)
    if claim.shipment_id and not _is_more_open(session, claim):
        _settle_parcel_of(session, claim, claim.shipment_id, by=by, now=now)
    return claim


def _settle_parcel_of(session: Session, claim: SupplyClaim, shipment_id: UUID, *, by: Actor, now: datetime) -> None:
    parcel = lock_parcel(session, shipment_id)
    if claim.kind == ClaimKind.WRONG_CONTENT:
        parcel.confirmed_at = parcel.confirmed_at or now
        settle_parcel(session, parcel, by=by, now=now)
    fill = session.get_one(Fill, parcel.fill_id)
    if parcel.state == ShipmentState.DISPUTED and fill.state == FillState.HANDED_TO_CARRIER:
        move_fill(session, fill, FillState.CLOSED, by=by, now=now)


def _is_more_open(session: Session, claim: SupplyClaim) -> bool:
    wanted = select(SupplyClaim.id).where(
        SupplyClaim.shipment_id == claim.shipment_id, SupplyClaim.settled_at.is_(None)
    )
    return session.scalar(wanted.limit(1)) is not None
