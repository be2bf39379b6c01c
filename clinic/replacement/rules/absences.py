"""When a physician is out: the stretch as a coordinator names it."""

from datetime import date, datetime, time, timedelta

from clinic.kernel.localtime import NonexistentLocalTime, first_instant_of, to_instant
from clinic.replacement.errors import AbsenceRefused

_A_DAY = timedelta(days=1)
LONGEST_DAYS = 31
"""So many days are on one list at most; who is away for longer gets a second one."""


def stretch(
    days: tuple[date, date], hours: tuple[time | None, time | None], *, zone: str, now: datetime
) -> tuple[datetime, datetime]:
    """Return the instants of an absence from first to last day in the physician's zone; without times whole days.

    Raises AbsenceRefused at the box that is wrong.
    """
    (first_day, last_day), (begins, ends) = days, hours
    if last_day < first_day:
        raise AbsenceRefused("The last day must not be before the first one.", field="last_day")
    if (last_day - first_day).days >= LONGEST_DAYS:
        raise AbsenceRefused(f"Choose at most {LONGEST_DAYS} days; make a second list for the rest.", field="last_day")
    if (begins is None) != (ends is None):
        missing = "begins" if begins is None else "ends"
        raise AbsenceRefused("Give both times, or none for whole days.", field=missing)
    begin = _instant(first_day, begins, zone, field="begins") if begins else first_instant_of(first_day, zone)
    end = _instant(last_day, ends, zone, field="ends") if ends else first_instant_of(last_day + _A_DAY, zone)
    if end <= begin:
        raise AbsenceRefused("The end must be after the beginning.", field="ends")
    if end <= now:
        raise AbsenceRefused("This has passed already. Choose today or later.", field="first_day")
    return begin, end


def _instant(day: date, at: time, zone: str, *, field: str) -> datetime:
    try:
        return to_instant(day, at, zone)
    except NonexistentLocalTime as refusal:
        raise AbsenceRefused(refusal.message, field=field) from refusal
