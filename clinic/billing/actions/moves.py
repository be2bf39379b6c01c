"""What every verb on a subscription shares: the move to another state with its history, and who hears of it."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.billing.actions.allowing import keep_allowance
from clinic.billing.models import Subscription, SubscriptionAnchor, SubscriptionEvent
from clinic.billing.queries.subscriptions import anchors_of
from clinic.billing.rules.periods import Period, Segment, period
from clinic.billing.rules.subscriptions import LIVE, Event, SubscriptionState, Wish, after
from clinic.kernel import journal
from clinic.kernel.actor import Actor
from clinic.kernel.ids import new_id
from clinic.kernel.outbox import publish

SUBSCRIPTION_CHANGED = "subscription.changed"
"""The fact that a subscription entered a state or that a wish about it was noted; its subject is the subscription."""

_NOTHING: Mapping[str, object] = MappingProxyType({})
_NOT_HELD: dict[str, object] = {"held_from": None, "hold_started_on": None, "frozen_days": None}
_OVER: dict[str, object] = {"is_ending": False, "is_pausing": False, "next_price_id": None, "resume_on": None}


def enter(
    session: Session,
    row: Subscription,
    event: Event,
    *,
    by: Actor,
    now: datetime,
    reason: str | None = None,
    columns: Mapping[str, object] = _NOTHING,
) -> None:
    """Let a locked subscription go where `event` leads, with these columns. Raises WrongState and changes nothing."""
    old = SubscriptionState(row.state)
    held_from = SubscriptionState(row.held_from) if row.held_from else None
    new = after(old, event, held_from=held_from)
    found: dict[str, object] = {"state": new.value, "state_since": now}
    if new is not SubscriptionState.MEDICAL_HOLD:
        found |= _NOT_HELD
    if new is SubscriptionState.ACTIVE:
        found["past_due_since"] = None
    if new not in LIVE:
        found |= _OVER | {"ended_at": now}
    _write(row, {**found, **columns})
    record(session, row, event, old=old, by=by, now=now, reason=reason)


def wish(
    session: Session,
    row: Subscription,
    said: Wish,
    *,
    by: Actor,
    now: datetime,
    reason: str | None = None,
    columns: Mapping[str, object] = _NOTHING,
) -> None:
    """Note something about a subscription that stays in its state, with these columns."""
    _write(row, columns)
    record(session, row, said, old=SubscriptionState(row.state), by=by, now=now, reason=reason)


def record(
    session: Session,
    row: Subscription,
    event: Event | Wish,
    *,
    old: SubscriptionState | None,
    by: Actor,
    now: datetime,
    reason: str | None = None,
) -> None:
    """Write down what happened to a subscription; `old` is None for a new one."""
    row.touch(by=by, now=now)
    session.flush()
    told = SubscriptionEvent(id=new_id(), subscription_id=row.id, event=event.value, to_state=row.state, at=now)
    told.version = row.version
    told.from_state, told.reason = old.value if old else None, reason
    told.actor_id, told.actor_name = by.id, by.name
    session.add(told)
    session.flush()
    keep_allowance(session, row, now=now)
    publish(session, SUBSCRIPTION_CHANGED, subject_id=row.id, now=now)
    note(session, row, event.value, now=now, before=told.from_state, after=row.state)


def note(session: Session, row: Subscription, what: str, *, now: datetime, **details: object) -> None:
    """Write an audit entry, which never says why a physician decided something."""
    journal.note(
        session,
        f"membership.{what}",
        subject_kind="subscription",
        subject_id=row.id,
        at=now,
        patient_ids=(row.patient_id,),
        **details,
    )


def begin_segment(session: Session, row: Subscription, segment: Segment, *, now: datetime) -> Period:
    """Let the periods of a subscription count from another day on, and return the first of them."""
    known = anchors_of(session, row.id)
    anchor = SubscriptionAnchor(
        id=new_id(), subscription_id=row.id, number=len(known), anchor_on=segment.anchor_on, days=segment.days, at=now
    )
    session.add(anchor)
    session.flush()
    return period(segment, 0)


def runs(found: Period) -> dict[str, object]:
    """Return the columns that say which period runs."""
    return {"period_start_on": found.start_on, "period_end_on": found.end_on}


def price_is(price_id: UUID) -> dict[str, object]:
    """Return the columns of a subscription that has come to a price, so that none is waited for."""
    return {"price_id": price_id, "next_price_id": None}


def _write(row: Subscription, columns: Mapping[str, object]) -> None:
    for name, value in columns.items():
        setattr(row, name, value)
