"""How the wishes of a style become one whole number, so that less of one level never pays for more of the next."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from clinic.treatment.rules.planning.course import Relax, Style

PRICES: Mapping[Relax, int] = MappingProxyType(
    {
        Relax.PHYSICIAN: 10,
        Relax.PATIENT_HOURS: 12,
        Relax.SUPPORT_HOURS: 14,
        Relax.BEGIN: 8,
        Relax.EARLY: 20,
        Relax.LATE: 20,
        Relax.SPAN: 30,
    }
)
"""What the first visit or day of each costs: what the clinic can grant comes before what a physician must decide."""

A_DAY_MORE = 1
"""What each further day costs where days are counted."""

_BITS = 24
"""Each level holds sums up to 16 million: a course of 20 visits stays far below that in days, squares or minutes."""

_SPACING = {"deviation": 4, "end": 1}
"""Even gaps are worth only so much waiting: a squared day off the target counts as much as ending four days later."""

_ORDER: Mapping[Style, tuple[Mapping[str, int], ...]] = MappingProxyType(
    {
        Style.WISHED: ({"other": 1}, {"outside": 1}, _SPACING, {"clock": 1}),
        Style.EVEN: ({"other": 1}, _SPACING, {"outside": 1}, {"clock": 1}),
        Style.SOONEST: ({"end": 1}, {"other": 1}, {"outside": 1}, {"deviation": 1}, {"clock": 1}),
    }
)


class Weights(NamedTuple):
    """What one unit of each counts: a visit, a squared day away from the target gap, a day, a minute.

    `shift` is a minute by which a booked visit moves; prices stand above all.
    """

    price: int
    shift: int
    other: int
    outside: int
    deviation: int
    end: int
    clock: int


@cache
def weights_of(style: Style) -> Weights:
    """Return the weights of a style."""
    order = _ORDER[style]
    level = {
        name: factor << _BITS * place for place, group in enumerate(reversed(order)) for name, factor in group.items()
    }
    above = len(order)
    return Weights(price=1 << _BITS * (above + 1), shift=1 << _BITS * above, **level)


def price_of(kind: Relax, days: int = 1) -> int:
    """Return the price of one visit, or of so many days."""
    return PRICES[kind] + A_DAY_MORE * (days - 1)
