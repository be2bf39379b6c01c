"""Ending a course step by step: growing gaps, and what is looked at before each step. A dose is never in it.

No published schedule for tapering at home was found, so numbers here start with an opinion and are the clinic's own.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from clinic.treatment.errors import TaperRefused

FEWEST_STEPS, MOST_STEPS, LONGEST_GAP = 1, 12, 365
AFTERCARE_WEEKS = (2, 4, 12)
"""When a patient is asked after the last step, where the protocol says nothing else."""


class StepState(StrEnum):
    """Where a step stands; a held one may still be taken."""

    WAITING = "waiting"
    DONE = "done"
    HELD = "held"
    SKIPPED = "skipped"


DECIDED = frozenset({StepState.DONE, StepState.SKIPPED})


class Returned(StrEnum):
    """What became of the units that were left at home."""

    NONE_LEFT = "none_left"
    TAKE_BACK = "take_back"
    MAIL_BACK = "mail_back"
    DESTROYED = "destroyed"


class Verdict(StrEnum):
    """What one check says; without data nothing is fine."""

    WITHIN = "within"
    OVER = "over"
    NO_DATA = "no_data"


@dataclass(frozen=True, slots=True)
class Reading:
    """A value and the patient's day on which it was given."""

    value: Decimal
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """What is known of a patient before a step; `phq9_before` is the last one up to the start of the taper."""

    phq9_before: Reading | None = None
    phq9: Reading | None = None
    sds: Reading | None = None
    craving: Reading | None = None
    withdrawal_on: date | None = None
    has_withdrawal_flag: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """A step is open while each value stays under its limit; readings older than `days` do not count."""

    phq9_rise: int
    sds: int
    craving: int
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at: its value with its day, the limit, and what that means."""

    name: str
    value: str
    on: date | None
    limit: str
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What was looked at before a step."""

    checks: tuple[Check, ...]

    @property
    def is_open(self) -> bool:
        """Tell whether everything is known and within its limit."""
        return all(check.verdict is Verdict.WITHIN for check in self.checks)

    def kept(self) -> dict[str, object]:
        """Return the gate as it is kept with the step."""
        return {
            "is_open": self.is_open,
            "checks": [
                {
                    "name": check.name,
                    "value": check.value,
                    "on": check.on.isoformat() if check.on else None,
                    "limit": check.limit,
                    "verdict": check.verdict.value,
                }
                for check in self.checks
            ],
        }


def gate_of(kept: Mapping[str, Any]) -> Gate:
    """Return a gate as it was kept with a step."""
    return Gate(
        checks=tuple(
            Check(
                name=each["name"],
                value=each["value"],
                on=date.fromisoformat(each["on"]) if each["on"] else None,
                limit=each["limit"],
                verdict=Verdict(each["verdict"]),
            )
            for each in kept["checks"]
        )
    )


def gate(readings: Readings, limits: Limits, *, today: date) -> Gate:
    """Return what the readings say about the next step."""
    since = today - timedelta(days=limits.days)
    rise = _rise(readings, since)
    return Gate(
        checks=(
            _check("PHQ-9 rise since before the taper", rise, limits.phq9_rise),
            _check("SDS", _recent(readings.sds, since), limits.sds),
            _check("Craving", _recent(readings.craving, since), limits.craving),
            _withdrawal(readings, since),
        )
    )


def checked_gaps(gaps_days: Sequence[int]) -> tuple[int, ...]:
    """Return gaps that only grow, each a number of days; raises TaperRefused."""
    gaps = tuple(gaps_days)
    if not FEWEST_STEPS <= len(gaps) <= MOST_STEPS:
        raise TaperRefused(f"Write {FEWEST_STEPS} to {MOST_STEPS} gaps in days, like 30, 45, 60, 90.", field="gaps")
    if any(isinstance(gap, bool) or not 1 <= gap <= LONGEST_GAP for gap in gaps):
        raise TaperRefused(f"Each gap is a whole number of days from 1 to {LONGEST_GAP}.", field="gaps")
    if list(gaps) != sorted(gaps):
        raise TaperRefused("The gaps of a taper only grow. Put the shorter ones first.", field="gaps")
    return gaps


def gaps_of(typed: str) -> tuple[int, ...]:
    """Return the gaps that somebody wrote as `30, 45, 60, 90`; raises TaperRefused."""
    parts = typed.replace(",", " ").replace(";", " ").split()
    if not all(part.isascii() and part.isdigit() and len(part) <= len(str(LONGEST_GAP)) for part in parts):
        raise TaperRefused("Write the gaps as numbers of days, like 30, 45, 60, 90.", field="gaps")
    return checked_gaps([int(part) for part in parts])


def days_from(start: date, gaps_days: Sequence[int]) -> Iterator[date]:
    """Give the day of each step, each so many days after the one before."""
    day = start
    for gap in gaps_days:
        day += timedelta(days=gap)
        yield day


def checked_return(units_left: int, returned: Returned) -> None:
    """Raise TaperRefused unless nothing is left, or it is said what became of the rest."""
    if isinstance(units_left, bool) or not 0 <= units_left <= 99:  # noqa: PLR2004 - two digits
        raise TaperRefused("Enter a number from 0 to 99.", field="units_left")
    if (units_left == 0) != (returned is Returned.NONE_LEFT):
        said = "Say what became of them." if units_left else "With none left, choose \u201cNone left\u201d."
        raise TaperRefused(said, field="returned")


def aftercare_days(ended_on: date, weeks: Sequence[int] = AFTERCARE_WEEKS) -> list[tuple[int, date]]:
    """Return the weeks and days of the checks after the last step."""
    return [(each, ended_on + timedelta(weeks=each)) for each in weeks]


def _recent(reading: Reading | None, since: date) -> Reading | None:
    return reading if reading is not None and reading.on >= since else None


def _rise(readings: Readings, since: date) -> Reading | None:
    last, before = _recent(readings.phq9, since), readings.phq9_before
    return Reading(last.value - before.value, last.on) if last and before else None


def _check(name: str, reading: Reading | None, limit: int) -> Check:
    under = f"under {limit}"
    if reading is None:
        return Check(name=name, value="no data", on=None, limit=under, verdict=Verdict.NO_DATA)
    verdict = Verdict.WITHIN if reading.value < limit else Verdict.OVER
    return Check(name=name, value=f"{reading.value.normalize():f}", on=reading.on, limit=under, verdict=verdict)


def _withdrawal(readings: Readings, since: date) -> Check:
    on = readings.withdrawal_on if readings.withdrawal_on and readings.withdrawal_on >= since else None
    if readings.has_withdrawal_flag:
        return _sign("open flag", readings.withdrawal_on, Verdict.OVER)
    return _sign("no flag", on, Verdict.WITHIN) if on else _sign("no data", None, Verdict.NO_DATA)


def _sign(value: str, on: date | None, verdict: Verdict) -> Check:
    return Check(name="Withdrawal", value=value, on=on, limit="no open flag", verdict=verdict)
