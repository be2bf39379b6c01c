"""When a text that was written now leaves later: by day where its reader is, and not too far ahead."""

from datetime import date, datetime, time, timedelta

from clinic.conversations.errors import TimeRefused
from clinic.kernel.localtime import CLOSES, OPENS, to_instant

FARTHEST = timedelta(days=30)
"""A text planned for later than this is forgotten before it leaves (policy)."""

_A_DAY = timedelta(days=1)
_TOO_FAR = f"Choose a day within the next {FARTHEST.days} days."


def leaves_at(day: date, at: time, *, zone: str, now: datetime) -> datetime:
    """Return the instant of a day and time of the reader's own clock, or raise TimeRefused."""
    if not OPENS <= at < CLOSES:
        raise TimeRefused("Choose a time from 8:00 AM to before 8:00 PM of their day.", field="at")
    # The day alone decides first: the ends of all calendars are no instants.
    if day > now.date() + FARTHEST + _A_DAY:
        raise TimeRefused(_TOO_FAR, field="on")
    instant = to_instant(max(day, now.date() - 2 * _A_DAY), at, zone)
    if instant <= now:
        raise TimeRefused("This time has passed where they are. Choose a later one.", field="at")
    if instant > now + FARTHEST:
        raise TimeRefused(_TOO_FAR, field="on")
    return instant
