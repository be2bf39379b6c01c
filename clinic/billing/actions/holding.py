"""A medical hold: no day of what is paid passes, no money moves, and a physician ends it."""

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.billing.actions.allowing import ceilings_of, set_ceilings
from clinic.billing.actions.locks import lock_subscription, require_physician, today_of
from clinic.billing.actions.moves import begin_segment, enter, runs
from clinic.billing.actions.queueing import asked_no_more
from clinic.billing.actions.quitting import drop_changes
from clinic.billing.errors import WrongState
from clinic.billing.models import Subscription
from clinic.billing.rules.periods import Segment
from clinic.billing.rules.subscriptions import Event, SubscriptionState
from clinic.kernel.actor import Actor
from clinic.treatment.rules.plans import written_reason
from clinic.worklist.rules import WorkKind

LONGEST_DAYS = 90
"""After so many days on hold a membership ends; care begins again with a visit."""


def hold(session: Session, subscription_id: UUID, *, reason: str, by: Actor, now: datetime) -> Subscription:
    """Stop the clock of a membership for medical reasons, which only physicians read.

    Raises NotYourMembership, ReasonTooShort and WrongState.
    """
    row, patient = lock_subscription(session, subscription_id)
    require_physician(session, by=by, patient_id=patient.id, now=now)
    words, today = written_reason(reason), today_of(row, now)
    days = max(0, (row.period_end_on - today).days) if row.period_end_on else 0
    drop_changes(session, row, by=by, now=now)
    columns = {"held_from": row.state, "hold_started_on": today, "frozen_days": days}
    enter(session, row, Event.HELD, by=by, now=now, reason=words, columns=columns)
    return row


def release(session: Session, subscription_id: UUID, *, reason: str = "", by: Actor, now: datetime) -> Subscription:
    """Let the clock of a membership go on with the days that were left.

    Raises NotYourMembership, and WrongState for one that is not on hold or was for more than 90 days.
    """
    row, patient = lock_subscription(session, subscription_id)
    require_physician(session, by=by, patient_id=patient.id, now=now)
    words = written_reason(reason, is_needed=False)
    if row.state != SubscriptionState.MEDICAL_HOLD or row.hold_started_on is None:
        raise WrongState("This membership is not on hold. Open it again to see where it is.")
    held = _held_days(row, now)
    if held > LONGEST_DAYS:
        raise WrongState(f"This hold lasted longer than {LONGEST_DAYS} days. Care begins again with a visit.")
    since, ceilings = ceilings_of(session, row)
    columns = _moved_on(row, held) | (_rest(session, row, now) if held else {})
    enter(session, row, Event.RELEASED, by=by, now=now, reason=words, columns=columns)
    set_ceilings(session, row, ceilings, since=since)
    asked_no_more(session, row, WorkKind.HOLD_ENDS, by=by, now=now)
    return row


def hold_ends_on(row: Subscription) -> date:
    """Return the day on which a hold has lasted too long."""
    assert row.hold_started_on is not None
    return row.hold_started_on + timedelta(days=LONGEST_DAYS + 1)


def _held_days(row: Subscription, now: datetime) -> int:
    assert row.hold_started_on is not None
    return (today_of(row, now) - row.hold_started_on).days


def _moved_on(row: Subscription, held: int) -> dict[str, object]:
    """Return the columns that move on with a hold: a payment that was due is due for as long as before it."""
    if row.past_due_since is None or row.held_from != SubscriptionState.PAST_DUE:
        return {}
    return {"past_due_since": row.past_due_since + timedelta(days=held)}


def _rest(session: Session, row: Subscription, now: datetime) -> dict[str, object]:
    """Return the columns of the days that were left, which are a segment of their own; without any the next begins."""
    today = today_of(row, now)
    if row.frozen_days:
        return runs(begin_segment(session, row, Segment(today, row.frozen_days), now=now))
    begin_segment(session, row, Segment(today), now=now)
    return {}
