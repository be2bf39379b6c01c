"""Orders: their states and moves, six calendar months, and what a physician writes into one."""

import math
import re
from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any, TypeVar

from clinic.kernel.text import clean_line, clean_note
from clinic.medication.errors import OrderRefused, WrongState

MOST_REFILLS = 5
MONTHS_VALID = 6
"""How long an order of schedule III may be filled, and how often again (21 CFR 1306.22(a))."""

MOST_QUANTITY = 999
MOST_DAYS = 184
"""The days of six calendar months; no supply lasts longer than its order."""

_MONTHS_A_YEAR = 12
_WORTH_A_WARNING = 0.2
_LONGEST = {"drug": 120, "strength_unit": 40, "directions": 1000, "indication": 500}
_MOST_STRENGTH, _PLACES = Decimal(999_999), 3
_WHOLE = re.compile(r"[0-9]{1,6}")
_DECIMAL = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,9})?")
_Choice = TypeVar("_Choice", bound=StrEnum)
_CONTENT = "A prescription must say it (21 CFR 1306.05)."


class OrderState(StrEnum):
    """Where an order stands; the pharmacy took it from `active` on, before that its system or ours is at work."""

    DRAFT = "draft"
    SIGNED = "signed"
    TRANSMITTED = "transmitted"
    TRANSMISSION_ERROR = "transmission_error"
    CLARIFICATION = "clarification"
    REJECTED = "rejected"
    ACTIVE = "active"
    ON_HOLD = "on_hold"
    DEPLETED = "depleted"
    EXPIRED = "expired"
    STOPPED = "stopped"
    CANCELED = "canceled"
    REPLACED = "replaced"


class OrderForm(StrEnum):
    """The solid forms that can be taken by mouth or under the tongue."""

    TROCHE = "troche"
    LOZENGE = "lozenge"
    TABLET = "tablet"
    RAPIDLY_DISSOLVING_TABLET = "rapidly_dissolving_tablet"
    CAPSULE = "capsule"


class Route(StrEnum):
    """The only routes that this clinic orders."""

    SUBLINGUAL = "sublingual"
    ORAL = "oral"


_S = OrderState
_ENDS = frozenset({_S.ON_HOLD, _S.EXPIRED, _S.STOPPED, _S.REPLACED})

NEXT: Mapping[OrderState, frozenset[OrderState]] = MappingProxyType(
    {
        _S.DRAFT: frozenset({_S.SIGNED, _S.CANCELED}),
        _S.SIGNED: _ENDS | {_S.TRANSMITTED, _S.TRANSMISSION_ERROR, _S.CLARIFICATION, _S.REJECTED, _S.ACTIVE},
        _S.TRANSMITTED: _ENDS | {_S.TRANSMISSION_ERROR, _S.CLARIFICATION, _S.REJECTED, _S.ACTIVE},
        _S.TRANSMISSION_ERROR: _ENDS | {_S.TRANSMITTED, _S.CLARIFICATION, _S.REJECTED, _S.ACTIVE},
        _S.CLARIFICATION: _ENDS | {_S.TRANSMITTED, _S.REJECTED, _S.ACTIVE},
        _S.ACTIVE: _ENDS | {_S.CLARIFICATION, _S.DEPLETED},
        _S.ON_HOLD: frozenset(
            {
                *(_S.SIGNED, _S.TRANSMITTED, _S.TRANSMISSION_ERROR, _S.CLARIFICATION, _S.ACTIVE),
                *(_S.EXPIRED, _S.STOPPED, _S.REPLACED, _S.REJECTED),
            }
        ),
        _S.DEPLETED: frozenset({_S.STOPPED}),
        _S.EXPIRED: frozenset({_S.STOPPED}),
        _S.REJECTED: frozenset(),
        _S.STOPPED: frozenset(),
        _S.CANCELED: frozenset(),
        _S.REPLACED: frozenset(),
    }
)
"""The states that may follow each. What is used up stays so: a fill that the pharmacy keeps counts as one of them."""

LIVE = frozenset({_S.SIGNED, _S.TRANSMITTED, _S.TRANSMISSION_ERROR, _S.CLARIFICATION, _S.ACTIVE, _S.ON_HOLD})
"""The states of which a patient has one order at most."""

OVER = frozenset({_S.REJECTED, _S.DEPLETED, _S.EXPIRED, _S.STOPPED, _S.CANCELED, _S.REPLACED})

EXTERNAL_STATUSES: Mapping[str, OrderState | None] = MappingProxyType(
    {
        "Entered": None,
        "Printed": None,
        "Sending": None,
        "eRxSent": _S.TRANSMITTED,
        "Error": _S.TRANSMISSION_ERROR,
        "Deleted": None,
        "Requested": None,
        "Edited": None,
        "EpcsError": _S.TRANSMISSION_ERROR,
        "EpcsSigned": _S.SIGNED,
        "ReadyToSign": None,
        "PharmacyVerified": _S.ACTIVE,
        "PharmacySelect": None,
    }
)
"""The words of the certified system outside (DoseSpot's names) and what they make of an order; None is no news."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFields:
    """What a physician writes into an order; amounts are whole units, `days_supply` whole days."""

    drug: str
    form: OrderForm
    route: Route
    strength_value: Decimal
    strength_unit: str
    quantity: int
    units_per_session: int
    days_supply: int
    refills: int
    directions: str
    indication: str


def require_move(old: OrderState, new: OrderState) -> None:
    """Raise WrongState unless an order may go from one state to the other."""
    if new not in NEXT[old]:
        raise WrongState(f"This order is {_said(old)} and cannot become {_said(new)}. {_way_out(old)}")


def state_of_external(word: str) -> OrderState | None:
    """Return what a word of the certified system makes of an order, or None; raises OrderRefused for an unknown one."""
    if word not in EXTERNAL_STATUSES:
        known = ", ".join(EXTERNAL_STATUSES)
        raise OrderRefused(
            f"\u201c{word}\u201d is no status of that system. Choose one of {known}.", field="external_status"
        )
    return EXTERNAL_STATUSES[word]


def six_months_after(day: date) -> date:
    """Return the last day on which an order of that day may be filled; a month without that day ends earlier."""
    years, month = divmod(day.month - 1 + MONTHS_VALID, _MONTHS_A_YEAR)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def days_supply_expected(quantity: int, units_per_session: int, gap_days: int) -> int:
    """Return how many days the units last when a session comes every `gap_days` days."""
    return math.ceil(quantity / units_per_session) * gap_days


def days_supply_warning(fields: OrderFields, *, gap_days: int) -> str | None:
    """Return a sentence when the days that were written differ by more than 20 % from those of the plan."""
    expected = days_supply_expected(fields.quantity, fields.units_per_session, gap_days)
    if abs(fields.days_supply - expected) <= expected * _WORTH_A_WARNING:
        return None
    return (
        f"With a session every {gap_days} days these units last {expected} days, and {fields.days_supply} are written. "
        "Check the days; the order can be signed as it is."
    )


def checked_order(raw: Mapping[str, str]) -> OrderFields:
    """Return the fields of an order from what was typed, or raise OrderRefused at the first field that cannot stand.

    Nothing is filled in for the physician but refills, which are 0 unless somebody writes a number.
    """
    typed: dict[str, Any] = {name: _line(raw, name) for name in ("drug", "strength_unit", "indication")}
    fields = OrderFields(
        **typed,
        form=_chosen(OrderForm, raw.get("form", ""), field="form"),
        route=_route(raw.get("route", "")),
        strength_value=_strength(raw.get("strength_value", "")),
        quantity=_whole(raw, "quantity", most=MOST_QUANTITY),
        units_per_session=_whole(raw, "units_per_session", most=MOST_QUANTITY),
        days_supply=_whole(raw, "days_supply", most=MOST_DAYS),
        refills=_refills(raw.get("refills", "") or "0"),
        directions=_note(raw, "directions"),
    )
    for field, is_fine, sentence in _demands(fields):
        if not is_fine:
            raise OrderRefused(sentence, field=field)
    return fields


def _demands(fields: OrderFields) -> Iterator[tuple[str, bool, str]]:
    yield (
        "quantity",
        fields.quantity >= fields.units_per_session,
        f"{_units(fields.quantity)} not enough for one session of {fields.units_per_session}. Change one of them.",
    )


def _units(count: int) -> str:
    return "1 unit is" if count == 1 else f"{count} units are"


def _route(word: str) -> Route:
    names = ", ".join(Route)
    sentence = f"\u201c{word}\u201d is no route of this clinic, and nobody can allow another. Choose one of {names}."
    return _one_of(Route, word, field="route", sentence=sentence)


def _chosen(kind: type[_Choice], word: str, *, field: str) -> _Choice:
    return _one_of(kind, word, field=field, sentence=f"Choose one of {', '.join(kind)}. {_CONTENT}")


def _one_of(kind: type[_Choice], word: str, *, field: str, sentence: str) -> _Choice:
    if word not in set(kind):
        raise OrderRefused(sentence, field=field)
    return kind(word)


def _line(raw: Mapping[str, str], field: str) -> str:
    return _written(clean_line(raw.get(field, ""), field=field), field=field)


def _note(raw: Mapping[str, str], field: str) -> str:
    return _written(clean_note(raw.get(field, ""), field=field), field=field)


def _written(words: str, *, field: str) -> str:
    if not words:
        raise OrderRefused(f"Write the {field.replace('_', ' ')}. {_CONTENT}", field=field)
    if len(words) > _LONGEST[field]:
        raise OrderRefused(f"Write at most {_LONGEST[field]} characters; this has {len(words)}.", field=field)
    return words


def _strength(typed: str) -> Decimal:
    value = Decimal(typed.strip()) if _DECIMAL.fullmatch(typed.strip()) else Decimal(0)
    if not 0 < value <= _MOST_STRENGTH or value != round(value, _PLACES):
        sentence = f"Write the strength as a number above 0 with at most {_PLACES} decimal places. {_CONTENT}"
        raise OrderRefused(sentence, field="strength_value")
    return value


def _whole(raw: Mapping[str, str], field: str, *, most: int) -> int:
    typed = raw.get(field, "").strip()
    if not _WHOLE.fullmatch(typed) or not 1 <= int(typed) <= most:
        said = f", not \u201c{typed}\u201d" if typed else ""
        raise OrderRefused(f"Write a whole number from 1 to {most}{said}. {_CONTENT}", field=field)
    return int(typed)


def _refills(typed: str) -> int:
    wanted = typed.strip()
    if not _WHOLE.fullmatch(wanted) or int(wanted) > MOST_REFILLS:
        sentence = (
            f"An order of schedule III has 0 to {MOST_REFILLS} refills, not \u201c{wanted}\u201d (21 CFR 1306.22(a)). "
            "Nobody can allow more. Write fewer, and a new order when they are used up."
        )
        raise OrderRefused(sentence, field="refills")
    return int(wanted)


def _said(state: OrderState) -> str:
    return state.replace("_", " ")


def _way_out(old: OrderState) -> str:
    return "Write a new order." if old in OVER else "Open the order again to see what it can become."
