"""Memberships that time alone changes: each is looked after in a transaction of its own."""

from datetime import timedelta
from functools import cache
from uuid import UUID

from sqlalchemy import Select, bindparam, exists, or_, select
from sqlalchemy.orm import Session

from clinic.billing.actions.holding import LONGEST_DAYS
from clinic.billing.actions.looking import HOLD_LEAD, IDLE, UNPAID, look_after
from clinic.billing.jobs.renewing import safely, today_there
from clinic.billing.models import Invoice, Subscription
from clinic.billing.rules.documents import InvoiceKind, InvoiceState
from clinic.billing.rules.subscriptions import SubscriptionState
from clinic.kernel.actor import Actor
from clinic.kernel.clock import Clock
from clinic.kernel.statements import among_these
from clinic.kernel.transaction import Begin
from clinic.messaging.jobs.turns import took_turn

EVERY = timedelta(minutes=10)
"""Limits are hours and days."""

_S, _ROW = SubscriptionState, Subscription


def watch_when_due(begin: Begin, *, clock: Clock, by: Actor) -> int:
    """Look after memberships unless a worker has lately; return how many were looked at."""
    with begin(by=by) as session:
        if not took_turn(session, "memberships", every=EVERY, now=clock()):
            return 0
    return watch_memberships(begin, clock=clock, by=by)


def watch_memberships(begin: Begin, *, clock: Clock, by: Actor) -> int:
    """Look after every membership whose time may have come, and return how many those were."""

    def look(session: Session, found: UUID) -> None:
        look_after(session, found, by=by, now=clock())

    with begin(by=by) as session:
        now = clock()
        due = list(session.scalars(_due(), {"now": now, "idle_since": now - IDLE, "unpaid_since": now - UNPAID}))
    return sum(safely(begin, each, look, by=by) for each in due)


@cache
def _due() -> Select[UUID]:
    """Select what may be due; the action looks again, under the lock and by the subscription's own day."""
    today = today_there()
    is_asked = exists().where(
        Invoice.subscription_id == _ROW.id, Invoice.state == InvoiceState.OPEN, Invoice.kind == InvoiceKind.CHANGE
    )
    long_held = today - (LONGEST_DAYS - HOLD_LEAD.days)
    is_due = or_(
        (_ROW.state == _S.PENDING) & (_ROW.updated_at <= bindparam("idle_since")),
        (_ROW.state == _S.INCOMPLETE) & (_ROW.state_since <= bindparam("unpaid_since")),
        (_ROW.state == _S.ACTIVE) & is_asked,
        among_these(_ROW.state, [_S.PAST_DUE, _S.SUSPENDED]),
        (_ROW.state == _S.MEDICAL_HOLD) & (_ROW.hold_started_on <= long_held),
        (_ROW.state == _S.PAUSED) & (_ROW.resume_on <= today),
    )
    return select(_ROW.id).where(is_due).order_by(_ROW.id)
