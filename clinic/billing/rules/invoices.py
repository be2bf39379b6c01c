"""What an invoice says, line by line: a month, a change in its midst, a discount, and the patient's own balance."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from clinic.billing.errors import RefundRefused
from clinic.billing.rules.discounts import Rebate, taken_off
from clinic.billing.rules.money import allocate, shown
from clinic.billing.rules.periods import Period
from clinic.billing.rules.proration import SMALLEST_CHARGE_CENTS, left_from, share


class LineKind(StrEnum):
    """What a line is for."""

    MEMBERSHIP = "membership"
    UNUSED = "unused"
    DISCOUNT = "discount"
    BALANCE = "balance"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line in signed cents for the days of `service`; `of` is the line that it takes something back from."""

    kind: LineKind
    amount: int
    service: Period
    price_id: UUID | None = None
    of: UUID | None = None


class Standing(NamedTuple):
    """What a period is paid for at present: a membership line of an invoice with the discount on it, by its own id."""

    line_id: UUID
    amount: int
    discount: int
    service: Period


class Totals(NamedTuple):
    """The sums of an invoice in cents: before discounts, the discounts, what the balance pays, and what is asked."""

    subtotal: int
    discount: int
    balance: int
    total: int


def month(price: int, price_id: UUID, *, period: Period, rebate: Rebate | None) -> tuple[Line, ...]:
    """Return the lines of a whole period at a price."""
    lines = [Line(kind=LineKind.MEMBERSHIP, amount=price, service=period, price_id=price_id)]
    if rebate is not None and (off := taken_off(price, rebate)):
        lines.append(Line(kind=LineKind.DISCOUNT, amount=-off, service=period, price_id=price_id))
    return tuple(lines)


def upgrade(
    standing: Standing, price: int, price_id: UUID, *, period: Period, day: date, rebate: Rebate | None
) -> tuple[Line, ...]:
    """Return the lines of a higher price from `day` on: back what is left of the old, net of its discount, and the new.

    The credit comes from the line that stands, never from the last payment, so that a second change in one period is
    right as well.
    """
    rest = Period(day, period.end_on)
    old = unused_of(standing, day)
    new = left_from(price, period, day)
    off = 0 if rebate is None else left_from(taken_off(price, rebate), period, day)
    lines = [
        Line(kind=LineKind.UNUSED, amount=-old, service=rest, of=standing.line_id),
        Line(kind=LineKind.MEMBERSHIP, amount=new, service=rest, price_id=price_id),
        Line(kind=LineKind.DISCOUNT, amount=-off, service=rest, price_id=price_id),
    ]
    return tuple(line for line in lines if line.amount or line.kind is LineKind.MEMBERSHIP)


def unused_of(standing: Standing, day: date) -> int:
    """Return the net cents of a line that stands, from `day` to its end."""
    return share(standing.amount - standing.discount, standing.service, start_on=day, end_on=standing.service.end_on)


def with_balance(lines: Sequence[Line], balance: int) -> tuple[Line, ...]:
    """Add the line by which the patient's balance is used, or takes what is too little to ask a card for.

    `balance` above nothing is credit. What lies below the gateway's smallest charge, or below nothing, goes on it.
    """
    due = sum(line.amount for line in lines)
    paid = due if due - balance < SMALLEST_CHARGE_CENTS else balance
    if not paid:
        return tuple(lines)
    last = lines[-1]
    return (*lines, replace(last, kind=LineKind.BALANCE, amount=-paid, price_id=None, of=None))


def totals(lines: Iterable[Line]) -> Totals:
    """Return the sums of an invoice's lines."""
    of_kind = dict.fromkeys(LineKind, 0)
    for line in lines:
        of_kind[line.kind] += line.amount
    subtotal = of_kind[LineKind.MEMBERSHIP] + of_kind[LineKind.UNUSED]
    discount, balance = -of_kind[LineKind.DISCOUNT], -of_kind[LineKind.BALANCE]
    return Totals(subtotal, discount, balance, subtotal - discount - balance)


class Creditable(NamedTuple):
    """A line of a paid invoice and what earlier credit notes gave back of it, in cents."""

    line_id: UUID
    amount: int
    credited: int


def credit_lines(amount: int, lines: Sequence[Creditable]) -> dict[UUID, int]:
    """Share a credit of `amount` cents out to lines by what is left of each; raises RefundRefused above their sum."""
    rest = [each.amount - each.credited for each in lines]
    if amount <= 0:
        raise RefundRefused("Enter an amount above nothing.", field="amount")
    if amount > sum(rest):
        raise RefundRefused(
            f"At most {shown(sum(rest))} of this invoice can go back; {shown(amount)} is more.", field="amount"
        )
    parts = allocate(amount, rest)
    return {each.line_id: part for each, part in zip(lines, parts, strict=True) if part}


def require_captured(amount: int, *, captured: int, refunded: int) -> None:
    """Raise RefundRefused for more than a payment brought in and still holds."""
    if amount > captured - refunded:
        raise RefundRefused(
            f"The payment brought {shown(captured)}, of which {shown(refunded)} went back. At most "
            f"{shown(captured - refunded)} can be refunded.",
            field="amount",
        )
