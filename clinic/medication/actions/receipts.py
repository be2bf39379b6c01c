"""What a patient found in a parcel: lot, count, seal and lock; only then are the units there for a session."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor, ActorKind
from clinic.kernel.ids import new_id
from clinic.medication.actions.claims import ClaimKind, open_claim_task, write_claim
from clinic.medication.actions.parcel_settling import note_parcel, settle_parcel
from clinic.medication.actions.parcel_units import note_difference
from clinic.medication.actions.parcels import add_word
from clinic.medication.actions.supply_locks import lock_parcel
from clinic.medication.errors import LotUnknown, UnitsRefused, WrongState
from clinic.medication.models import Receipt, Shipment
from clinic.medication.queries.lots import packed_lots, plain_number
from clinic.medication.queries.parcels import receipts_of
from clinic.medication.rules.parcels import AT_THE_DOOR, ParcelWord, ShipmentState
from clinic.medication.rules.units import whole_units
from clinic.people.queries import lock_patient
from clinic.worklist.rules import WorkKind

_S = ShipmentState
_CANNOT_COME = frozenset({_S.RETURNING, _S.RETURNED_TO_PHARMACY, _S.CANCELED})
_SAID_GONE = frozenset({_S.DISPUTED, _S.LOST})


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the patient says: the number on the label, the units counted, and whether seal and storage are right."""

    lot_number: str
    counted: int
    is_seal_intact: bool
    is_locked_away: bool


def confirm_receipt(session: Session, *, shipment_id: UUID, found: Found, by: Actor, now: datetime) -> Receipt:
    """Take a patient's word on a parcel; what does not fit opens a case, and the parcel is not confirmed until settled.

    A parcel that was confirmed already, and the same word said again, answer with what was said then. Raises
    UnknownParcel, WrongState, LotUnknown, and UnitsRefused at a field; then nothing is changed.
    """
    parcel = lock_parcel(session, shipment_id)
    before = receipts_of(session, parcel.id)
    if before and (parcel.state == _S.CONFIRMED or (_is_same(before[-1], found) and parcel.state not in _SAID_GONE)):
        return before[-1]
    _require_possible(parcel)
    lot_id, packed = _lot(session, parcel, found.lot_number)
    counted = _counted(found, packed, by=by)
    receipt = _written(session, parcel, found, counted=counted, is_match=counted == packed and found.is_seal_intact)
    receipt.at, receipt.actor_id, receipt.actor_name = now, by.id, by.name
    session.add(receipt)
    session.flush()
    note_parcel(session, parcel, "parcel.opened", now=now, is_match=receipt.is_match)
    if ShipmentState(parcel.state) not in AT_THE_DOOR - _SAID_GONE:
        add_word(session, parcel, ParcelWord.DELIVERED, detail="The patient has it.", by=by, now=now)
    if receipt.is_match:
        parcel.confirmed_at = parcel.confirmed_at or now
    settle_parcel(session, parcel, by=by, now=now)
    note_difference(session, parcel, lot_id=lot_id, counted=counted, by=by, now=now)
    if not receipt.is_match:
        _open_case(session, parcel, difference=abs(counted - packed), by=by, now=now)
    return receipt


def _is_same(said: Receipt, found: Found) -> bool:
    return (plain_number(said.lot_number), str(said.counted), said.is_seal_intact) == (
        plain_number(found.lot_number),
        str(found.counted).strip(),
        found.is_seal_intact,
    )


def _require_possible(parcel: Shipment) -> None:
    state = ShipmentState(parcel.state)
    if state in _CANNOT_COME:
        raise WrongState(
            f"This parcel is {state.replace('_', ' ')} by the carrier's word. If it is in your hands, call the clinic."
        )


def _lot(session: Session, parcel: Shipment, typed: str) -> tuple[UUID, int]:
    """Return the lot that was typed and how many units the whole parcel should hold, or raise LotUnknown."""
    lots = packed_lots(session, parcel.fill_id)
    for lot, _ in lots:
        if plain_number(lot.number) == plain_number(typed):
            return lot.id, sum(units for _, units in lots)
    raise LotUnknown(
        f"\u201c{typed.strip()}\u201d is not a number of this parcel. Read it from the label again. If it says the "
        "same, use nothing of it and call the clinic.",
        field="lot_number",
    )


def _counted(found: Found, packed: int, *, by: Actor) -> int:
    counted = whole_units(found.counted, field="counted")
    if not found.is_locked_away:
        raise UnitsRefused("Lock it away first, where nobody else gets at it. Then confirm.", field="is_locked_away")
    if counted > packed and by.kind is ActorKind.PATIENT:
        raise UnitsRefused(
            f"The label says {packed}, and you counted {counted}. Count again; if it is right, call the clinic.",
            field="counted",
        )
    return counted


def _written(session: Session, parcel: Shipment, found: Found, *, counted: int, is_match: bool) -> Receipt:
    return Receipt(
        id=new_id(),
        shipment_id=parcel.id,
        patient_id=lock_patient(session, parcel.patient_id).id,
        lot_number=found.lot_number.strip(),
        counted=counted,
        is_seal_intact=found.is_seal_intact,
        is_locked_away=found.is_locked_away,
        is_match=is_match,
    )


def _open_case(session: Session, parcel: Shipment, *, difference: int, by: Actor, now: datetime) -> None:
    claim = write_claim(
        session,
        patient=lock_patient(session, parcel.patient_id),
        kind=ClaimKind.WRONG_CONTENT,
        units=difference,
        shipment_id=parcel.id,
        by=by,
        now=now,
    )
    open_claim_task(
        session,
        claim,
        kind=WorkKind.PARCEL_EXCEPTION,
        shipment_id=parcel.id,
        reason="What the patient found does not fit what was packed. Call the patient, then the pharmacy.",
        by=by,
        now=now,
    )
