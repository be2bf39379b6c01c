"""The clinic's numbers for the day of a session, as the rules take them."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressure:
    """An upper and a lower number in mmHg."""

    systolic: int
    diastolic: int

    def reached_by(self, other: "Pressure") -> bool:
        """Tell whether one of the other's numbers is at this limit or above."""
        return other.systolic >= self.systolic or other.diastolic >= self.diastolic


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderLimits:
    """What readings before a session are held against."""

    again: Pressure = Pressure(systolic=140, diastolic=90)
    stop: Pressure = Pressure(systolic=160, diastolic=100)
    danger: Pressure = Pressure(systolic=180, diastolic=120)
    rest: timedelta = timedelta(minutes=5)
    rest_again: timedelta = timedelta(minutes=15)
    between: timedelta = timedelta(seconds=60)
    pair_within: timedelta = timedelta(minutes=10)
    rounds: int = 3
    pulse_least: int = 50
    pulse_most: int = 110
    oxygen_least: int = 94


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchLimits:
    """What is asked of a support person, and what ends the watch."""

    check_every: timedelta = timedelta(minutes=15)
    late_after: timedelta = timedelta(minutes=25)
    least: timedelta = timedelta(minutes=120)
    pressure_from: timedelta = timedelta(minutes=40)
    pressure_until: timedelta = timedelta(minutes=60)
    concern: Pressure = Pressure(systolic=160, diastolic=100)
    danger: Pressure = Pressure(systolic=180, diastolic=120)
    end: Pressure = Pressure(systolic=160, diastolic=100)
    end_percent: int = 20
