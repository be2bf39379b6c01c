"""Shifts of the rota: whose turn it is, which fit, and where nobody is first in line."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from clinic.oncall.errors import ShiftRefused

ROTA_SHOWS = timedelta(days=14)
"""So far ahead the rota is shown and looked through for gaps."""

GAP_WARNS = timedelta(hours=24)
"""An administrator is asked to fill a gap that begins within this time."""

_LONGEST = timedelta(days=14)
_FARTHEST = timedelta(days=366)


class Place(StrEnum):
    """Who is called at once, and who when the first in line does not answer."""

    FIRST = "first"
    BACKUP = "backup"

    @property
    def words(self) -> str:
        """Return what a page calls the place."""
        return "First in line" if self is Place.FIRST else "Backup"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of time, the end not in it."""

    starts_at: datetime
    ends_at: datetime


def checked_span(starts_at: datetime, ends_at: datetime, *, now: datetime) -> Span:
    """Return the time of a new shift, from now on where it has begun already, or raise ShiftRefused."""
    if ends_at <= starts_at:
        raise ShiftRefused("The shift ends before it starts. Choose a later end.", field="ends_on")
    if ends_at <= now:
        raise ShiftRefused("This shift is over already. Choose an end that is still to come.", field="ends_on")
    if ends_at - starts_at > _LONGEST:
        raise ShiftRefused("A shift lasts two weeks at most. Enter a longer one as two.", field="ends_on")
    if starts_at > now + _FARTHEST:
        raise ShiftRefused("This is more than a year ahead. Check the year.", field="starts_on")
    return Span(max(starts_at, now), ends_at)


def uncovered(covered: Iterable[Span], *, since: datetime, until: datetime) -> list[Span]:
    """Return the stretches between two instants that no span covers, in order."""
    gaps, free_from = [], since
    for span in sorted(covered):
        if span.starts_at >= until:
            break
        if span.starts_at > free_from:
            gaps.append(Span(free_from, span.starts_at))
        free_from = max(free_from, span.ends_at)
    return [*gaps, Span(free_from, until)] if free_from < until else gaps
