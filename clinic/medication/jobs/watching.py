"""What time alone changes: orders whose six months are over, parcels that stay silent, addresses that changed."""

from datetime import timedelta

from clinic.kernel.actor import Actor
from clinic.kernel.clock import Clock
from clinic.kernel.transaction import Begin
from clinic.medication.actions.address_tasks import keep_address_tasks
from clinic.medication.actions.addresses import AT_ONCE, keep_marks
from clinic.medication.actions.order_watch import watch_orders
from clinic.medication.actions.parcel_watch import watch_parcels
from clinic.messaging.jobs.turns import took_turn

EVERY = timedelta(minutes=10)
"""Limits are hours and days; what people change is watched at once."""


def watch_supply_when_due(begin: Begin, *, clock: Clock, by: Actor) -> int:
    """Watch orders and parcels unless a worker has lately; return how many of both are over their time."""
    with begin(by=by) as session:
        if not took_turn(session, "supply", every=EVERY, now=clock()):
            return 0
    with begin(by=by) as session:
        ended = watch_orders(session, by=by, now=clock())
    marked = AT_ONCE
    while marked == AT_ONCE:
        with begin(by=by) as session:
            marked = keep_marks(session, now=clock())
    with begin(by=by) as session:
        keep_address_tasks(session, by=by, now=clock())
    with begin(by=by) as session:
        return len(ended) + watch_parcels(session, by=by, now=clock())
