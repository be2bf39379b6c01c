"""Renewals of memberships: each in a transaction of its own, so that one that fails keeps no other waiting."""

import logging
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import cache
from time import monotonic
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Select, bindparam, cast, func, select
from sqlalchemy.orm import Session

from clinic.billing.actions.renewing import renew
from clinic.billing.models import Subscription
from clinic.billing.rules.subscriptions import SubscriptionState
from clinic.kernel.actor import Actor
from clinic.kernel.clock import Clock
from clinic.kernel.db import Instant
from clinic.kernel.transaction import Begin
from clinic.messaging.jobs.turns import took_turn

EVERY = timedelta(minutes=1)
"""Renewals are due by days; what waits for a person is looked at again each time."""
SECONDS = 20.0
_AT_ONCE = 500

Verb = Callable[[Session, UUID], object]
_logger = logging.getLogger(__name__)


def renew_when_due(begin: Begin, *, clock: Clock, by: Actor) -> int:
    """Renew what is due unless a worker has lately; return how many subscriptions were looked at."""
    with begin(by=by) as session:
        if not took_turn(session, "renewals", every=EVERY, now=clock()):
            return 0
    return renew_due(begin, clock=clock, by=by)


def renew_due(begin: Begin, *, clock: Clock, by: Actor, seconds: float = SECONDS) -> int:
    """Renew, pause or end every membership whose period is over, and return how many were looked at.

    A clinic that was away for days catches up so; running it twice bills nothing twice.
    """
    until = monotonic() + seconds
    looked = 0
    for each in _due(begin, clock=clock, by=by):
        if monotonic() >= until:
            break
        looked += safely(begin, each, lambda session, found: renew(session, found, by=by, now=clock()), by=by)
    return looked


def safely(begin: Begin, subscription_id: UUID, verb: Verb, *, by: Actor) -> bool:
    """Do something about one subscription in a transaction of its own, and tell whether it went well."""
    try:
        with begin(by=by) as session:
            verb(session, subscription_id)
    except Exception as mistake:  # noqa: BLE001 - one patient's trouble must not keep the others waiting
        _logger.error("subscription %s: %s", subscription_id, type(mistake).__name__)  # noqa: TRY400 - the class only
        return False
    return True


def today_there() -> ColumnElement[date]:
    """Return the expression of the day that it is in a subscription's zone at the `now` given when a statement runs."""
    return cast(func.timezone(Subscription.zone, bindparam("now", type_=Instant())), Date)


def _due(begin: Begin, *, clock: Clock, by: Actor) -> Iterator[UUID]:
    """Yield what is due, each once, however many wait for a person among them."""
    asked = {"now": clock(), "after": UUID(int=0)}
    while True:
        with begin(by=by) as session:
            found = list(session.scalars(_page(), asked))
        yield from found
        if len(found) < _AT_ONCE:
            return
        asked["after"] = found[-1]


@cache
def _page() -> Select[UUID]:
    is_due = (Subscription.state == SubscriptionState.ACTIVE, Subscription.period_end_on <= today_there())
    wanted = select(Subscription.id).where(*is_due, Subscription.id > bindparam("after"))
    return wanted.order_by(Subscription.id).limit(_AT_ONCE)
