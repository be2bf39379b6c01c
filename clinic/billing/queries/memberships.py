"""What a person is shown of a membership: plan, what is charged next, what is left of the period, what is wanted."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.billing.models import Subscription
from clinic.billing.queries.balances import balance_cents
from clinic.billing.queries.discounts import rebate_for
from clinic.billing.queries.entitlements import left_of
from clinic.billing.queries.payments import CardSeen, card_seen
from clinic.billing.queries.plans import plan_of_price
from clinic.billing.queries.prices import price_for
from clinic.billing.queries.subscriptions import consent_of, may, newest, next_period, open_invoices
from clinic.billing.rules.capabilities import Capability
from clinic.billing.rules.entitlements import Entitlement
from clinic.billing.rules.invoices import month, totals, with_balance
from clinic.billing.rules.periods import Period, Segment, period, today_in
from clinic.billing.rules.subscriptions import LIVE, SubscriptionState

_RUNS = frozenset({SubscriptionState.ACTIVE, SubscriptionState.PAST_DUE})


class NextCharge(NamedTuple):
    """The day of the next charge and its cents, with today's discount and balance."""

    on: date
    cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """A membership as a person sees it; names in two languages, `cents` a month, days of `zone`.

    `left` is what the period has left of what is booked by it, None for no ceiling; `lets_begin` tells whether money
    lets new sessions and shipments begin.
    """

    subscription_id: UUID
    plan_code: str
    plan_name: str
    plan_name_es: str
    cents: int
    state: SubscriptionState
    zone: str
    period: Period | None
    next_charge: NextCharge | None
    is_ending: bool
    is_pausing: bool
    resume_on: date | None
    next_plan_code: str | None
    next_plan_name: str | None
    next_plan_name_es: str | None
    card: CardSeen | None
    has_consent: bool
    open_invoice_id: UUID | None
    past_due_on: date | None
    hold_started_on: date | None
    ended_at: datetime | None
    left: Mapping[Entitlement, int | None]
    lets_begin: bool

    @property
    def is_live(self) -> bool:
        """Tell whether it has not ended."""
        return self.state in LIVE


def standing(session: Session, patient_id: UUID, *, now: datetime) -> Membership | None:
    """Return the patient's membership that lives, else the one that ended last, None without any."""
    row = newest(session, patient_id)
    return None if row is None else membership(session, row, now=now)


def membership(session: Session, row: Subscription, *, now: datetime) -> Membership:
    """Return what a person sees of a subscription."""
    sold = plan_of_price(session, row.price_id)
    chosen = plan_of_price(session, row.next_price_id) if row.next_price_id else None
    asked = open_invoices(session, row.id)
    return Membership(
        subscription_id=row.id,
        plan_code=sold.code,
        plan_name=sold.name,
        plan_name_es=sold.name_es,
        cents=sold.cents,
        state=SubscriptionState(row.state),
        zone=row.zone,
        period=_period(row),
        next_charge=_next_charge(session, row),
        is_ending=row.is_ending,
        is_pausing=row.is_pausing,
        resume_on=row.resume_on,
        next_plan_code=chosen.code if chosen else None,
        next_plan_name=chosen.name if chosen else None,
        next_plan_name_es=chosen.name_es if chosen else None,
        card=card_seen(session, row.patient_id),
        has_consent=consent_of(session, row.id) is not None,
        open_invoice_id=asked[0].id if asked else None,
        past_due_on=today_in(row.zone, row.past_due_since) if row.past_due_since else None,
        hold_started_on=row.hold_started_on,
        ended_at=row.ended_at,
        left=left_of(session, row, now=now),
        lets_begin=may(session, row.patient_id, Capability.NEW_SESSION, now=now),
    )


def _period(row: Subscription) -> Period | None:
    if row.period_start_on is None or row.period_end_on is None:
        return None
    return Period(row.period_start_on, row.period_end_on)


def _next_charge(session: Session, row: Subscription) -> NextCharge | None:
    """Return what is charged next if nothing changes: none for what ends, waits, or is not begun."""
    coming = _coming(session, row)
    if coming is None:
        return None
    priced = price_for(session, row, renews_on=coming.start_on)
    given = rebate_for(session, row.id, period=coming)
    lines = month(priced.amount_cents, priced.id, period=coming, rebate=given[0] if given else None)
    return NextCharge(coming.start_on, totals(with_balance(lines, balance_cents(session, row.patient_id))).total)


def _coming(session: Session, row: Subscription) -> Period | None:
    state = SubscriptionState(row.state)
    if row.is_ending or (state not in _RUNS and state is not SubscriptionState.PAUSED):
        return None
    coming = next_period(session, row)
    if row.resume_on is not None and row.resume_on > coming.start_on:
        return period(Segment(row.resume_on), 0)
    return coming
