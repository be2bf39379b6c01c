"""What somebody waits for, and whether one time is that."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from clinic.kernel.localtime import in_zone

A_DAY_IN_MINUTES = 24 * 60
LONGEST = timedelta(days=120)
"""Nobody waits longer in one go: what somebody wished in spring is asked again in summer."""

MOST_NOTICE_HOURS = 14 * 24


class Misfit(StrEnum):
    """Why a time is not what somebody waits for."""

    DATES = "dates"
    WEEKDAY = "weekday"
    HOURS = "hours"
    NOTICE = "notice"
    PHYSICIAN = "physician"
    GAIN = "gain"


MISFIT_WORDS: Mapping[Misfit, str] = MappingProxyType(
    {
        Misfit.DATES: "It is outside the dates that the patient asked for.",
        Misfit.WEEKDAY: "It is on a day of the week that does not suit the patient.",
        Misfit.HOURS: "It is outside the hours that suit the patient.",
        Misfit.NOTICE: "It is sooner than the patient can manage.",
        Misfit.PHYSICIAN: "It is with another physician than the patient asked for.",
        Misfit.GAIN: "It is not earlier than the visit that is booked by enough to be worth a move.",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What somebody waits for: days inclusive, hours in minutes of the day in the patient's `zone`.

    No weekdays means any, 0 is Monday. `present` is the start of the visit that is to become earlier, and `gain` how
    much earlier a time has to be; without it a first time is looked for.
    """

    zone: str
    earliest_on: date
    latest_on: date
    weekdays: frozenset[int] = frozenset()
    from_minute: int = 0
    until_minute: int = A_DAY_IN_MINUTES
    notice: timedelta = timedelta()
    physician_id: UUID | None = None
    present: datetime | None = None
    gain: timedelta = timedelta()


def misfit(
    wanted: Wanted, *, physician_id: UUID, starts_at: datetime, ends_at: datetime, now: datetime
) -> Misfit | None:
    """Return the first reason why a time is not what is waited for, or None when it is."""
    begin = in_zone(starts_at, wanted.zone)
    first = begin.hour * 60 + begin.minute
    last = first + (ends_at - starts_at) // timedelta(minutes=1)
    reasons = {
        Misfit.DATES: not wanted.earliest_on <= begin.date() <= wanted.latest_on,
        Misfit.WEEKDAY: bool(wanted.weekdays) and begin.weekday() not in wanted.weekdays,
        Misfit.HOURS: first < wanted.from_minute or last > wanted.until_minute,
        Misfit.NOTICE: starts_at - now < wanted.notice,
        Misfit.PHYSICIAN: wanted.physician_id not in {None, physician_id},
        Misfit.GAIN: wanted.present is not None and wanted.present - starts_at < wanted.gain,
    }
    return next((reason for reason, holds in reasons.items() if holds), None)
