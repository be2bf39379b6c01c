"""What patients of the demo answer: a plain answer to every question, except where their story says otherwise."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from types import MappingProxyType

from clinic.monitoring.rules.answering import asked_items
from clinic.monitoring.rules.instruments import Instrument
from clinic.monitoring.rules.items import Item, ItemKind

Key = tuple[str, str]
Wishes = Mapping[Key, int]
"""What somebody answers by instrument and item; the item `total` spreads points over the choices of a sum."""

TOTAL = "total"
_SPARED = frozenset({("phq9", "q9"), ("phq9", "difficulty"), ("gad7", "difficulty"), ("lurn_si10", "bother")})
"""Questions over which a total is never spread."""

_USUAL: Wishes = MappingProxyType(
    {
        ("sleep", "quality"): 7,
        ("sleep", "hours"): 7,
        ("mood", "mood"): 6,
        ("side_effects", "tolerability"): 8,
        ("side_effects", "dissociation"): 3,
        ("side_effects", "sleepiness"): 1,
        ("unit_count", "taken"): 1,
        ("unit_count", "remaining"): 2,
        ("lurn_si10", "q9"): 1,
        ("vitals", "weight_kg"): 74,
        ("vitals", "height_cm"): 171,
        ("vitals", "systolic"): 122,
        ("vitals", "diastolic"): 78,
        ("vitals", "pulse"): 70,
        ("headache_month", "days"): 2,
        ("withdrawal", "fatigue"): 1,
    }
)
_SOME_DAYS = timedelta(days=6)


def answers_to(instrument: Instrument, wishes: Wishes, *, today: date) -> dict[str, object]:
    """Return an answer to every question that is asked, each as the page would send it."""
    known = {**_USUAL, **_spread(instrument, wishes), **wishes}
    values: dict[str, Decimal] = {}
    given: dict[str, object] = {}
    while missing := [item for item in asked_items(instrument, values) if item.key not in given]:
        for item in missing:
            given[item.key] = _answer(item, known.get((instrument.key, item.key)), today=today)
            if item.kind not in {ItemKind.DATE, ItemKind.TEXT}:
                values[item.key] = Decimal(str(given[item.key]))
    return {key: answer for key, answer in given.items() if answer is not None}


def _answer(item: Item, wish: int | None, *, today: date) -> object:
    if item.kind is ItemKind.TEXT:
        return None
    if item.kind is ItemKind.DATE:
        return (today - _SOME_DAYS).isoformat()
    if wish is not None:
        return wish
    if item.kind is ItemKind.CHOICE:
        return min(option.value for option in item.options)
    return int(item.least or 0) if item.kind is not ItemKind.YES_NO else 0


def _spread(instrument: Instrument, wishes: Wishes) -> dict[Key, int]:
    """Return a total as points of the single questions, the first ones taking the most."""
    left = wishes.get((instrument.key, TOTAL), 0)
    found: dict[Key, int] = {}
    items = [item for item in instrument.items if (instrument.key, item.key) not in _SPARED]
    for place, item in enumerate(items, start=1):
        most = max((option.value for option in item.options), default=0)
        share = min(most, -(-left // (len(items) - place + 1)))
        found[instrument.key, item.key] = share
        left -= share
    return found if (instrument.key, TOTAL) in wishes else {}
