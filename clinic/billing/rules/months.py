"""Calendar months of the books, and how old an open invoice is."""

from datetime import date
from typing import NamedTuple

from clinic.billing.errors import PeriodRefused
from clinic.kernel.localtime import months_after

_FIRST, _LAST = 2000, 2199
_MONTHS = range(1, 13)


class Month(NamedTuple):
    """One month of the books."""

    year: int
    month: int

    @property
    def first_on(self) -> date:
        """Return its first day."""
        return date(self.year, self.month, 1)

    @property
    def end_on(self) -> date:
        """Return the first day of the next one."""
        return months_after(self.first_on, 1)

    def moved(self, months: int) -> "Month":
        """Return the month so many months later, or earlier."""
        return month_of(months_after(self.first_on, months))


def month_of(day: date) -> Month:
    """Return the month that a day lies in."""
    return Month(day.year, day.month)


def month_named(typed: str) -> Month:
    """Return the month of "2026-11", or raise PeriodRefused."""
    year, _, month = typed.partition("-")
    if not (typed.isascii() and year.isdigit() and month.isdigit()):
        raise PeriodRefused("Write a month as year and month, such as 2026-11.", field="month")
    if int(month) not in _MONTHS or not _FIRST <= int(year) <= _LAST:
        raise PeriodRefused(f"There is no month {typed}. Write one such as 2026-11.", field="month")
    return Month(int(year), int(month))


class Age(NamedTuple):
    """Invoices whose day of payment passed `least` to `most` days ago; without `most` there is no end."""

    least: int
    most: int | None


NOT_DUE = Age(-(10**6), 0)
AGES = (NOT_DUE, Age(1, 7), Age(8, 21), Age(22, 30), Age(31, None))
"""By what follows a payment that did not come: nothing is withheld, something is, suspended, ended."""


def age_of(due_on: date, today: date) -> Age:
    """Return how old an invoice is today."""
    days = (today - due_on).days
    return next(each for each in AGES if days >= each.least and (each.most is None or days <= each.most))
