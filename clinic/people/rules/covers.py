"""Who may look after whose patients, on which days, and where the one who does has no license for it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from clinic.people.errors import CoverRefused

Days = tuple[date, date]
"""First and last day, both included."""

_A_DAY = timedelta(days=1)
_LONGEST = timedelta(days=366)
_FARTHEST = timedelta(days=2 * 366)


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceGap:
    """Days of a cover on which nobody with that name may treat `patients` people of the state."""

    state: str
    patients: int
    first_day: date
    last_day: date


def require_days(first_day: date, last_day: date, *, today: date) -> None:
    """Raise CoverRefused for days out of order, that have passed, are too many or too far ahead."""
    if last_day < first_day:
        raise CoverRefused("The last day must not be before the first one.", field="last_day")
    if first_day < today:
        raise CoverRefused("Choose today or a later day: what has been cannot be covered.", field="first_day")
    if first_day - today > _FARTHEST:
        raise CoverRefused("This is more than two years ahead. Choose an earlier day.", field="first_day")
    if last_day - first_day >= _LONGEST:
        raise CoverRefused("This is longer than a year. Choose an earlier last day.", field="last_day")


def days_without(held: Iterable[Days], wanted: Days) -> list[Days]:
    """Return the stretches of `wanted` on which nothing is held."""
    missing, at = [], wanted[0]
    for first, last in sorted(held):
        if first > wanted[1] or at > wanted[1]:
            break
        if first > at:
            missing.append((at, first - _A_DAY))
        at = max(at, last + _A_DAY)
    return [*missing, (at, wanted[1])] if at <= wanted[1] else missing


def licence_gaps(
    licences: Sequence[tuple[str, date, date]], patients: Iterable[tuple[str, int]], wanted: Days
) -> list[LicenceGap]:
    """Return where licenses (state, first and last day) leave patients (state, how many) of a state without one."""
    return [
        LicenceGap(state=state, patients=number, first_day=first, last_day=last)
        for state, number in patients
        for first, last in days_without([(begin, end) for held, begin, end in licences if held == state], wanted)
    ]
