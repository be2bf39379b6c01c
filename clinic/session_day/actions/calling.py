"""Calls to support persons who said yes and take no texts: the visit moved, or does not take place."""

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.kernel.localtime import long_label
from clinic.kernel.phone import for_reading
from clinic.scheduling.models import Appointment
from clinic.session_day.models import SupportPerson
from clinic.session_day.queries.persons import calls_too_late, number_of
from clinic.worklist import actions as worklist
from clinic.worklist import queries as tasks
from clinic.worklist.rules import Outcome, WorkKind
from clinic.worklist.rules import due_at as usually_due_at

_KIND = WorkKind.SUPPORT_PERSON_CALL
_BEFORE = timedelta(hours=2)
"""Who is to be there leaves home; a call after that comes too late."""


class News(StrEnum):
    """What somebody who said yes has to hear."""

    MOVED = "moved"
    OFF = "off"


_WORDS = {
    News.MOVED: "{who} said yes to another time and takes no texts. The visit is now on {when}. Call, ask whether they "
    "can be there, and write down what they say.",
    News.OFF: "{who} said yes and takes no texts. The visit on {when} does not take place. Call and say that nobody "
    "has to be there.",
}


def ask_to_call_person(
    session: Session, visit: Appointment, row: SupportPerson, *, news: News, by: Actor, now: datetime
) -> None:
    """Ask a coordinator to tell a support person what no text may, once for each time of the visit.

    A call about an earlier change that nobody has made yet is not to be made any more.
    """
    key = f"{_KIND}:{row.id}:{news}:{visit.time_version}"
    if tasks.was_opened(session, dedupe_key=key):
        return
    settle_calls(session, visit.id, by=by, now=now)
    who = f"{row.name or 'The support person'}, {for_reading(number_of(session, row))},"
    when = long_label(visit.starts_at, visit.location_zone, language="en")
    worklist.open_item(
        session,
        kind=_KIND,
        dedupe_key=key,
        reason=_WORDS[news].format(who=who, when=when),
        subject_kind="appointment",
        subject_id=visit.id,
        patient_id=visit.patient_id,
        due_at=min(usually_due_at(_KIND, now), max(now, visit.starts_at - _BEFORE)),
        now=now,
        by=by,
    )


def has_news_waiting(session: Session, appointment_id: UUID) -> bool:
    """Tell whether somebody is still to be called about a visit."""
    return bool(tasks.open_about(session, _KIND, subject_id=appointment_id))


def settle_calls(
    session: Session, appointment_id: UUID, *, by: Actor, now: datetime, outcome: Outcome = Outcome.SETTLED_ITSELF
) -> bool:
    """Close the calls about a visit whose reason is gone; tell whether one was still to be made."""
    keys = tasks.open_about(session, _KIND, subject_id=appointment_id)
    for key in keys:
        worklist.close_for(session, dedupe_key=key, outcome=outcome, by=by, now=now)
    return bool(keys)


def settle_late_calls(session: Session, *, by: Actor, now: datetime) -> None:
    """Close the calls about visits whose time has come: whoever went there knows by now."""
    for key in calls_too_late(session, now=now):
        worklist.close_for(session, dedupe_key=key, by=by, now=now)
