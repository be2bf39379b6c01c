"""Following parcels: each is made known to its carrier service once, and asked after now and then."""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from uuid import UUID

from sqlalchemy import Integer, Select, and_, bindparam, or_, select
from sqlalchemy.orm import Session

from clinic.gateways.carriers import Carrier, CarrierEvent, CarrierFailure
from clinic.kernel.actor import Actor
from clinic.kernel.clock import Clock
from clinic.kernel.errors import DomainError
from clinic.kernel.statements import among, other_than
from clinic.kernel.transaction import Begin
from clinic.medication.actions.parcels import take_of_parcel
from clinic.medication.actions.supply_locks import lock_parcel
from clinic.medication.models import Shipment
from clinic.medication.rules.parcels import OVER

ASK_AGAIN = timedelta(hours=4)
"""Reports come by themselves; this is for those that got lost."""
MAKE_KNOWN_AGAIN = timedelta(minutes=10)
"""No report comes of a parcel that the service does not know yet."""

_Answer = tuple[str, tuple[CarrierEvent, ...]]
"""A parcel's id at the carrier service, and everything that the carrier said of it."""

_IS_UNKNOWN_THERE = and_(Shipment.tracker_id.is_(None), Shipment.channel != "manual")
_logger = logging.getLogger(__name__)


def follow_parcels(begin: Begin, carriers: Mapping[str, Carrier], *, clock: Clock, by: Actor, most: int = 50) -> int:
    """Ask about the parcels whose turn it is, by the channel of each; return how many were heard of.

    The carrier is asked between transactions. One that fails has its next turn later and holds up nobody.
    """
    with begin(by=by) as session:
        now = clock()
        turns = {"asked_until": now - ASK_AGAIN, "unknown_until": now - MAKE_KNOWN_AGAIN}
        asked = session.execute(_due(), {"channels": list(carriers), **turns, "most": most}).all()
    heard = 0
    for shipment_id, channel, carrier, tracking_number, tracker_id in asked:
        answer = _ask(carriers[channel], carrier, tracking_number, tracker_id=tracker_id)
        heard += _write_down(begin, shipment_id, answer, now=clock(), by=by)
    return heard


@cache
def _due() -> Select[UUID, str, str, str, str | None]:
    """Select parcels that nobody follows yet, and those that were not asked about lately."""
    return (
        select(Shipment.id, Shipment.channel, Shipment.carrier, Shipment.tracking_number, Shipment.tracker_id)
        .where(
            among(Shipment.channel, "channels"),
            other_than(Shipment.state, sorted(OVER)),
            or_(
                Shipment.polled_at.is_(None),
                Shipment.polled_at <= bindparam("asked_until"),
                and_(_IS_UNKNOWN_THERE, Shipment.polled_at <= bindparam("unknown_until")),
            ),
        )
        .order_by(Shipment.polled_at.nulls_first(), Shipment.id)
        .limit(bindparam("most", type_=Integer))
    )


def _ask(carrier: Carrier, name: str, tracking_number: str, *, tracker_id: str | None) -> _Answer | None:
    try:
        if tracker_id:
            return tracker_id, carrier.poll(tracker_id)
        made = carrier.register(name, tracking_number)
    except CarrierFailure as failure:
        _logger.warning("carrier service: %s", failure.kind)
        return None
    return made.tracker_id, made.events


def _write_down(begin: Begin, shipment_id: UUID, answer: _Answer | None, *, now: datetime, by: Actor) -> bool:
    """Keep that a parcel was asked about, and what was heard; tell whether anything was that can be taken."""
    try:
        with begin(by=by) as session:
            parcel = _asked_about(session, shipment_id, answer, now=now)
            if answer is not None:
                take_of_parcel(session, parcel, answer[1], by=by, now=now)
    except DomainError as refused:
        _logger.warning("parcel %s: %s", shipment_id, refused.code)
        with begin(by=by) as session:
            _asked_about(session, shipment_id, answer, now=now)
        return False
    return answer is not None


def _asked_about(session: Session, shipment_id: UUID, answer: _Answer | None, *, now: datetime) -> Shipment:
    parcel = lock_parcel(session, shipment_id)
    parcel.polled_at = now
    parcel.tracker_id = parcel.tracker_id or (answer[0] if answer else None) or None
    return parcel
