"""Handing released fills to pharmacies that are reached by a channel of their own, and hearing what they say."""

import logging
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from uuid import UUID

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session

from clinic.gateways.pharmacies import FillOrder, PharmacyChannel, PharmacyStep
from clinic.kernel.actor import Actor
from clinic.kernel.clock import Clock
from clinic.kernel.errors import DomainError
from clinic.kernel.statements import among, among_these
from clinic.kernel.transaction import Begin
from clinic.medication.actions.pharmacy_steps import (
    ASKED_BACK,
    LotUnits,
    Told,
    ask_desk_to_call,
    record_pharmacy_step,
)
from clinic.medication.models import Fill, FillEvent, Pharmacy
from clinic.medication.queries.fills import events_of_fill
from clinic.medication.queries.fills import fill as fill_by_id
from clinic.medication.queries.orders import order as order_by_id
from clinic.medication.rules.fills import FillState

_AT_PHARMACY = (
    *(FillState.RELEASED, FillState.SENT, FillState.ACCEPTED, FillState.CLARIFICATION),
    *(FillState.COMPOUNDING, FillState.VERIFIED),
)

_ASKED_BACK = "The pharmacy asks back, or refuses. Open the shipment to read what it said, and call it."
_NOT_TAKEN = "Something that the pharmacy said cannot be right, so it was not taken down. Call the pharmacy."
_logger = logging.getLogger(__name__)


def tell_pharmacies(begin: Begin, channels: Mapping[str, PharmacyChannel], *, clock: Clock, by: Actor) -> int:
    """Submit what was released and take what each pharmacy has said since; return how many fills moved."""
    with begin(by=by) as session:
        waiting = [(row.id, row.channel) for row in session.execute(_waiting(), {"channels": list(channels)})]
    return sum(_moved(begin, fill_id, channels[name], clock=clock, by=by) for fill_id, name in waiting)


@cache
def _waiting() -> Select[UUID, str]:
    return (
        select(Fill.id, Pharmacy.channel)
        .join(Pharmacy, Pharmacy.id == Fill.pharmacy_id)
        .where(among(Pharmacy.channel, "channels"), among_these(Fill.state, _AT_PHARMACY))
        .order_by(Fill.state_since, Fill.id)
    )


def _moved(begin: Begin, fill_id: UUID, channel: PharmacyChannel, *, clock: Clock, by: Actor) -> bool:
    now = clock()
    try:
        with begin(by=by) as session:
            fill = fill_by_id(session, fill_id)
            before = fill.version
            if fill.state == FillState.RELEASED:
                if channel.submit(_order(session, fill)).is_by_hand:
                    return False
                record_pharmacy_step(session, fill_id=fill.id, told=Told(state=FillState.SENT), by=by, now=now)
            for step in _unheard(session, fill, channel.status(_order(session, fill), now=now)):
                record_pharmacy_step(session, fill_id=fill.id, told=_told(step), by=by, now=now)
                if fill.state in ASKED_BACK:
                    ask_desk_to_call(session, fill, reason=_ASKED_BACK, by=by, now=now)
            return fill.version != before
    except DomainError as refused:
        _logger.warning("fill %s: %s", fill_id, refused.code)
        with begin(by=by) as session:
            ask_desk_to_call(session, fill_by_id(session, fill_id), reason=_NOT_TAKEN, by=by, now=now)
        return False


def _order(session: Session, fill: Fill) -> FillOrder:
    """Return what a channel may know of a fill; a fill that was not sent yet is submitted when it was released."""
    return FillOrder(
        reference=fill.id,
        units=fill.units,
        form=order_by_id(session, fill.prescription_id).form,
        submitted_at=session.scalar(_sent_at(), {"of_fill": fill.id}) or fill.state_since,
    )


@cache
def _sent_at() -> Select[datetime]:
    is_sent = FillEvent.to_state == FillState.SENT
    return select(func.min(FillEvent.at)).where(FillEvent.fill_id == bindparam("of_fill"), is_sent)


def _unheard(session: Session, fill: Fill, steps: tuple[PharmacyStep, ...]) -> list[PharmacyStep]:
    """Return what a pharmacy said after what is known already: each of its steps is heard once, in its order."""
    words = [step.word.value for step in steps]
    known = [event.to_state for event in events_of_fill(session, fill.id) if event.to_state in words]
    return list(steps[len(known) :])


def _told(step: PharmacyStep) -> Told:
    lots = tuple(
        LotUnits(number=lot.number, compounded_on=lot.compounded_on, beyond_use_on=lot.beyond_use_on, units=lot.units)
        for lot in step.lots
    )
    return Told(state=FillState(step.word.value), lots=lots, reason=step.reason)
