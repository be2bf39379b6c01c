"""What a discount takes off a membership line, never more than the line."""

from dataclasses import dataclass
from datetime import date

from clinic.billing.errors import DiscountRefused
from clinic.billing.rules.money import shown

WHOLE = 10_000
"""Basis points of the whole."""
HARDSHIP_RATES = (2_500, 5_000, 7_500, 10_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebate:
    """What one discount gives: a share in basis points, or whole cents; for `periods` periods, or for ever."""

    basis_points: int | None = None
    amount_cents: int | None = None
    periods: int | None = None


def taken_off(amount: int, rebate: Rebate) -> int:
    """Return the cents that a rebate takes off a line of `amount` cents: halves up, from nothing to the whole line."""
    if rebate.basis_points is not None:
        return (2 * amount * rebate.basis_points + WHOLE) // (2 * WHOLE)
    assert rebate.amount_cents is not None
    return min(amount, rebate.amount_cents)


def counts(rebate: Rebate, *, periods_used: int) -> bool:
    """Tell whether a rebate still gives something after so many periods with it."""
    return rebate.periods is None or periods_used < rebate.periods


def require_below(amount_cents: int, price_cents: int) -> None:
    """Raise DiscountRefused for a discount above the line that it is for."""
    if amount_cents > price_cents:
        raise DiscountRefused(
            f"{shown(amount_cents)} is more than the {shown(price_cents)} of the plan. Enter at most the plan's price.",
            field="amount",
        )


def require_review(review_on: date, *, given_on: date, latest_on: date) -> None:
    """Raise DiscountRefused for a hardship rate that nobody would look at again within half a year."""
    if not given_on < review_on <= latest_on:
        raise DiscountRefused(
            "A hardship rate is looked at again within six months. "
            f"Choose a day from tomorrow to {latest_on:%B} {latest_on.day}, {latest_on.year}.",
            field="review_on",
        )
