"""Since when a visit has stood too long in its state; what lasts too long looks different on the board."""

from datetime import datetime, timedelta
from typing import NamedTuple

from clinic.scheduling.rules.states import UPCOMING, AppointmentState

_SOON = timedelta(hours=24)
_ANSWER_TAKES = timedelta(hours=2)
_PATIENCE = timedelta(minutes=5)


class Age(NamedTuple):
    """An instant from which a wait is counted, the words before it, and whether somebody has to look now."""

    since: datetime
    words: str
    is_late: bool


def age_of(
    state: AppointmentState, *, starts_at: datetime, ends_at: datetime, asked: datetime, now: datetime
) -> Age | None:
    """Return the wait to show, if any; `asked` is when the patient was last given the time.

    A promised visit that nobody joined counts from its start, one that goes on from its end, and one that was asked
    about two hours ago and starts within a day from the question.
    """
    if state in UPCOMING and now - starts_at >= _PATIENCE:
        return Age(starts_at, "not here for", is_late=True)
    if state is AppointmentState.IN_PROGRESS and now - ends_at >= _PATIENCE:
        return Age(ends_at, "over by", is_late=True)
    is_soon = now < starts_at <= now + _SOON
    if state is AppointmentState.BOOKED and is_soon and now - asked >= _ANSWER_TAKES:
        return Age(asked, "no answer for", is_late=False)
    return None
