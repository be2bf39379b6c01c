"""What members are told as time goes by, one by one, and the reviews of hardship rates that come up."""

import logging
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from sqlalchemy.orm import Session

from clinic.billing.actions.hardship import LOOK_BEFORE, end_hardship, open_review, withdraw_hardship
from clinic.billing.actions.prices import take_arrival
from clinic.billing.actions.telling import tell_of_card, tell_of_price, tell_of_resuming
from clinic.billing.queries import telling
from clinic.kernel.actor import Actor
from clinic.kernel.clock import Clock
from clinic.kernel.crypto import KeyRing
from clinic.kernel.errors import DomainError
from clinic.kernel.transaction import Begin
from clinic.messaging.jobs.turns import took_turn

EVERY = timedelta(minutes=10)
AT_ONCE = 200
"""So many members a look are told of one thing; the rest follow ten minutes later."""

RESUMES_WITHIN = timedelta(days=3)

_Step = Callable[[Session], object]
_logger = logging.getLogger(__name__)


def tell_members_when_due(begin: Begin, *, ring: KeyRing, clock: Clock, by: Actor) -> int:
    """Tell members what is due unless a worker has lately; return how many steps were taken.

    Each member has a transaction of their own: what fails for one is written to the log and keeps nobody else waiting.
    """
    with begin(by=by) as session:
        if not took_turn(session, "membership_texts", every=EVERY, now=clock()):
            return 0
    return sum(_taken(begin, step, by=by) for step in _steps(begin, ring=ring, clock=clock, by=by))


def _steps(begin: Begin, *, ring: KeyRing, clock: Clock, by: Actor) -> list[_Step]:
    """Return what is to be done now, each for one member."""
    now = clock()
    today = now.date()
    with begin(by=by) as session:
        untold = telling.untold_of_price(session, most=AT_ONCE)
        arrived = telling.arrived_notices(session, most=AT_ONCE)
        going_on = telling.resuming(session, on=today, within=RESUMES_WITHIN)
        cards = telling.ending_cards(session, on=today, most=AT_ONCE)
        reviews = telling.rates_to_review(session, before=today + LOOK_BEFORE)
        rates = telling.rates_of_ended(session)
        requests = telling.requests_of_ended(session)
    return [
        *(
            partial(tell_of_price, change_id=change, subscription_id=member, ring=ring, by=by, now=now)
            for change, member in untold
        ),
        *(partial(take_arrival, notice_id=notice, arrived_at=at, now=now) for notice, at in arrived),
        *(partial(tell_of_resuming, subscription_id=each, ring=ring, by=by, now=now) for each in going_on),
        *(partial(tell_of_card, method_id=each, ring=ring, by=by, now=now) for each in cards),
        *(partial(open_review, redemption_id=each, by=by, now=now) for each in reviews),
        *(partial(end_hardship, redemption_id=each, by=by, now=now) for each in rates),
        *(partial(withdraw_hardship, request_id=each, by=by, now=now) for each in requests),
    ]


def _taken(begin: Begin, step: _Step, *, by: Actor) -> bool:
    try:
        with begin(by=by) as session:
            return bool(step(session))
    except DomainError as refused:
        _logger.warning("memberships: %s", refused.code)
    except Exception as mistake:  # noqa: BLE001 - one member must not keep the others waiting
        _logger.error("memberships: %s", type(mistake).__name__)  # noqa: TRY400 - a message could carry a name
    return False
