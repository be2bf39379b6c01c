"""What follows from what was said of a parcel: its state, the ledger, the fill, the tasks."""

from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.kernel.actor import Actor
from clinic.kernel.outbox import publish
from clinic.medication.actions.filling import move_fill
from clinic.medication.actions.parcel_units import settle_units
from clinic.medication.models import Fill, Shipment
from clinic.medication.queries.parcels import tracked
from clinic.medication.rules.fills import FillState
from clinic.medication.rules.parcel_timers import Overdue
from clinic.medication.rules.parcels import AT_THE_DOOR, OVER, Folded, ShipmentState, folded
from clinic.worklist.actions import close_each, open_item
from clinic.worklist.rules import WorkKind

SHIPMENT_CHANGED = "shipment.changed"

_S = ShipmentState
_TROUBLE = {
    _S.EXCEPTION: "The carrier reports a problem with the parcel. Call the carrier.",
    _S.DELIVERY_ATTEMPTED: "Nobody signed at the door. Agree with the patient on when an adult is there.",
    _S.PICKUP_READY: "The parcel waits to be picked up. Tell the patient where.",
    _S.RETURNING: "The parcel goes back. Tell the pharmacy and the patient.",
    _S.LOST: "The parcel is lost. Tell the pharmacy today and write down when. Nothing is sent again by itself.",
    _S.DELIVERED_UNSIGNED: "The carrier says that the parcel is there, without a signature. Call the patient.",
}
_TO_CONFIRM = "unconfirmed"
_UNCONFIRMED = "The parcel is there, and the patient has not said yet what is in it. Call the patient."


def settle_parcel(session: Session, parcel: Shipment, *, by: Actor, now: datetime) -> Folded:
    """Fold everything that was said of a locked parcel and do what follows; again it changes nothing."""
    before, scanned_at = parcel.state, parcel.scanned_at
    found = folded(tracked(session, parcel.id), handed_over_at=parcel.handed_over_at, confirmed_at=parcel.confirmed_at)
    parcel.state, parcel.state_since = found.state.value, found.since
    parcel.delivered_at, parcel.has_signature = found.delivered_at, found.has_signature
    parcel.scanned_at = found.scanned_at
    parcel.touch(by=by, now=now)
    session.flush()
    settle_units(session, parcel, by=by, now=now)
    _settle_fill(session, parcel, by=by, now=now)
    _settle_tasks(session, parcel, found, is_news=found.scanned_at != scanned_at, by=by, now=now)
    if before != parcel.state:
        note_parcel(session, parcel, "parcel.moved", now=now, before=before, after=parcel.state)
        publish(session, SHIPMENT_CHANGED, subject_id=parcel.id, now=now)
    return found


def note_parcel(session: Session, parcel: Shipment, action: str, *, now: datetime, **details: object) -> None:
    """Write an audit entry about a parcel."""
    journal.note(
        session,
        action,
        subject_kind="shipment",
        subject_id=parcel.id,
        at=now,
        patient_ids=(parcel.patient_id,),
        **details,
    )


def ask_for_a_look(
    session: Session, parcel: Shipment, *, kind: WorkKind, why: str, reason: str, by: Actor, now: datetime
) -> None:
    """Put a parcel on the coordinator's list; `why` is the code under which it stands there once."""
    open_item(
        session,
        kind=kind,
        dedupe_key=look_key(parcel, why),
        reason=reason,
        subject_kind="shipment",
        subject_id=parcel.id,
        patient_id=parcel.patient_id,
        now=now,
        by=by,
    )


def look_key(parcel: Shipment, why: str) -> str:
    """Return the name under which a parcel stands on the list for one cause."""
    return f"parcel:{parcel.id}:{why}"


def _settle_fill(session: Session, parcel: Shipment, *, by: Actor, now: datetime) -> None:
    """Close the fill of a parcel that is over; a label that was never used voids it."""
    if ShipmentState(parcel.state) not in OVER:
        return
    fill = session.get_one(Fill, parcel.fill_id)
    if fill.state == FillState.HANDED_TO_CARRIER:
        state = FillState.VOIDED if parcel.state == _S.CANCELED else FillState.CLOSED
        move_fill(session, fill, state, by=by, now=now)


def _settle_tasks(
    session: Session, parcel: Shipment, found: Folded, *, is_news: bool, by: Actor, now: datetime
) -> None:
    """Ask for a look where a parcel is in trouble or not confirmed, and take what is not so any more off the list."""
    look = partial(ask_for_a_look, session, parcel, by=by, now=now)
    if found.state in _TROUBLE:
        look(kind=WorkKind.PARCEL_EXCEPTION, why=found.state.value, reason=_TROUBLE[found.state])
    if found.state is _S.DELIVERED:
        look(kind=WorkKind.PARCEL_UNCONFIRMED, why=_TO_CONFIRM, reason=_UNCONFIRMED)
    over = [state.value for state in _TROUBLE if state not in {found.state, _S.LOST}]
    over += [] if found.state is _S.DELIVERED else [_TO_CONFIRM]
    # Once it is heard of, or is over, it is not silent any more; who watches opens these again.
    if is_news or found.state in OVER | AT_THE_DOOR:
        over += [silence.value for silence in Overdue if silence is not Overdue.LOST]
    close_each(session, dedupe_keys=[look_key(parcel, why) for why in over], by=by, now=now)
