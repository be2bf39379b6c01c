"""A patient's own pause: from the end of what is paid, for three months at most."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.billing.actions.bills import bill_from_today
from clinic.billing.actions.locks import lock_subscription, require_own, today_of
from clinic.billing.actions.moves import enter, wish
from clinic.billing.errors import PeriodRefused, WrongState
from clinic.billing.models import Invoice, Subscription
from clinic.billing.rules.subscriptions import Event, SubscriptionState, Wish
from clinic.kernel.actor import Actor
from clinic.kernel.localtime import months_after

LONGEST_MONTHS = 3


def latest_resume_on(row: Subscription) -> date:
    """Return the last day on which a pause of a subscription can end."""
    assert row.period_end_on is not None
    return months_after(row.period_end_on, LONGEST_MONTHS)


def pause(session: Session, subscription_id: UUID, *, resume_on: date, by: Actor, now: datetime) -> Subscription:
    """Let a membership pause from the end of its period until `resume_on`; what is paid stays.

    Raises NotYourMembership, WrongState unless it is active and not ending, and PeriodRefused for a day out of reach.
    """
    row, patient = lock_subscription(session, subscription_id)
    require_own(patient, by)
    if row.state != SubscriptionState.ACTIVE or row.is_ending or row.period_end_on is None:
        raise WrongState("Only a membership that is active and does not end can pause. Settle or keep it first.")
    earliest, latest = max(row.period_end_on, today_of(row, now)), latest_resume_on(row)
    if not earliest < resume_on <= latest:
        raise PeriodRefused(
            f"A pause begins on {_said(row.period_end_on)} and ends by {_said(latest)}. Choose a day between.",
            field="resume_on",
        )
    wish(session, row, Wish.PAUSES_LATER, by=by, now=now, columns={"is_pausing": True, "resume_on": resume_on})
    return row


def withdraw_pause(session: Session, subscription_id: UUID, *, by: Actor, now: datetime) -> Subscription:
    """Let a membership go on without the pause that was wanted; raises NotYourMembership and WrongState."""
    row, patient = lock_subscription(session, subscription_id)
    require_own(patient, by)
    if not row.is_pausing:
        raise WrongState("No pause is planned. Open the membership again to see where it is.")
    wish(session, row, Wish.NO_PAUSE, by=by, now=now, columns={"is_pausing": False, "resume_on": None})
    return row


def begin_pause(session: Session, row: Subscription, *, by: Actor, now: datetime) -> None:
    """Let the pause of a locked subscription begin, since its period is over."""
    enter(session, row, Event.PAUSE_BEGAN, by=by, now=now, columns={"is_pausing": False})


def resume(session: Session, subscription_id: UUID, *, by: Actor, now: datetime) -> Invoice:
    """End a pause now: a month from today is billed, and begins when it is paid.

    Raises NotYourMembership and WrongState.
    """
    row, patient = lock_subscription(session, subscription_id)
    require_own(patient, by)
    enter(session, row, Event.RESUMED, by=by, now=now, columns={"resume_on": None})
    return bill_from_today(session, row, by=by, now=now)


def _said(day: date) -> str:
    return f"{day:%B} {day.day}, {day.year}"
