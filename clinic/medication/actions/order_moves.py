"""What every verb on an order shares: its lock, the move to a state with its history, and who is told."""

from datetime import datetime
from functools import cache
from uuid import UUID

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.kernel.actor import Actor
from clinic.kernel.ids import new_id
from clinic.kernel.outbox import publish
from clinic.medication.actions.supply_locks import require_physician
from clinic.medication.errors import NotYourOrder, SecondOrder, UnknownOrder
from clinic.medication.models import Prescription, PrescriptionEvent
from clinic.medication.queries.orders import order
from clinic.medication.rules.orders import OrderState, require_move
from clinic.people.models import Patient, Physician
from clinic.people.queries import lock_living, physician_of_staff

ORDER_CHANGED = "order.changed"
"""The fact that an order entered a state; its subject is the order."""


def lock_order(session: Session, order_id: UUID) -> tuple[Prescription, Patient]:
    """Return the order as it is now and its patient's living record, the patient locked first; raises UnknownOrder."""
    patient = lock_living(session, order(session, order_id).patient_id)
    row = session.scalar(_locked(), {"of_order": order_id})
    if row is None:
        raise UnknownOrder
    return row, patient


@cache
def _locked() -> Select[Prescription]:
    wanted = select(Prescription).where(Prescription.id == bindparam("of_order"))
    return wanted.with_for_update().execution_options(populate_existing=True)


def lock_for_physician(session: Session, order_id: UUID, *, by: Actor, now: datetime) -> tuple[Prescription, Patient]:
    """Return the same, or raise NotYourOrder unless the actor is a physician of the patient."""
    row, patient = lock_order(session, order_id)
    require_physician(session, by=by, patient_id=patient.id, now=now)
    return row, patient


def prescriber(session: Session, by: Actor) -> Physician:
    """Return the physician who acts, or raise NotYourOrder."""
    found = physician_of_staff(session, by.id)
    if found is None:
        raise NotYourOrder("Only a physician writes orders. Ask an administrator to tie your account to one.")
    return found


def require_own(session: Session, row: Prescription, *, by: Actor) -> Physician:
    """Return the physician who wrote the order, or raise NotYourOrder for anybody else."""
    author = prescriber(session, by)
    if row.physician_id != author.id:
        raise NotYourOrder("A colleague wrote this draft. Cancel it, then write an order of your own.")
    return author


def move(
    session: Session, row: Prescription, new: OrderState, *, by: Actor, now: datetime, reason: str | None = None
) -> None:
    """Let an order enter a state: its history, the audit trail, and everybody who listens. Raises WrongState."""
    old = OrderState(row.state)
    require_move(old, new)
    row.state = new.value
    row.held_from = old.value if new is OrderState.ON_HOLD else None
    record(session, row, old=old, by=by, now=now, reason=reason)


def record(
    session: Session,
    row: Prescription,
    *,
    old: OrderState | None,
    by: Actor,
    now: datetime,
    reason: str | None = None,
) -> None:
    """Write down the state that an order has entered; `old` is None for a new one."""
    row.touch(by=by, now=now)
    session.flush()
    event = PrescriptionEvent(id=new_id(), prescription_id=row.id, to_state=row.state, at=now)
    event.from_state, event.reason = old.value if old else None, reason
    event.actor_id, event.actor_name = by.id, by.name
    session.add(event)
    session.flush()
    publish(session, ORDER_CHANGED, subject_id=row.id, now=now)
    note_order(session, row, f"order.{row.state}", now=now)


def note_order(session: Session, row: Prescription, action: str, *, now: datetime, **details: object) -> None:
    """Write an audit entry, which names the order and says nothing of what it orders."""
    journal.note(
        session,
        action,
        subject_kind="prescription",
        subject_id=row.id,
        at=now,
        patient_ids=(row.patient_id,),
        **details,
    )


def second_order() -> SecondOrder:
    """Return the refusal of an order beside one that still counts."""
    return SecondOrder(
        "This patient has an order that still counts, and there is never a second one. Amend that one, or stop it "
        "first; a physician of the patient can do either."
    )
