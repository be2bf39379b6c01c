"""Prices: a new version for new members, and moving those who have an old one to it after a notice that arrived."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.billing.errors import PlanRefused, PriceRefused, UnknownPlan
from clinic.billing.models import BillingPlan, PlanEntitlement, PlanPrice, PriceChange, PriceNotice
from clinic.billing.queries.plans import entitlements_of, plan, price, prices_of
from clinic.billing.queries.prices import open_change, price_change
from clinic.billing.rules.entitlements import Entitlement
from clinic.billing.rules.money import shown
from clinic.billing.rules.prices import LEAST_CENTS, require_ceilings, require_notice, require_start
from clinic.billing.sending import NOTICE
from clinic.kernel import journal
from clinic.kernel.actor import Actor
from clinic.kernel.errors import ChangedMeanwhile
from clinic.kernel.ids import new_id
from clinic.kernel.transaction import refusing
from clinic.messaging.actions import cancel_planned


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPrice:
    """The next version of a plan's price: whole cents a month, from which day on, and its ceilings."""

    cents: int
    valid_from_on: date
    entitlements: Mapping[Entitlement, int | None]


def new_price(
    session: Session, plan_id: UUID, *, new: NewPrice, based_on: UUID, today: date, by: Actor, now: datetime
) -> PlanPrice:
    """Sell a plan to new members at another price, or with other ceilings; members keep the version that they have.

    `based_on` is the newest version that the person saw. Raises UnknownPlan, PlanRefused, PriceRefused at a box and
    ChangedMeanwhile.
    """
    sold = _lock_plan(session, plan_id)
    newest = prices_of(session, plan_id)[0]
    if newest.id != based_on:
        raise ChangedMeanwhile(
            f"{newest.created_by} set a price of {shown(newest.amount_cents)} meanwhile. Look at it again."
        )
    if sold.retired_at is not None:
        raise PlanRefused("This plan is not sold any more. Sell it again first.")
    require_new(session, newest, new=new, today=today)
    return add_price(
        session,
        sold,
        cents=new.cents,
        entitlements=new.entitlements,
        valid_from_on=new.valid_from_on,
        by=by,
        now=now,
    )


def require_new(session: Session, newest: PlanPrice, *, new: NewPrice, today: date) -> None:
    """Raise PriceRefused at a box for what cannot be the version after `newest`."""
    if new.cents < LEAST_CENTS:
        raise PriceRefused(f"Write a price of at least {shown(LEAST_CENTS)}.", field="amount")
    require_ceilings(new.entitlements)
    require_start(new.valid_from_on, today=today, newest_cents=newest.amount_cents, newest_from_on=newest.valid_from_on)
    if new.cents == newest.amount_cents and dict(new.entitlements) == entitlements_of(session, newest.id):
        raise PriceRefused("Nothing is different from the price that is sold now.", field="amount")


def add_price(
    session: Session,
    sold: BillingPlan,
    *,
    cents: int,
    entitlements: Mapping[Entitlement, int | None],
    valid_from_on: date,
    by: Actor,
    now: datetime,
) -> PlanPrice:
    """Write the next version of a price, and end the one before on the day before; the caller has judged it."""
    before = next(iter(prices_of(session, sold.id)), None)
    if before is not None:
        before.valid_until_on = valid_from_on.fromordinal(valid_from_on.toordinal() - 1)
        session.flush()
    row = PlanPrice(
        id=new_id(),
        plan_id=sold.id,
        number=1 if before is None else before.number + 1,
        amount_cents=cents,
        valid_from_on=valid_from_on,
        created_at=now,
        created_by=by.name,
    )
    session.add(row)
    session.flush()
    session.add_all(
        PlanEntitlement(id=new_id(), price_id=row.id, key=key, most=entitlements[key]) for key in entitlements
    )
    session.flush()
    journal.note(
        session,
        "price.set",
        subject_kind="billing_plan",
        subject_id=sold.id,
        at=now,
        cents=cents,
        valid_from_on=valid_from_on.isoformat(),
    )
    return row


def announce_price_change(
    session: Session, from_price_id: UUID, *, effective_on: date, today: date, by: Actor, now: datetime
) -> PriceChange:
    """Announce that members with an old version move to the newest one, at their first renewal from `effective_on`.

    Each is told by text, and moves thirty days after that arrived at the earliest. Raises UnknownPlan, and PriceRefused
    for a day too soon, a version that is the newest, and a second change of the same one.
    """
    old = price(session, from_price_id)
    _lock_plan(session, old.plan_id)
    to_price = require_change(session, old, effective_on=effective_on, today=today)
    row = PriceChange(
        id=new_id(),
        from_price_id=old.id,
        to_price_id=to_price.id,
        effective_on=effective_on,
        announced_at=now,
        created_at=now,
    )
    with refusing(session, {"uq_price_change_open": PriceRefused("A change of this price is announced already.")}):
        row.touch(by=by, now=now)
        session.add(row)
    _note(session, row, "price_change.announced", now=now)
    return row


def require_change(session: Session, old: PlanPrice, *, effective_on: date, today: date) -> PlanPrice:
    """Return the version that members of `old` would move to, or raise PriceRefused."""
    newest = prices_of(session, old.plan_id)[0]
    if newest.id == old.id:
        raise PriceRefused("Members have the newest price of this plan already. Set a new price first.")
    announced = open_change(session, old.id)
    if announced is not None:
        raise PriceRefused(
            f"A change of this price to {shown(price(session, announced.to_price_id).amount_cents)} is announced "
            "already. Withdraw it first, then announce another."
        )
    require_notice(effective_on, today=today)
    if effective_on < newest.valid_from_on:
        raise PriceRefused("The new price begins later. Choose its first day or a later one.", field="effective_on")
    return newest


def withdraw_price_change(session: Session, change_id: UUID, *, version: int, by: Actor, now: datetime) -> PriceChange:
    """Let members keep their price after all; texts that wait do not leave, and who has moved already stays.

    Raises UnknownPlan and ChangedMeanwhile.
    """
    price_change(session, change_id)
    row = session.get_one(PriceChange, change_id, with_for_update=True, populate_existing=True)
    row.require_version(version)
    row.withdrawn_at = row.withdrawn_at or now
    row.touch(by=by, now=now)
    for notice_id in session.scalars(select(PriceNotice.id).where(PriceNotice.change_id == row.id)):
        cancel_planned(session, subject_kind=NOTICE, subject_id=notice_id, reason="price_withdrawn", now=now)
    _note(session, row, "price_change.withdrawn", now=now)
    return row


def record_told(session: Session, notice_id: UUID, *, by: Actor, now: datetime) -> PriceNotice:
    """Write down that a person told a member of a change of price, because no text is known to have arrived.

    What was known to have arrived before stays. Raises UnknownPlan.
    """
    row = session.get(PriceNotice, notice_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise UnknownPlan("There is no such notice. Open the change of price again.")
    if row.arrived_at is None:
        row.arrived_at, row.told_by = now, by.name
        session.flush()
        journal.note(session, "price_notice.told", subject_kind=NOTICE, subject_id=row.id, at=now)
    return row


def take_arrival(session: Session, *, notice_id: UUID, arrived_at: datetime, now: datetime) -> bool:
    """Write down when the text of a notice arrived; tell whether that is new."""
    row = session.get_one(PriceNotice, notice_id, with_for_update=True, populate_existing=True)
    if row.arrived_at is not None:
        return False
    row.arrived_at = arrived_at
    session.flush()
    journal.note(session, "price_notice.arrived", subject_kind=NOTICE, subject_id=row.id, at=now)
    return True


def _lock_plan(session: Session, plan_id: UUID) -> BillingPlan:
    plan(session, plan_id)
    return session.get_one(BillingPlan, plan_id, with_for_update={"key_share": True}, populate_existing=True)


def _note(session: Session, row: PriceChange, action: str, *, now: datetime) -> None:
    session.flush()
    on = row.effective_on.isoformat()
    journal.note(session, action, subject_kind="price_change", subject_id=row.id, at=now, effective_on=on)
