"""Shares of a period by whole days: what is used and what is left always make the whole, however often it is cut."""

from datetime import date

from clinic.billing.errors import PeriodRefused
from clinic.billing.rules.periods import Period

SMALLEST_CHARGE_CENTS = 50
"""Card gateways take nothing below fifty cents; less stays on the patient's balance."""


def used(amount: int, days: int, of_days: int) -> int:
    """Return the cents of `amount` for the first `days` of `of_days`, halves up, in whole numbers only."""
    if not 0 <= days <= of_days or of_days <= 0:
        raise PeriodRefused(f"{days} of {of_days} days is no part of a period.")
    sign = -1 if amount < 0 else 1
    return sign * ((2 * abs(amount) * days + of_days) // (2 * of_days))


def unused(amount: int, days: int, of_days: int) -> int:
    """Return what is left of `amount` after the first `days`: the rest, never rounded for itself."""
    return amount - used(amount, days, of_days)


def share(amount: int, period: Period, *, start_on: date, end_on: date) -> int:
    """Return the cents of `[start_on, end_on)` out of a period; the shares of any cut sum to `amount`.

    Raises PeriodRefused for days that do not lie in the period.
    """
    if start_on > end_on:
        raise PeriodRefused("The first day lies after the last.")
    first, last = (start_on - period.start_on).days, (end_on - period.start_on).days
    return used(amount, last, period.days) - used(amount, first, period.days)


def left_from(amount: int, period: Period, day: date) -> int:
    """Return the cents of `amount` from `day` to the end of the period."""
    return share(amount, period, start_on=day, end_on=period.end_on)
