"""What a rule hands back before it becomes a signal, and which of several sights are news."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from clinic.monitoring.rules.evidence import Evidence, FindingFact, Reading
from clinic.monitoring.rules.levels import Level
from clinic.monitoring.rules.signals.signal import Input

Numbers = Mapping[str, int]
"""The thresholds of one rule by key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One sight of a rule: the facts that decided by their identities, what they were, and the thresholds used.

    `holds` tells whether the newest facts still show it; None is an event, which stays true and only grows old.
    `weight` orders sights of one level by how bad they are.
    """

    level: Level
    on: date
    facts: tuple[str, ...]
    inputs: tuple[Input, ...]
    sentence: str
    used: tuple[str, ...] = ()
    holds: bool | None = None
    weight: Decimal = Decimal(0)


Look = Callable[[Evidence, Numbers], Iterable[Seen] | None]
"""A rule: what it sees, nothing where all is well, None where it had nothing to look at."""


def plain(value: Decimal) -> str:
    """Return 5 for 5.00 and 3.3 for 3.30."""
    return f"{value.normalize():f}"


def said(on: date, today: date) -> str:
    """Return `Nov 3`, with the year where it is not this one."""
    short = f"{on:%b} {on.day}"
    return short if on.year == today.year else f"{short}, {on.year}"


def counted(number: int, one: str, many: str | None = None) -> str:
    """Return `1 unit` or `2 units`."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def ordinal(number: int) -> str:
    """Return `1st`, `2nd`, `3rd`, `11th`."""
    unusual = number % 100 not in {11, 12, 13}
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th") if unusual else "th"
    return f"{number}{ending}"


def listed(words: Sequence[str]) -> str:
    """Return `a, b and c`."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def identity(reading: Reading) -> str:
    """Return what makes a reading this one and no other."""
    return f"{reading.assessment_id or reading.at.isoformat()}={plain(reading.value)}"


def finding_identity(finding: FindingFact) -> str:
    """Return what makes a finding this one and no other."""
    return f"finding {finding.id}"


def read(what: str, reading: Reading) -> Input:
    """Return a reading as an input of a signal."""
    return Input(what=what, value=plain(reading.value), on=reading.on)


def in_runs(sights: Sequence[Seen | None]) -> Iterator[Seen]:
    """Yield of checks in a row, the oldest first, those that are news.

    The first of a run is, and each later one of another level than the news before or worse than it. Of a run that
    goes on the last news still holds; a check without a sight ends the run.
    """
    run: list[Seen] = []
    for sight in sights:
        if sight is None:
            yield from (replace(each, holds=False) for each in run)
            run = []
        elif not run or sight.level != run[-1].level or sight.weight > run[-1].weight:
            run.append(sight)
    yield from (replace(each, holds=each is run[-1]) for each in run)


def one_by_one(sights: Sequence[Seen | None]) -> Iterator[Seen]:
    """Yield the sight of each check, the oldest first; only that of the newest check still holds."""
    last = len(sights) - 1
    return (replace(sight, holds=place == last) for place, sight in enumerate(sights) if sight is not None)


Check = Mapping[str, Reading]
"""The answers of one assessment by item."""


def checks_of(evidence: Evidence, instrument: str, *items: str) -> list[Check]:
    """Return the answers to these items grouped by the assessment that they come from, the oldest first."""
    given = [(each.at, item, each) for item in items for each in evidence.answer(instrument, item)]
    checks: dict[object, dict[str, Reading]] = {}
    for at, item, reading in sorted(given, key=lambda each: each[:2]):
        checks.setdefault(reading.assessment_id or at, {})[item] = reading
    return list(checks.values())


def when(check: Check) -> date:
    """Return the patient's date of an assessment."""
    return next(iter(check.values())).on
