"""How plans, their ceilings and discounts read on the administrators' pages."""

from collections.abc import Mapping
from types import MappingProxyType

from clinic.billing.models import Discount
from clinic.billing.rules.discounts import Rebate
from clinic.billing.rules.entitlements import Entitlement
from clinic.billing.rules.money import shown

_E = Entitlement

CEILINGS: Mapping[Entitlement, str] = MappingProxyType(
    {
        _E.SESSIONS: "Sessions a month",
        _E.SHIPMENTS: "Shipments a month",
        _E.UNITS_ON_HAND: "Most sessions\u2019 worth at home",
        _E.PHYSICIAN_VISIT_DAYS: "Days from one visit of the physician to the next",
        _E.REPLY_BUSINESS_DAYS: "Business days until a message is answered",
        _E.GROUP_SESSIONS: "Group meetings a month",
        _E.INTEGRATION_SESSIONS: "Talks one to one a month",
    }
)

_PERCENT = 100


def ceilings_in_words(entitlements: Mapping[Entitlement, int | None]) -> list[tuple[str, str]]:
    """Return each ceiling with its number, in the order of the pages."""
    return [(words, _number(entitlements.get(key, 0))) for key, words in CEILINGS.items()]


def ceilings_changed(
    old: Mapping[Entitlement, int | None], new: Mapping[Entitlement, int | None]
) -> list[tuple[str, str, str]]:
    """Return the ceilings that are different, with the number before and after."""
    return [
        (words, _number(old.get(key, 0)), _number(new.get(key, 0)))
        for key, words in CEILINGS.items()
        if old.get(key, 0) != new.get(key, 0)
    ]


def rebate_in_words(rebate: Rebate) -> str:
    """Return what a discount gives: `25 percent off for 3 months`."""
    if rebate.basis_points is not None:
        whole, part = divmod(rebate.basis_points, _PERCENT)
        off = f"{whole}.{part:02d} percent off" if part else f"{whole} percent off"
    else:
        off = f"{shown(rebate.amount_cents or 0)} off"
    return off + _lasts(rebate.periods)


def limit_in_words(row: Discount, given: int) -> str:
    """Return how often a discount was given: `3 of 50`."""
    return str(given) if row.most_redemptions is None else f"{given} of {row.most_redemptions}"


def _lasts(periods: int | None) -> str:
    if periods is None:
        return ""
    return " for one month" if periods == 1 else f" for {periods} months"


def _number(most: int | None) -> str:
    return "No limit" if most is None else str(most)
