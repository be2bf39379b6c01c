"""Orders that end: those whose time is over end by themselves, and a physician hears of it while there is time."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.medication.actions.order_states import expire_orders
from clinic.medication.models import Prescription
from clinic.medication.queries.orders import ended_orders, ending_orders
from clinic.medication.rules.orders import OrderState
from clinic.people.queries import survivor_of
from clinic.worklist.actions import close_for, open_item
from clinic.worklist.queries import closed_by_person, open_keys
from clinic.worklist.rules import WorkKind

LEAD = timedelta(days=14)
"""So long before its last day somebody is asked about an order."""

_KIND = WorkKind.ORDER_ENDING
_OVER = frozenset({OrderState.DEPLETED, OrderState.EXPIRED})


def watch_orders(session: Session, *, by: Actor, now: datetime) -> list[UUID]:
    """End the orders whose six months are over, ask physicians about those that end soon, and return the ended ones.

    A task leaves when the order was stopped or another one follows; what a person took off the list is not asked again.
    """
    ended = expire_orders(session, by=by, now=now)
    soon = ending_orders(session, until=(now + LEAD).date())
    wanted = {_key(each): each for each in (*soon, *ended_orders(session))}
    standing = set(open_keys(session, _KIND))
    for key in sorted(standing - wanted.keys()):
        close_for(session, dedupe_key=key, by=by, now=now)
    missing = wanted.keys() - standing
    for key in sorted(missing - closed_by_person(session, keys=sorted(missing))):
        _ask(session, wanted[key], key=key, by=by, now=now)
    return ended


def _ask(session: Session, order: Prescription, *, key: str, by: Actor, now: datetime) -> None:
    patient_id = survivor_of(session, order.patient_id) or order.patient_id
    open_item(
        session,
        kind=_KIND,
        dedupe_key=key,
        reason=_reason(order),
        subject_kind="patient",
        subject_id=patient_id,
        patient_id=patient_id,
        now=now,
        by=by,
    )


def _key(order: Prescription) -> str:
    """Return what makes this task another one than the last of its kind: the order, and whether it is over."""
    return f"{_KIND}:{order.id}:{'over' if order.state in _OVER else 'soon'}"


def _reason(order: Prescription) -> str:
    assert order.issued_on is not None
    assert order.expires_on is not None
    of = f"The order of {order.issued_on:%m/%d/%Y}"
    if order.state == OrderState.DEPLETED:
        return f"{of} is used up and none follows it. Decide whether there is to be another."
    if order.state == OrderState.EXPIRED:
        return (
            f"{of} ran out on {order.expires_on:%m/%d/%Y} and none follows it. Decide whether there is to be another."
        )
    return f"{of} ends on {order.expires_on:%m/%d/%Y}. Decide whether another is to follow."
