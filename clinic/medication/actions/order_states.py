"""Where a signed order goes: told by the system outside, held, resumed, stopped, used up, run out."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor, ActorKind
from clinic.kernel.text import clean_line
from clinic.medication.actions.order_moves import lock_for_physician, lock_order, move, note_order
from clinic.medication.actions.supply_locks import day_of, require_physician, require_staff
from clinic.medication.errors import OrderRefused, WrongState
from clinic.medication.models import Prescription
from clinic.medication.queries.orders import ending_orders
from clinic.medication.rules.orders import LIVE, OVER, OrderState, require_move, state_of_external
from clinic.treatment.rules.plans import written_reason

_LONGEST_REFERENCE = 80
_A_DAY = timedelta(days=1)


def record_external_status(
    session: Session, *, order_id: UUID, status: str, reference: str | None = None, by: Actor, now: datetime
) -> Prescription:
    """Keep what the certified system outside says of a signed order, in its own word, and follow it.

    An order on hold stays so and goes on from there later; one that is over only keeps the word. Raises OrderRefused
    for an unknown word, WrongState for one that does not fit where the order is, NotYourOrder for anybody but staff;
    then nothing is kept.
    """
    require_staff(by)
    row, _ = lock_order(session, order_id)
    if row.signed_at is None:
        raise WrongState("This order is not signed yet, so no other system can know it. Sign it first.")
    told, number = state_of_external(status), checked_reference(reference)
    known = OrderState(row.held_from or row.state)
    is_news = told is not None and told is not known and known not in OVER
    if told is not None and is_news:
        require_move(known, told)
    row.external_status, row.external_status_at = status, now
    row.external_reference = number or row.external_reference
    note_order(session, row, "order.reported", now=now, status=status)
    if told is None or not is_news:
        _keep(session, row, by=by, now=now)
    elif row.state == OrderState.ON_HOLD:
        row.held_from = told.value
        _keep(session, row, by=by, now=now)
    else:
        move(session, row, told, by=by, now=now, reason=status)
    return row


def hold_order(session: Session, *, order_id: UUID, reason: str, by: Actor, now: datetime) -> Prescription:
    """Let nothing more be sent on an order for now; a physician of the patient or the clinic's own jobs may.

    Raises NotYourOrder, ReasonTooShort and WrongState.
    """
    row, patient = lock_order(session, order_id)
    if by.kind is not ActorKind.SYSTEM:
        require_physician(session, by=by, patient_id=patient.id, now=now)
    move(session, row, OrderState.ON_HOLD, reason=written_reason(reason), by=by, now=now)
    return row


def resume_order(session: Session, *, order_id: UUID, reason: str, by: Actor, now: datetime) -> Prescription:
    """Let an order that was on hold go on from where it was; raises NotYourOrder, ReasonTooShort and WrongState."""
    row, patient = lock_for_physician(session, order_id, by=by, now=now)
    if row.state != OrderState.ON_HOLD or row.held_from is None:
        raise WrongState("This order is not on hold. Open it again to see where it is.")
    if row.expires_on is not None and row.expires_on < day_of(patient, now):
        raise WrongState(
            f"This order ran out on {row.expires_on:%m/%d/%Y}, six months after its date (21 CFR 1306.22(a)). Nobody "
            "can extend it. Write a new one."
        )
    move(session, row, OrderState(row.held_from), reason=written_reason(reason), by=by, now=now)
    return row


def stop_order(session: Session, *, order_id: UUID, reason: str, by: Actor, now: datetime) -> Prescription:
    """End a signed order; what has left already is not called back. Raises NotYourOrder, ReasonTooShort, WrongState."""
    row, _ = lock_for_physician(session, order_id, by=by, now=now)
    if row.signed_at is None:
        raise WrongState("This order is not signed, so there is nothing to stop. Cancel the draft.")
    move(session, row, OrderState.STOPPED, reason=written_reason(reason), by=by, now=now)
    return row


def deplete_order(session: Session, *, order_id: UUID, by: Actor, now: datetime) -> Prescription:
    """Let an order be used up because its last fill left; one that is used up already stays so. Raises WrongState."""
    require_staff(by)
    row, _ = lock_order(session, order_id)
    if row.state != OrderState.DEPLETED:
        move(session, row, OrderState.DEPLETED, by=by, now=now)
    return row


def expire_orders(session: Session, *, by: Actor, now: datetime) -> list[UUID]:
    """End the orders whose six months are over where the patient is, and return their ids (21 CFR 1306.22(a))."""
    ended = []
    # By patient, as everybody locks several of them.
    for known in sorted(ending_orders(session, until=now.date() - _A_DAY), key=lambda each: each.patient_id):
        row, patient = lock_order(session, known.id)
        is_over = row.expires_on is not None and row.expires_on < day_of(patient, now)
        if is_over and OrderState(row.state) in LIVE:
            move(session, row, OrderState.EXPIRED, by=by, now=now)
            ended.append(row.id)
    return ended


def checked_reference(typed: str | None) -> str | None:
    """Return the number that an order has in the system outside, or None; raises OrderRefused when it is too long."""
    reference = clean_line(typed or "", field="external_reference")
    if len(reference) > _LONGEST_REFERENCE:
        raise OrderRefused(f"Use at most {_LONGEST_REFERENCE} characters for this number.", field="external_reference")
    return reference or None


def _keep(session: Session, row: Prescription, *, by: Actor, now: datetime) -> None:
    row.touch(by=by, now=now)
    session.flush()
