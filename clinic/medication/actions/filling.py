"""Moves of a fill from one state to the next, each with its history row, and the order that a last fill uses up."""

from datetime import datetime

from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.kernel.actor import Actor
from clinic.kernel.ids import new_id
from clinic.medication.actions.order_states import deplete_order
from clinic.medication.models import Fill, FillEvent, Prescription
from clinic.medication.rules.fills import FillState, require_move
from clinic.medication.rules.orders import OrderState


def move_fill(
    session: Session, fill: Fill, state: FillState, *, by: Actor, now: datetime, reason: str | None = None
) -> None:
    """Let a locked fill enter a state, or raise WrongState; a fill without a state is a new one."""
    before = FillState(fill.state) if fill.state else None
    if before is not None:
        require_move(before, state)
    fill.state, fill.state_since = state.value, now
    fill.touch(by=by, now=now)
    session.add(fill)
    session.flush()
    row = FillEvent(id=new_id(), fill_id=fill.id, from_state=before, to_state=state.value, at=now)
    row.reason = reason or None
    row.actor_id, row.actor_name = by.id, by.name
    session.add(row)
    session.flush()
    journal.note(
        session,
        "fill.changed",
        subject_kind="fill",
        subject_id=fill.id,
        at=now,
        patient_ids=(fill.patient_id,),
        before=before,
        after=state.value,
        number=fill.number,
    )


def use_up(session: Session, fill: Fill, *, by: Actor, now: datetime) -> None:
    """Let an order be used up once the last of its fills was dispensed, whether it left or not."""
    order = session.get_one(Prescription, fill.prescription_id, populate_existing=True)
    if fill.number == order.refills and order.state == OrderState.ACTIVE:
        deplete_order(session, order_id=order.id, by=by, now=now)
