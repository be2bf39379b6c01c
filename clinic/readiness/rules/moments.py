"""Which moment it is for a session, and by when what is left should be done."""

from datetime import datetime, timedelta

from clinic.readiness.rules.facts import Moment
from clinic.scheduling.rules.states import may_arrive

SWEPT = timedelta(hours=72)
"""So long before a session its gates are looked at again and again."""

_A_DAY = timedelta(hours=24)
_DUE_BEFORE = {Moment.T72: _A_DAY, Moment.T24: timedelta(hours=4)}


def moment_of(now: datetime, starts_at: datetime) -> Moment:
    """Return which gates are asked about a booked session now."""
    if may_arrive(now, starts_at):
        return Moment.START
    return Moment.T24 if starts_at - now <= _A_DAY else Moment.T72


def due_of(moment: Moment, *, now: datetime, starts_at: datetime) -> datetime:
    """Return by when somebody should have seen to a gate that was not met at a moment."""
    return max(now, starts_at - _DUE_BEFORE.get(moment, timedelta()))
