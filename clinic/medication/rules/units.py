"""Units: the kinds of entries in the ledger, what a count should be, and whether a lot may still be used."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from clinic.medication.errors import LotExpired, LotRecalled, UnitsRefused
from clinic.treatment.rules.legal import day_in_full

BEYOND_USE_DAYS = 180
"""The longest that a compounded solid form keeps (USP <795>, non-aqueous solid forms)."""

MOST_UNITS = 9_999
_WHOLE = re.compile(r"[0-9]{1,6}")


class UnitKind(StrEnum):
    """What an entry in the ledger says of units."""

    DISPENSED = "dispensed"
    RECEIVED_LESS = "received_less"
    RECEIVED_MORE = "received_more"
    TAKEN = "taken"
    WASTED = "wasted"
    DESTROYED = "destroyed"
    LOST = "lost"
    RETURNED_UNDELIVERED = "returned_undelivered"
    RECALL_RETURNED = "recall_returned"
    FOUND = "found"

    @property
    def sign(self) -> int:
        """Return 1 for units that come to a patient, -1 for units that go."""
        return 1 if self in _COMING else -1


_COMING = frozenset({UnitKind.DISPENSED, UnitKind.RECEIVED_MORE, UnitKind.FOUND})


@dataclass(frozen=True, slots=True, kw_only=True)
class CountFacts:
    """A patient's count, what was left at the one before, and what the ledger says of the time between."""

    before: int
    dispensed: int
    taken: int
    wasted: int
    counted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LotFacts:
    """As much of a lot as its use asks for; `beyond_use_on` is the last good day."""

    number: str
    beyond_use_on: date
    is_recalled: bool


class LotProblem(StrEnum):
    """Why units of a lot may not be used."""

    RECALLED = "recalled"
    BEYOND_USE = "beyond_use"


def expected(facts: CountFacts) -> int:
    """Return how many units should be there."""
    return facts.before + facts.dispensed - facts.taken - facts.wasted


def missing(facts: CountFacts) -> int:
    """Return how many units nobody accounts for; below 0 there are more than there should be."""
    return expected(facts) - facts.counted


def usable(lot: LotFacts, today: date) -> LotProblem | None:
    """Return why units of a lot may not be used on a day of the patient's, a recall first; None when they may."""
    if lot.is_recalled:
        return LotProblem.RECALLED
    return LotProblem.BEYOND_USE if today > lot.beyond_use_on else None


def require_usable(lot: LotFacts, today: date) -> None:
    """Raise LotRecalled or LotExpired unless units of a lot may be used on a day; nobody can set that aside."""
    problem = usable(lot, today)
    if problem is LotProblem.RECALLED:
        raise LotRecalled(
            f"Lot {lot.number} was recalled, and nobody may use it or allow it. Keep the units apart until a physician "
            "says what becomes of them.",
            field="lot",
        )
    if problem is LotProblem.BEYOND_USE:
        raise LotExpired(
            f"Lot {lot.number} was good until {day_in_full(lot.beyond_use_on)} by the pharmacy's label, and nobody can "
            "allow a later day. Use another lot, or ask the physician.",
            field="lot",
        )


def beyond_use_problem(*, compounded_on: date, beyond_use_on: date, most_days: int = BEYOND_USE_DAYS) -> str | None:
    """Return what is odd about a label's beyond-use date, in a sentence for coordinators; None when it can be."""
    if beyond_use_on <= compounded_on:
        return (
            f"The lot was compounded on {day_in_full(compounded_on)}, so its beyond-use date cannot be "
            f"{day_in_full(beyond_use_on)}. Read both from the label again."
        )
    latest = compounded_on + timedelta(days=most_days)
    if beyond_use_on <= latest:
        return None
    return (
        f"A lot compounded on {day_in_full(compounded_on)} keeps {most_days} days at most (USP <795>), until "
        f"{day_in_full(latest)}, and this says {day_in_full(beyond_use_on)}. Read the label again, or "
        "call the pharmacy."
    )


def whole_units(raw: str | int, *, field: str, least: int = 0) -> int:
    """Return a number of units from what was typed, or raise UnitsRefused at the field."""
    typed = str(raw).strip()
    if isinstance(raw, bool) or not _WHOLE.fullmatch(typed) or not least <= int(typed) <= MOST_UNITS:
        said = f", not \u201c{typed}\u201d" if typed else ""
        raise UnitsRefused(f"Write a whole number from {least} to {MOST_UNITS}{said}.", field=field)
    return int(typed)
