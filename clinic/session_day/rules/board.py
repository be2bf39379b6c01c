"""What hurts most among today's sessions."""

from datetime import datetime, timedelta
from enum import IntEnum

from clinic.scheduling.rules.states import UPCOMING, AppointmentState
from clinic.session_day.rules.standing import DayStanding
from clinic.session_day.rules.watching import DueState, Watch

SOON = timedelta(minutes=30)


class Urgency(IntEnum):
    """The order of the board; the lower, the more it hurts."""

    HELP = 0
    SILENT = 1
    LATE = 2
    NOT_BEGUN = 3
    BLOCKED = 4
    WATCHED = 5
    NOT_READY = 6
    TO_COME = 7
    OVER = 8


def urgency(
    *,
    state: str,
    starts_at: datetime,
    missed_from: datetime,
    standing: DayStanding,
    watch: Watch | None,
    is_watch_over: bool,
    is_resting: bool = False,
    is_call_open: bool = False,
    now: datetime,
) -> Urgency:
    """Return how much a session hurts: help asked for, silence, something late, a list that did not pass.

    From `missed_from` on a session that nobody began can be marked as missed: what became of it is to be found out.
    `is_resting` says that it was called over before its planned end, `is_call_open` that somebody is still to call
    because nobody looked: neither is over for the clinic.
    """
    if watch is not None and not is_watch_over:
        if watch.has_emergency or not watch.is_well:
            return Urgency.HELP
        if state == AppointmentState.IN_PROGRESS or is_resting:
            return _while_watched(standing, watch)
        if is_call_open:
            return Urgency.SILENT
    if state in UPCOMING:
        # Units lie at home: what hinders a session says nothing about one whose time has passed.
        if now >= missed_from:
            return Urgency.NOT_BEGUN
        return _before(starts_at, standing, now)
    return Urgency.OVER


def _while_watched(standing: DayStanding, watch: Watch) -> Urgency:
    if watch.late_level > 1:
        return Urgency.SILENT
    is_pressure_late = DueState.LATE in {watch.first_pressure, watch.second_pressure}
    if watch.late_level or is_pressure_late or standing.support_person != "attested":
        return Urgency.LATE
    return Urgency.WATCHED


def _before(starts_at: datetime, standing: DayStanding, now: datetime) -> Urgency:
    if standing.checklist in {"hold", "stopped"} or standing.support_person == "declined":
        return Urgency.BLOCKED
    is_ready = standing.checklist == "passed" and standing.support_person == "attested"
    return Urgency.NOT_READY if not is_ready and starts_at - now <= SOON else Urgency.TO_COME
