"""What the answers mean: one function over all of them that returns every reason, the worst first."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from clinic.intake.rules.questions import Answers


class Outcome(StrEnum):
    """What a reason leads to, the worst first."""

    STOP = "stop"
    REVIEW = "review"
    OK = "ok"


class Danger(StrEnum):
    """Whether an answer asks for help at once: numbers to call, or also a call by the clinic."""

    HELP = "help"
    CALL = "call"


class Stage(StrEnum):
    """Where the answers come from: strangers before they are known, or a patient's intake."""

    PUBLIC = "public"
    INTAKE = "intake"


WORST_FIRST = (Outcome.STOP, Outcome.REVIEW, Outcome.OK)

NOT_KNOWN = "?"
"""What stands in a sentence for a number that nobody knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One thing that is judged: when it holds, what follows, and how each reader is told.

    `is_fixable` ones can be changed by the patient. The `physician` reads what it is, the `coordinator` what to do
    without a word of health, the `patient` a kind sentence in the own language.
    """

    key: str
    outcome: Outcome
    when: Mapping[str, Any]
    is_fixable: bool
    source: str
    physician: str
    coordinator: str
    patient: Mapping[str, str]
    danger: Danger | None = None
    only_in: Stage | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A row that holds; the physician's sentence has the numbers in it."""

    row: Row
    physician: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Every reason, the worst first, and the worst of their outcomes; `version` is that of the rows."""

    outcome: Outcome
    reasons: tuple[Reason, ...]
    version: int

    @property
    def danger(self) -> Danger | None:
        """Return the gravest danger that an answer tells of."""
        found = {each.row.danger for each in self.reasons}
        return next((each for each in (Danger.CALL, Danger.HELP) if each in found), None)

    def of(self, outcome: Outcome) -> tuple[Reason, ...]:
        """Return the reasons of one outcome."""
        return tuple(each for each in self.reasons if each.row.outcome is outcome)


def judge(given: Answers, numbers: Mapping[str, int], limits: Mapping[str, int], *, stage: Stage) -> Verdict:
    """Return what the answers mean.

    `numbers` are derived facts (ages, readings, scores), absent where unknown; `limits` are the clinic's policies by
    their names. An answer that was not given is no reason by itself.
    """
    held = [
        row
        for row in rows()
        if row.only_in in {None, stage} and _holds(row.when, given, numbers=numbers, limits=limits)
    ]
    held.sort(key=lambda row: WORST_FIRST.index(row.outcome))
    reasons = tuple(Reason(row=row, physician=_filled(row.physician, numbers, limits)) for row in held)
    worst = reasons[0].row.outcome if reasons else Outcome.OK
    return Verdict(outcome=worst, reasons=reasons, version=version())


def rows() -> tuple[Row, ...]:
    """Return everything that is judged, in the order of the data."""
    return _data()[1]


def version() -> int:
    """Return the number of the rows in use."""
    return _data()[0]


def risks() -> frozenset[tuple[str, str]]:
    """Return the answers, as question and value, that can be a reason."""
    return frozenset(pair for row in rows() for pair in _risks(row.when))


def limits_named() -> frozenset[str]:
    """Return the names of the policies that the rows compare with."""
    return frozenset(name for row in rows() for name in _limits(row.when))


def _holds(when: Mapping[str, Any], given: Answers, *, numbers: Mapping[str, int], limits: Mapping[str, int]) -> bool:
    if "any" in when:
        return any(_holds(each, given, numbers=numbers, limits=limits) for each in when["any"])
    if "all" in when:
        return all(_holds(each, given, numbers=numbers, limits=limits) for each in when["all"])
    if "missing" in when:
        return when["missing"] not in numbers
    if "number" in when:
        return _compares(when, numbers.get(when["number"]), limits)
    return _answered(when, given.get(when["key"]))


def _compares(when: Mapping[str, Any], number: int | None, limits: Mapping[str, int]) -> bool:
    if number is None:
        return False
    if "at_least" in when:
        return number >= _limit(when["at_least"], limits)
    return number < _limit(when["below"], limits)


def _limit(named: int | str, limits: Mapping[str, int]) -> int:
    return named if isinstance(named, int) else limits[named]


def _answered(when: Mapping[str, Any], answer: str | tuple[str, ...] | None) -> bool:
    ticked = answer if isinstance(answer, tuple) else () if answer is None else (answer,)
    if "has_none" in when:
        return bool(ticked) and not set(ticked) & set(when["has_none"])
    return not set(ticked).isdisjoint(when["is"] if "is" in when else [when["has"]])


def _risks(when: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for each in (*when.get("any", ()), *when.get("all", ())):
        yield from _risks(each)
    if "key" in when and "has_none" not in when:
        yield from ((when["key"], value) for value in (when["is"] if "is" in when else [when["has"]]))


def _limits(when: Mapping[str, Any]) -> Iterator[str]:
    for each in (*when.get("any", ()), *when.get("all", ())):
        yield from _limits(each)
    yield from (each for each in (when.get("at_least"), when.get("below")) if isinstance(each, str))


def _filled(words: str, numbers: Mapping[str, int], limits: Mapping[str, int]) -> str:
    return words.format_map(_Known({**limits, **numbers}))


class _Known(dict[str, int]):
    """Numbers by name; one that is not known is said to be unknown."""

    def __missing__(self, key: str) -> str:
        return NOT_KNOWN


@cache
def _data() -> tuple[int, tuple[Row, ...]]:
    read = json.loads((files("clinic.intake") / "data" / "eligibility.json").read_text(encoding="utf-8"))
    return int(read["version"]), tuple(_row(each) for each in read["rows"])


def _row(read: Mapping[str, Any]) -> Row:
    danger, only_in = read.get("danger"), read.get("only_in")
    typed = {
        "outcome": Outcome(read["outcome"]),
        "danger": Danger(danger) if danger else None,
        "only_in": Stage(only_in) if only_in else None,
    }
    return Row(**{**read, **typed})
