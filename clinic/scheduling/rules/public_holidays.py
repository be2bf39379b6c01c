"""Public holidays of the states where the clinic sees patients."""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from holidays import country_holidays

from clinic.people.rules import STATES


class PublicHoliday(NamedTuple):
    """A day that one or more states keep; `key` names the same holiday in every later call.

    Where a holiday falls on a weekend, the day on which it is made up for is one too, named "(observed)".
    """

    key: str
    name: str
    day: date
    states: tuple[str, ...]


def holidays_between(first: date, last: date) -> list[PublicHoliday]:
    """Return the holidays from the first day through the last (included), by day.

    A day that two states keep under different names appears once for each.
    """
    years = range(first.year, last.year + 1)
    return [found for year in years for found in _of_year(year) if first <= found.day <= last]


@lru_cache(maxsize=32)
def _of_year(year: int) -> Sequence[PublicHoliday]:
    states_by_name: dict[tuple[date, str], list[str]] = {}
    for state in sorted(STATES):
        for day, name in country_holidays("US", subdiv=state, years=year).items():
            if day.year == year:
                states_by_name.setdefault((day, name), []).append(state)
    return [
        PublicHoliday(f"{day}/US-{'+'.join(states)}", name, day, tuple(states))
        for (day, name), states in sorted(states_by_name.items())
    ]
