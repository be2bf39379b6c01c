"""Discounts with a code: made by an administrator, given to a membership, and counted once an invoice is paid."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.billing.actions.locks import lock_subscription
from clinic.billing.errors import DiscountRefused, UnknownDiscount, WrongState
from clinic.billing.models import Discount, DiscountRedemption, HardshipRequest, Invoice, InvoiceLine, Subscription
from clinic.billing.queries.discounts import discount, discount_of, highest_price, rebate_of, uses_of
from clinic.billing.queries.plans import price
from clinic.billing.rules.discounts import WHOLE, counts, require_below
from clinic.billing.rules.naming import clinical_word
from clinic.billing.rules.periods import today_in
from clinic.billing.rules.subscriptions import LIVE
from clinic.kernel import journal
from clinic.kernel.actor import Actor, ActorKind, Role
from clinic.kernel.ids import new_id
from clinic.kernel.text import clean_line
from clinic.kernel.transaction import refusing
from clinic.worklist import actions as worklist
from clinic.worklist.rules import WorkKind

_CODE = re.compile(r"[A-Z0-9]{3,20}")
_LONGEST_NAME = 60
_MOST_PERIODS = 24
_MOST_REDEMPTIONS = 100_000
_HAS_ONE = (
    "This membership has a discount already, and two do not add up. Take that one back first, then give this one."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDiscount:
    """A discount as an administrator wants it: basis points or whole cents, for `periods` months or for ever.

    It can be given from the first to the last day, both included, to at most `most_redemptions` memberships.
    """

    code: str
    name: str
    basis_points: int | None
    amount_cents: int | None
    periods: int | None
    most_redemptions: int | None
    valid_from_on: date
    valid_until_on: date | None


def new_discount(session: Session, *, new: NewDiscount, by: Actor, now: datetime) -> Discount:
    """Make a discount that can be given by its code; raises DiscountRefused at a box."""
    _require(session, new)
    row = Discount(
        id=new_id(),
        code=_code(new.code),
        name=_name(new.name),
        basis_points=new.basis_points,
        amount_cents=new.amount_cents,
        periods=new.periods,
        most_redemptions=new.most_redemptions,
        valid_from_on=new.valid_from_on,
        valid_until_on=new.valid_until_on,
        approved_by=by.name,
        created_at=now,
    )
    taken = DiscountRefused(f"There is a discount with the code {row.code} already. Choose another code.", field="code")
    with refusing(session, {"uq_discount_code": taken}):
        row.touch(by=by, now=now)
        session.add(row)
    _note(session, row, "discount.made", now=now)
    return row


def end_discount(
    session: Session, discount_id: UUID, *, today: date, version: int, by: Actor, now: datetime
) -> Discount:
    """Give a discount to nobody new after today; who has it keeps it. Raises UnknownDiscount and ChangedMeanwhile."""
    discount(session, discount_id)
    row = session.get_one(Discount, discount_id, with_for_update=True, populate_existing=True)
    row.require_version(version)
    row.valid_until_on = max(today, row.valid_from_on)
    row.touch(by=by, now=now)
    _note(session, row, "discount.ended", now=now)
    return row


def give_discount(
    session: Session, subscription_id: UUID, *, code: str, by: Actor, now: datetime
) -> DiscountRedemption:
    """Give a membership a discount by its code, from the next month that is billed on.

    Raises UnknownSubscription, WrongState for one that is over, and DiscountRefused at `code`.
    """
    subscription, patient = lock_subscription(session, subscription_id)
    require_living(subscription)
    if discount_of(session, subscription_id) is not None:
        raise DiscountRefused(_HAS_ONE, field="code")
    row = _by_code(session, code)
    today = today_in(subscription.zone, now)
    _require_open(session, row, today=today)
    if row.amount_cents is not None:
        require_below(row.amount_cents, price(session, subscription.price_id).amount_cents)
    given = start(session, subscription, row, on=today, by=by, now=now)
    note_given(session, given, "discount.given", patient_id=patient.id, now=now)
    return given


def start(
    session: Session, subscription: Subscription, row: Discount, *, on: date, by: Actor, now: datetime
) -> DiscountRedemption:
    """Let a membership that has no discount have one from a day on.

    The caller holds the membership's lock and has judged both.
    """
    given = DiscountRedemption(
        id=new_id(),
        discount_id=row.id,
        subscription_id=subscription.id,
        starts_on=on,
        created_at=now,
    )
    given.touch(by=by, now=now)
    session.add(given)
    session.flush()
    return given


def take_discount_back(session: Session, redemption_id: UUID, *, by: Actor, now: datetime) -> DiscountRedemption:
    """End a membership's discount: the next month is at the full price, what is invoiced stays.

    Raises UnknownDiscount, and DiscountRefused for a hardship rate unless an administrator ends it.
    """
    found = session.get(DiscountRedemption, redemption_id)
    if found is None:
        raise UnknownDiscount("There is no such discount. Open the patient's billing again.")
    _, patient = lock_subscription(session, found.subscription_id)
    session.refresh(found, with_for_update=True)
    is_hardship = discount(session, found.discount_id).hardship_reason is not None
    if is_hardship and by.kind is not ActorKind.SYSTEM and not by.has(Role.ADMIN):
        raise DiscountRefused("An administrator ends a hardship rate. Ask one.")
    if found.ended_at is None:
        found.ended_at = now
        found.touch(by=by, now=now)
        note_given(session, found, "discount.taken_back", patient_id=patient.id, now=now)
        worklist.close_for(session, dedupe_key=f"{WorkKind.HARDSHIP_REVIEW}:{found.id}", by=by, now=now)
    return found


def count_redemption(session: Session, invoice: Invoice, *, now: datetime) -> None:
    """Count a paid month with a discount on it, and end the discount after its last; call it once for each invoice.

    A change in the midst of a month is part of that month and counts nothing.
    """
    carried = select(InvoiceLine.redemption_id).where(
        InvoiceLine.invoice_id == invoice.id, InvoiceLine.redemption_id.is_not(None)
    )
    if invoice.kind == "change":
        return
    wanted = select(DiscountRedemption).where(DiscountRedemption.id.in_(carried)).order_by(DiscountRedemption.id)
    for given in session.scalars(wanted.with_for_update().execution_options(populate_existing=True)):
        given.periods_used += 1
        given.first_paid_at = given.first_paid_at or now
        given.updated_at = now
        if not counts(rebate_of(discount(session, given.discount_id)), periods_used=given.periods_used):
            given.ended_at = given.ended_at or now
    session.flush()


def require_living(subscription: Subscription) -> None:
    """Raise WrongState for a membership that is over."""
    if subscription.state not in LIVE:
        raise WrongState("This membership is over. A new one can have a discount.")


def note_given(
    session: Session, given: DiscountRedemption | HardshipRequest, action: str, *, patient_id: UUID, now: datetime
) -> None:
    """Write down what was done about a membership's discount; why it is given stands in no journal."""
    session.flush()
    journal.note(
        session,
        action,
        subject_kind="subscription",
        subject_id=given.subscription_id,
        at=now,
        patient_ids=(patient_id,),
    )


def _require(session: Session, new: NewDiscount) -> None:
    """Raise DiscountRefused at the first box that cannot stand."""
    if (new.basis_points is None) == (new.amount_cents is None):
        raise DiscountRefused("Write either a share or an amount, not both.", field="percent")
    if new.basis_points is not None and not 1 <= new.basis_points <= WHOLE:
        raise DiscountRefused("Write a share from 1 to 100 percent.", field="percent")
    if new.amount_cents is not None:
        if new.amount_cents < 1:
            raise DiscountRefused("Write an amount above nothing.", field="amount")
        require_below(new.amount_cents, highest_price(session, on=new.valid_from_on))
    if new.periods is not None and not 1 <= new.periods <= _MOST_PERIODS:
        raise DiscountRefused(
            f"Write 1 to {_MOST_PERIODS} months, or nothing for as long as it lasts.", field="periods"
        )
    if new.most_redemptions is not None and not 1 <= new.most_redemptions <= _MOST_REDEMPTIONS:
        raise DiscountRefused(
            f"Write 1 to {_MOST_REDEMPTIONS:,} memberships, or nothing for no limit.", field="most_redemptions"
        )
    if new.valid_until_on is not None and new.valid_until_on < new.valid_from_on:
        raise DiscountRefused("The last day lies before the first. Choose a later one.", field="valid_until_on")


def _code(typed: str) -> str:
    code = typed.strip().upper()
    if _CODE.fullmatch(code) is None:
        raise DiscountRefused("Write 3 to 20 letters and numbers without spaces, such as SPRING25.", field="code")
    return code


def _name(typed: str) -> str:
    name = clean_line(typed, field="name")
    if not 1 <= len(name) <= _LONGEST_NAME:
        raise DiscountRefused(f"Write 1 to {_LONGEST_NAME} letters: this stands on the invoice.", field="name")
    if told := clinical_word(name):
        raise DiscountRefused(f"Take out \u201c{told}\u201d: this stands on invoices, which others see.", field="name")
    return name


def _by_code(session: Session, typed: str) -> Discount:
    """Return the discount with a code, locked, so that the last one is given once."""
    wanted = select(Discount).where(Discount.code == typed.strip().upper())
    row = session.scalar(wanted.with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise DiscountRefused("There is no discount with this code. Look at the letters again.", field="code")
    return row


def _require_open(session: Session, row: Discount, *, today: date) -> None:
    if today < row.valid_from_on:
        raise DiscountRefused(f"{row.code} can be given from {_said(row.valid_from_on)} on.", field="code")
    if row.valid_until_on is not None and today > row.valid_until_on:
        raise DiscountRefused(f"{row.code} could be given until {_said(row.valid_until_on)}.", field="code")
    if row.most_redemptions is not None and uses_of(session, row.id) >= row.most_redemptions:
        raise DiscountRefused(
            f"{row.code} has been given to all of its {row.most_redemptions} memberships.", field="code"
        )


def _said(day: date) -> str:
    return f"{day:%B} {day.day}, {day.year}"


def _note(session: Session, row: Discount, action: str, *, now: datetime) -> None:
    session.flush()
    journal.note(session, action, subject_kind="discount", subject_id=row.id, at=now, code=row.code)
