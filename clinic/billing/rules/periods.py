"""Periods of a subscription: months counted from an anchor, as days of one zone, that tile without gap or overlap."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from clinic.billing.errors import PeriodRefused
from clinic.kernel.localtime import months_after

_MONTHS_A_YEAR = 12


class Period(NamedTuple):
    """The days from `start_on` up to, not including, `end_on`."""

    start_on: date
    end_on: date

    @property
    def days(self) -> int:
        """Return how many days it has."""
        return (self.end_on - self.start_on).days


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of months from `anchor_on`; with `days` it is one stretch of so many days, what a hold had left."""

    anchor_on: date
    days: int | None = None


def period(segment: Segment, number: int) -> Period:
    """Return period `number` (from 0) of a segment, by its anchor alone, so that no clamped end shifts the next.

    Raises PeriodRefused below 0, and beyond 0 for what a hold had left.
    """
    if number < 0:
        raise PeriodRefused("There is no period before the first.")
    if segment.days is not None:
        if number:
            raise PeriodRefused("What a hold had left is one period. The next counts from its end.")
        return Period(segment.anchor_on, segment.anchor_on + timedelta(days=segment.days))
    return Period(months_after(segment.anchor_on, number), months_after(segment.anchor_on, number + 1))


def period_at(segments: Sequence[Segment], day: date) -> Period:
    """Return the period that `day` lies in, of segments in the order of their anchors.

    A segment ends where the next begins. Raises PeriodRefused for a day before the first.
    """
    place = bisect_right([each.anchor_on for each in segments], day) - 1
    if place < 0:
        raise PeriodRefused(f"{day.isoformat()} lies before the first period.")
    segment = segments[place]
    if segment.days is not None:
        found = period(segment, 0)
        if day >= found.end_on:
            raise PeriodRefused(f"{day.isoformat()} lies after what the hold had left.")
        return found
    return period(segment, _number_at(segment, day))


def periods(segment: Segment, *, until: date) -> Iterator[Period]:
    """Yield the periods of a segment that begin before `until`, the oldest first."""
    number = 0
    while (found := period(segment, number)).start_on < until:
        yield found
        if segment.days is not None:
            return
        number += 1


def today_in(zone: str, now: datetime) -> date:
    """Return the day that it is in `zone`."""
    return now.astimezone(ZoneInfo(zone)).date()


def lapsed(period_end_on: date, segment: Segment, today: date) -> int:
    """Return how many periods have begun since the one that ended on `period_end_on`; more than one was missed."""
    return sum(1 for each in periods(segment, until=today + timedelta(days=1)) if each.start_on >= period_end_on)


def _number_at(segment: Segment, day: date) -> int:
    months = (day.year - segment.anchor_on.year) * _MONTHS_A_YEAR + day.month - segment.anchor_on.month
    return months if months_after(segment.anchor_on, months) <= day else months - 1
