"""The ladder of blood pressure before a session: rest, two readings, and if need be rest again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from clinic.session_day.errors import ReadingRefused
from clinic.session_day.rules.limits import LadderLimits, Pressure

_RANGES = {"systolic": (50, 280), "diastolic": (30, 180), "pulse": (30, 220), "spo2": (50, 100)}
"""What a cuff or an oximeter can show; the checklist's own questions have the same limits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One reading: mmHg, beats a minute, and percent where there is an oximeter."""

    systolic: int
    diastolic: int
    pulse: int
    spo2: int | None = None

    @property
    def pressure(self) -> Pressure:
        """Return the two numbers of the pressure."""
        return Pressure(systolic=self.systolic, diastolic=self.diastolic)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A reading and when it was taken."""

    reading: Reading
    at: datetime


class Step(StrEnum):
    """What is next: to sit down, to wait, to measure; or how the ladder ended."""

    SIT = "sit"
    REST = "rest"
    FIRST = "first"
    PAUSE = "pause"
    SECOND = "second"
    PASSED = "passed"
    HIGH = "high"
    STOPPED = "stopped"
    DANGER = "danger"


ENDED = frozenset({Step.PASSED, Step.HIGH, Step.STOPPED, Step.DANGER})
"""Steps after which nothing more is measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """Where the readings stand: `round` counts from 1, `until` is when the next reading may be taken.

    `mean` is that of the last two readings that belong together; `is_first_high` says that a single reading, whose
    second is still to come, is in the range of danger.
    """

    step: Step
    round: int
    until: datetime | None = None
    mean: Reading | None = None
    is_first_high: bool = False

    @property
    def is_over(self) -> bool:
        """Tell whether nothing more is measured."""
        return self.step in ENDED


def checked_reading(reading: Reading) -> Reading:
    """Return a reading that can be, or raise ReadingRefused at the box that is wrong."""
    for name, (least, most) in _RANGES.items():
        value = getattr(reading, name)
        if value is not None and not least <= value <= most:
            raise ReadingRefused(f"Enter a number from {least} to {most}.", field=name, reason="out_of_range")
    if reading.diastolic >= reading.systolic:
        raise ReadingRefused(
            "The upper number has to be the larger one. Look at the cuff and enter both again.",
            field="diastolic",
            reason="upside_down",
        )
    return reading


def limits_of(name: str) -> tuple[int, int]:
    """Return the least and the most that a box of a reading takes."""
    return _RANGES[name]


def ladder(readings: Sequence[Taken], *, seated_at: datetime | None, limits: LadderLimits, now: datetime) -> Ladder:
    """Return what is next; readings stand in the order in which they were taken."""
    pairs, lone = _pairs(readings, limits)
    mean = _mean(*pairs[-1]) if pairs else None
    over = _verdict(mean, len(pairs), limits) if mean else None
    if over is not None:
        return Ladder(step=over, round=len(pairs), mean=mean)
    number = len(pairs) + 1
    if lone is not None and now - lone.at <= limits.pair_within:
        return _second(lone, number, mean, limits=limits, now=now)
    rested_at = _rested_at(pairs, seated_at, limits)
    if rested_at is None:
        return Ladder(step=Step.SIT, round=number, mean=mean)
    if now < rested_at:
        return Ladder(step=Step.REST, round=number, until=rested_at, mean=mean)
    return Ladder(step=Step.FIRST, round=number, mean=mean)


def _pairs(readings: Sequence[Taken], limits: LadderLimits) -> tuple[list[tuple[Taken, Taken]], Taken | None]:
    """Return the readings that belong together, and one that waits for its second."""
    pairs: list[tuple[Taken, Taken]] = []
    first: Taken | None = None
    for one in readings:
        if first is None or one.at - first.at > limits.pair_within:
            first = one
        else:
            pairs.append((first, one))
            first = None
    return pairs, first


def _mean(first: Taken, second: Taken) -> Reading:
    """Return the mean of two readings, halves rounded up, and the lower one for oxygen."""
    one, two = first.reading, second.reading
    oxygen = [value for value in (one.spo2, two.spo2) if value is not None]
    return Reading(
        systolic=_half_up(one.systolic, two.systolic),
        diastolic=_half_up(one.diastolic, two.diastolic),
        pulse=_half_up(one.pulse, two.pulse),
        spo2=min(oxygen, default=None),
    )


def _half_up(one: int, two: int) -> int:
    return (one + two + 1) // 2


def _verdict(mean: Reading, rounds: int, limits: LadderLimits) -> Step | None:
    """Return how the ladder ends with this mean, or None if it is measured again."""
    if limits.danger.reached_by(mean.pressure):
        return Step.DANGER
    if limits.stop.reached_by(mean.pressure):
        return Step.STOPPED
    if not limits.again.reached_by(mean.pressure):
        return Step.PASSED
    return Step.HIGH if rounds >= limits.rounds else None


def _second(lone: Taken, number: int, mean: Reading | None, *, limits: LadderLimits, now: datetime) -> Ladder:
    from_at = lone.at + limits.between
    is_high = limits.danger.reached_by(lone.reading.pressure)
    step = Step.PAUSE if now < from_at else Step.SECOND
    until = from_at if step is Step.PAUSE else None
    return Ladder(step=step, round=number, until=until, mean=mean, is_first_high=is_high)


def _rested_at(
    pairs: Sequence[tuple[Taken, Taken]], seated_at: datetime | None, limits: LadderLimits
) -> datetime | None:
    """Return from when on the first reading of a round may be taken; None before the patient sat down."""
    if pairs:
        return pairs[-1][1].at + limits.rest_again
    return None if seated_at is None else seated_at + limits.rest
