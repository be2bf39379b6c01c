"""Renewals: one period at a time, and what was missed is never billed behind a person's back."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.billing.actions.bills import bill, price_now
from clinic.billing.actions.locks import lock_subscription, require_staff, today_of
from clinic.billing.actions.moves import begin_segment, enter, runs
from clinic.billing.actions.pausing import begin_pause
from clinic.billing.actions.queueing import ask_person, asked_no_more
from clinic.billing.actions.quitting import drop_changes, finish
from clinic.billing.errors import WrongState
from clinic.billing.models import Invoice, Subscription
from clinic.billing.queries.subscriptions import anchors_of, next_period, open_invoices, segment_of
from clinic.billing.rules.documents import InvoiceKind
from clinic.billing.rules.periods import Period, lapsed, period_at
from clinic.billing.rules.subscriptions import Event, SubscriptionState
from clinic.kernel.actor import Actor
from clinic.worklist.rules import WorkKind


def renew(session: Session, subscription_id: UUID, *, by: Actor, now: datetime) -> Invoice | None:
    """Do what the end of a period brings, if it is over: end, pause, or bill the next one.

    None where nothing is billed: not due, ended, paused, an invoice of before is open, or more than one period was
    missed, which is put on the list. Running it again changes nothing.
    """
    row, _ = lock_subscription(session, subscription_id)
    if not _is_over(row, now):
        return None
    if row.is_ending:
        finish(session, row, Event.PERIOD_ENDED, by=by, now=now)
    elif not _is_settled(session, row, by=by, now=now):
        return None
    elif row.is_pausing and _pause_has_days(row):
        begin_pause(session, row, by=by, now=now)
    elif _missed(session, row, now) > 1:
        ask_person(session, row, WorkKind.MISSED_PERIODS, by=by, now=now)
    else:
        return _begin(session, row, next_period(session, row), by=by, now=now)
    return None


def go_on(session: Session, subscription_id: UUID, *, by: Actor, now: datetime) -> Invoice:
    """Bill the present period after missed ones, which nobody is asked for; a person decides so.

    Raises NotYourMembership, and WrongState where not more than one period was missed.
    """
    require_staff(by)
    row, _ = lock_subscription(session, subscription_id)
    if not _is_over(row, now) or _missed(session, row, now) <= 1:
        raise WrongState("No month was missed here. The membership renews by itself.")
    present = period_at([segment_of(session, row)], today_of(row, now))
    invoice = _begin(session, row, present, by=by, now=now)
    asked_no_more(session, row, WorkKind.MISSED_PERIODS, by=by, now=now)
    return invoice


def _is_over(row: Subscription, now: datetime) -> bool:
    if row.state != SubscriptionState.ACTIVE or row.period_end_on is None:
        return False
    return row.period_end_on <= today_of(row, now)


def _pause_has_days(row: Subscription) -> bool:
    """Tell whether a pause ends after the month that it follows, which a hold or a late payment may have moved on."""
    assert row.resume_on is not None
    assert row.period_end_on is not None
    return row.resume_on > row.period_end_on


def _missed(session: Session, row: Subscription, now: datetime) -> int:
    assert row.period_end_on is not None
    return lapsed(row.period_end_on, segment_of(session, row), today_of(row, now))


def _is_settled(session: Session, row: Subscription, *, by: Actor, now: datetime) -> bool:
    """Tell whether no invoice is open; a month that was never paid is past due before another one is billed."""
    drop_changes(session, row, by=by, now=now)
    waiting = open_invoices(session, row.id)
    if any(each.kind != InvoiceKind.CHANGE for each in waiting):
        enter(session, row, Event.RENEWAL_FAILED, by=by, now=now, columns={"past_due_since": now})
    return not waiting


def _begin(session: Session, row: Subscription, days: Period, *, by: Actor, now: datetime) -> Invoice:
    if anchors_of(session, row.id)[-1].days is not None:
        begin_segment(session, row, segment_of(session, row), now=now)
    columns = {**runs(days), **price_now(session, row, days=days), "is_pausing": False, "resume_on": None}
    enter(session, row, Event.RENEWED, by=by, now=now, columns=columns)
    return bill(session, row, kind=InvoiceKind.RENEWAL, days=days, by=by, now=now)
