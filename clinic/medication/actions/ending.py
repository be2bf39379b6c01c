"""The end of a patient's supply when the care ends: nothing more leaves, and what did leave keeps its tasks."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.medication.actions.filling import move_fill
from clinic.medication.actions.order_moves import lock_order, move
from clinic.medication.actions.parcel_settling import ask_for_a_look
from clinic.medication.actions.recalls import call_again
from clinic.medication.actions.requests import withdraw_request
from clinic.medication.actions.supply_locks import lock_fill
from clinic.medication.queries.fills import fill_under_way
from clinic.medication.queries.orders import draft_of, live_order_of
from clinic.medication.queries.parcels import shipments_of
from clinic.medication.queries.verdicts import request_of
from clinic.medication.rules.fills import FillState
from clinic.medication.rules.orders import OrderState
from clinic.medication.rules.parcels import OVER, ShipmentState
from clinic.worklist.rules import WorkKind

_WITH_US = frozenset({FillState.REQUESTED, FillState.BLOCKED, FillState.RELEASED})
_BRING_BACK = "The patient is not under our care any more. Ask the carrier to bring the parcel back, tell the pharmacy."


def end_supply(session: Session, *, patient_id: UUID, reason: str, by: Actor, now: datetime) -> int:
    """Stop the order, take a draft, a request and a fill back that no pharmacy has; return how many of them there were.

    A fill at the pharmacy stays on the board and leaves no more. Parcels under way and recalls that were not heard of
    come back on the list, so the caller closes the patient's other tasks before and holds the patient's lock.
    """
    request, fill = request_of(session, patient_id), fill_under_way(session, patient_id)
    ended = sum(
        _end_order(session, order.id, state, reason=reason, by=by, now=now)
        for order, state in (
            (live_order_of(session, patient_id), OrderState.STOPPED),
            (draft_of(session, patient_id), OrderState.CANCELED),
        )
        if order is not None
    )
    if request is not None:
        withdraw_request(session, request_id=request.id, by=by, now=now)
        ended += 1
    if fill is not None and fill.state in _WITH_US:
        move_fill(session, lock_fill(session, fill.id), FillState.CANCELED, by=by, now=now, reason=reason)
        ended += 1
    _keep_on_the_list(session, patient_id, by=by, now=now)
    return ended


def _end_order(session: Session, order_id: UUID, state: OrderState, *, reason: str, by: Actor, now: datetime) -> int:
    row, _ = lock_order(session, order_id)
    move(session, row, state, reason=reason, by=by, now=now)
    return 1


def _keep_on_the_list(session: Session, patient_id: UUID, *, by: Actor, now: datetime) -> None:
    for parcel in shipments_of(session, patient_id):
        if ShipmentState(parcel.state) not in OVER:
            ask_for_a_look(
                session,
                parcel,
                kind=WorkKind.PARCEL_EXCEPTION,
                why="care_ended",
                reason=_BRING_BACK,
                by=by,
                now=now,
            )
    call_again(session, patient_id=patient_id, by=by, now=now)
