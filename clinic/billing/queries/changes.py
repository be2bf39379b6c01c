"""What another plan would mean for the period that runs: its lines and what they come to, to the cent."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.billing.errors import ChangeRefused, WrongState
from clinic.billing.models import PlanPrice, Subscription
from clinic.billing.queries.balances import balance_cents
from clinic.billing.queries.discounts import rebate_for
from clinic.billing.queries.plans import plan_of_code, plan_of_price, price_on
from clinic.billing.queries.standing import standing_lines
from clinic.billing.queries.subscriptions import anchors_of, invoice_of_month, subscription
from clinic.billing.rules.capabilities import Capability, capabilities
from clinic.billing.rules.discounts import Rebate
from clinic.billing.rules.documents import InvoiceState
from clinic.billing.rules.invoices import Line, totals, unused_of, upgrade, with_balance
from clinic.billing.rules.money import shown
from clinic.billing.rules.periods import Period, Segment, period_at, today_in
from clinic.billing.rules.subscriptions import SubscriptionState

_S = SubscriptionState
_PAID_FOR = frozenset({_S.ACTIVE, _S.PAST_DUE, _S.MEDICAL_HOLD})
_RUNS = _PAID_FOR | {_S.PAUSED}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePreview:
    """What a change of plan means: now, its lines with the balance and the cents due; else the day it begins on."""

    plan_code: str
    price_id: UUID
    cents_a_month: int
    lines: tuple[Line, ...]
    due_cents: int
    starts_on: date
    is_now: bool


def preview_change(session: Session, subscription_id: UUID, *, plan_code: str, now: datetime) -> ChangePreview:
    """Return what a change to the plan with this code would mean today.

    A higher price begins now, once it is paid; a lower one with the next period. Raises UnknownSubscription,
    UnknownPlan, ChangeRefused for the plan that runs already or one that ends, and WrongState where no plan runs.
    """
    row = subscription(session, subscription_id)
    today = today_in(row.zone, now)
    price = price_on(session, plan_of_code(session, plan_code).id, on=today)
    old = require_another(session, row, price)
    is_now = price.amount_cents > old.amount_cents
    lines: tuple[Line, ...] = ()
    if is_now:
        require_upgradable(row)
        lines = with_balance(priced_lines(session, row, price, day=today), balance_cents(session, row.patient_id))
    return ChangePreview(
        plan_code=plan_code,
        price_id=price.id,
        cents_a_month=price.amount_cents,
        lines=lines,
        due_cents=totals(lines).total,
        starts_on=today if is_now else _begins_on(row, today),
        is_now=is_now,
    )


def require_another(session: Session, row: Subscription, price: PlanPrice) -> PlanPrice:
    """Return the price that runs; raises ChangeRefused for the same plan or one that ends, WrongState for none."""
    if _S(row.state) not in _RUNS:
        raise WrongState("No plan runs here. A plan can be changed once the membership is active.")
    old = session.get_one(PlanPrice, row.price_id)
    if row.is_ending:
        raise ChangeRefused("This membership ends with its month. Keep it first, then change the plan.", field="plan")
    if price.plan_id == old.plan_id:
        name = plan_of_price(session, old.id).name
        raise ChangeRefused(f"{name} is the plan that runs, at {shown(old.amount_cents)} a month.", field="plan")
    return old


def require_upgradable(row: Subscription) -> None:
    """Raise WrongState where a higher plan cannot begin now."""
    if Capability.UPGRADE not in capabilities(_S(row.state)):
        raise WrongState(
            "A higher plan begins only while the membership is active and paid. Settle what is open first."
        )


def priced_lines(session: Session, row: Subscription, price: PlanPrice, *, day: date) -> tuple[Line, ...]:
    """Return the lines of another price from `day` on: what is left of the old goes back, the rest of the new comes.

    Raises WrongState where the period is over, or is not paid for by one line.
    """
    whole = month_that_runs(session, row)
    if not whole.start_on <= day < whole.end_on:
        raise WrongState("The month is over and the next one is being billed. Try again in some minutes.")
    stands = standing_lines(session, row, whole)
    if len(stands) != 1 or stands[0].service.end_on <= day:
        raise WrongState("The invoice of this month was taken back. Change the plan for the next month.")
    given = rebate_of_month(session, row)
    rebate = given[0] if given else None
    return upgrade(stands[0], price.amount_cents, price.id, period=whole, day=day, rebate=rebate)


def rebate_of_month(session: Session, row: Subscription) -> tuple[Rebate, UUID] | None:
    """Return the discount that the invoice of the running month carries, with the id of its redemption."""
    asked = invoice_of_month(session, row.id)
    if asked is None:
        return None
    return rebate_for(session, row.id, period=Period(asked.period_start_on, asked.period_end_on))


def month_that_runs(session: Session, row: Subscription) -> Period:
    """Return the whole month of the period that runs; what a hold left is the end of one that moved along with it."""
    assert row.period_start_on is not None
    assert row.period_end_on is not None
    anchors, asked = anchors_of(session, row.id), invoice_of_month(session, row.id)
    if anchors[-1].days is None or asked is None:
        return Period(row.period_start_on, row.period_end_on)
    counted = [each.anchor_on for each in anchors if each.days is None][-1]
    begun = period_at([Segment(counted)], max(counted, asked.period_start_on))
    return Period(row.period_end_on - (begun.end_on - begun.start_on), row.period_end_on)


def unused_cents(session: Session, row: Subscription, *, day: date) -> int:
    """Return the cents that are paid for and not used from `day` on; a hold stopped the days when it began."""
    asked = invoice_of_month(session, row.id)
    if asked is None or asked.state != InvoiceState.PAID or _S(row.state) not in _PAID_FOR:
        return 0
    assert row.period_end_on is not None
    from_day = min(row.hold_started_on or day, row.period_end_on)
    return sum(
        unused_of(each, min(max(from_day, each.service.start_on), each.service.end_on))
        for each in standing_lines(session, row, month_that_runs(session, row))
    )


def _begins_on(row: Subscription, today: date) -> date:
    return row.resume_on or row.period_end_on or today
