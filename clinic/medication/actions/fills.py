"""Fills: asked for, let out by a decision of the gate, and canceled while nothing is packed."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor, ActorKind
from clinic.kernel.ids import new_id
from clinic.kernel.text import clean_note
from clinic.kernel.transaction import refusing
from clinic.medication.actions.filling import move_fill
from clinic.medication.actions.gate import decide
from clinic.medication.actions.order_moves import lock_order
from clinic.medication.actions.requests import answered, decline_request
from clinic.medication.actions.supply_locks import day_of, lock_fill, require_staff
from clinic.medication.errors import OrderRefused, WrongState
from clinic.medication.models import Fill, Prescription, RefillDecision, RefillRequest
from clinic.medication.queries.fills import fill_under_way, next_number
from clinic.medication.queries.verdicts import request_of
from clinic.medication.rules.fills import FillState
from clinic.medication.rules.gate_inputs import Moment
from clinic.medication.rules.orders import LIVE, OrderState
from clinic.medication.rules.units import whole_units
from clinic.people.models import Patient
from clinic.people.queries import lock_patient
from clinic.treatment.rules.legal import day_in_full

_LIMITS = "21 CFR 1306.22(a)"
_CONTENT = "21 CFR 1306.05(a)"
_WAITS = frozenset({FillState.REQUESTED, FillState.BLOCKED})


class Released(NamedTuple):
    """A fill and what the gate said of it; `fill.state` is `released`, or `blocked` where the gate is closed."""

    fill: Fill
    decision: RefillDecision


def request_fill(session: Session, *, order_id: UUID, by: Actor, now: datetime, units: int | None = None) -> Fill:
    """Ask for the next fill of an order, of its whole quantity unless fewer `units` are wanted.

    Raises UnknownOrder; WrongState beyond the order's refills or last day, and while another fill is under way;
    OrderRefused at `units`.
    """
    require_staff(by)
    order, patient = lock_order(session, order_id)
    number = next_number(session, order.id)
    _require_fillable(order, patient, number, now=now)
    assert order.expires_on is not None
    request = request_of(session, patient.id)
    fill = Fill(id=new_id(), prescription_id=order.id, patient_id=patient.id, pharmacy_id=order.pharmacy_id)
    fill.number, fill.refills, fill.expires_on = number, order.refills, order.expires_on
    fill.units = order.quantity if units is None else whole_units(units, field="units", least=1)
    if fill.units > order.quantity:
        raise OrderRefused(
            f"The order is for {order.quantity} units a fill, not {fill.units} ({_CONTENT}). Nobody can allow more: a "
            "physician signs a new order.",
            field="units",
        )
    fill.request_id, fill.created_at = request.id if request else None, now
    busy = WrongState("Another fill of this patient is under way. Finish or cancel that one first.")
    with refusing(session, {"uq_fill_under_way": busy, "uq_fill_number": busy}):
        move_fill(session, fill, FillState.REQUESTED, by=by, now=now)
    return fill


def release_fill(
    session: Session, *, fill_id: UUID, by: Actor, now: datetime, overrides: Collection[str] = (), reason: str = ""
) -> Released:
    """Let a fill go to the pharmacy if the gate is open; else it stays `blocked` and the decision has every reason.

    Nothing is raised for a closed gate, so that the decision is kept: `queries.verdicts.open_reasons_of` tells what
    stands. Raises UnknownFill, WrongState for a fill that was released already, NotYourOrder and OrderRefused.
    """
    require_staff(by)
    fill = lock_fill(session, fill_id)
    if fill.state not in _WAITS:
        raise WrongState(f"This fill is {fill.state.replace('_', ' ')} already. Open it again.")
    decision = decide(
        session,
        patient_id=fill.patient_id,
        moment=Moment.RELEASE,
        fill=fill,
        overrides=overrides,
        reason=reason,
        by=by,
        now=now,
    )
    if not decision.is_allowed:
        if fill.state != FillState.BLOCKED:
            move_fill(session, fill, FillState.BLOCKED, by=by, now=now)
        return Released(fill, decision)
    fill.decision_id, fill.is_allowed = decision.id, True
    fill.released_on = day_of(lock_patient(session, fill.patient_id), now)
    move_fill(session, fill, FillState.RELEASED, by=by, now=now)
    _grant(session, fill, by=by, now=now)
    return Released(fill, decision)


def decline_shipment(
    session: Session, *, request_id: UUID, answer: str, version: int, by: Actor, now: datetime
) -> RefillRequest:
    """Answer a request with no, and cancel the fill that was asked for on it and waits for its release.

    Raises what `decline_request` raises.
    """
    row = decline_request(session, request_id=request_id, answer=answer, version=version, by=by, now=now)
    fill = fill_under_way(session, row.patient_id)
    if fill is not None and fill.state in _WAITS:
        cancel_fill(session, fill_id=fill.id, reason="The request was answered with no.", by=by, now=now)
    return row


def cancel_fill(session: Session, *, fill_id: UUID, reason: str, by: Actor, now: datetime) -> Fill:
    """Cancel a fill that is not packed yet; the order can be filled that often again.

    Raises UnknownFill, WrongState and OrderRefused without a reason.
    """
    require_staff(by)
    fill = lock_fill(session, fill_id)
    words = clean_note(reason, field="reason")
    if not words:
        raise OrderRefused("Write why it is canceled.", field="reason")
    move_fill(session, fill, FillState.CANCELED, by=by, now=now, reason=words)
    return fill


def _require_fillable(order: Prescription, patient: Patient, number: int, *, now: datetime) -> None:
    """Raise WrongState for an order that nobody can fill, whatever the gate says."""
    if OrderState(order.state) not in LIVE or order.expires_on is None:
        raise WrongState(f"This order is {order.state.replace('_', ' ')}, so it cannot be filled. Sign a new one.")
    if number > order.refills:
        raise WrongState(
            f"This order allows {1 + order.refills} fills and all were used ({_LIMITS}). Nobody can allow more: a "
            "physician signs a new order."
        )
    if day_of(patient, now) > order.expires_on:
        raise WrongState(
            f"This order could be filled until {day_in_full(order.expires_on)} ({_LIMITS}). Nobody can allow a later "
            "day: a physician signs a new order."
        )


def _grant(session: Session, fill: Fill, *, by: Actor, now: datetime) -> None:
    request = request_of(session, fill.patient_id)
    if request is not None and by.kind is not ActorKind.PATIENT:
        fill.request_id = request.id
        answered(session, request, state="granted", by=by, now=now)
