"""Questions of an instrument: what is asked, which answers it takes and when it is asked at all."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

Words = Mapping[str, str]
"""The same words by language."""


class ItemKind(StrEnum):
    """What an answer is; a choice counts as the value of its option, a yes as 1 and a no as 0."""

    CHOICE = "choice"
    YES_NO = "yes_no"
    INTEGER = "integer"
    DECIMAL = "decimal"
    DATE = "date"
    TEXT = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One answer to choose; `code` is its LOINC answer code, where one exists."""

    value: int
    text: Words
    code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """Holds when any of the items has an answer from `at_least` to `at_most`."""

    items: tuple[str, ...]
    at_least: Decimal | None = None
    at_most: Decimal | None = None

    def holds(self, answers: Mapping[str, Decimal]) -> bool:
        """Return whether the condition holds; an item without an answer never fulfills it."""
        return any(self.admits(answers[key]) for key in self.items if key in answers)

    def admits(self, value: Decimal) -> bool:
        """Return whether the value lies within the limits."""
        return (self.at_least is None or value >= self.at_least) and (self.at_most is None or value <= self.at_most)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One question; `low` and `high` are the words at the two ends of a scale, `unit` a UCUM unit.

    `least` and `most` are the smallest and largest number that may be answered, `places` its decimals.
    """

    key: str
    text: Words
    kind: ItemKind
    hint: Words = field(default_factory=dict)
    options: tuple[Option, ...] = ()
    least: Decimal | None = None
    most: Decimal | None = None
    places: int = 0
    low: Words = field(default_factory=dict)
    high: Words = field(default_factory=dict)
    unit: str | None = None
    loinc: str | None = None
    asked_if: Condition | None = None
    is_required: bool = True

    @property
    def is_numeric(self) -> bool:
        """Return whether its answer is a number, so that it can be scored."""
        return self.kind not in {ItemKind.DATE, ItemKind.TEXT}

    @property
    def lowest(self) -> Decimal:
        """Return the smallest value that an answer can have."""
        if self.kind is ItemKind.CHOICE:
            return Decimal(min(option.value for option in self.options))
        return Decimal(0) if self.kind is ItemKind.YES_NO else self.least or Decimal(0)

    @property
    def highest(self) -> Decimal:
        """Return the largest value that an answer can have."""
        if self.kind is ItemKind.CHOICE:
            return Decimal(max(option.value for option in self.options))
        return Decimal(1) if self.kind is ItemKind.YES_NO else self.most or Decimal(0)

    def option(self, value: Decimal) -> Option | None:
        """Return the option with this value, if there is one."""
        return next((option for option in self.options if option.value == value), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """An answer that was checked: a number, a day or words; none of them means that it was taken back."""

    value: Decimal | None = None
    on: date | None = None
    words: str | None = None
