"""What ran out or stays unanswered: closed with what was given, and a person calls where silence means something."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Integer, bindparam, select
from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.kernel.localtime import day_label
from clinic.kernel.statements import among_these
from clinic.monitoring.actions.answering import submit
from clinic.monitoring.actions.settling import overdue_key, settle
from clinic.monitoring.errors import AnswersMissing
from clinic.monitoring.models import CheckIn
from clinic.monitoring.queries.calendars import calendar_policy
from clinic.monitoring.queries.check_ins import waiting_in
from clinic.monitoring.queries.unanswered import Silent, is_any_silent, missed_in_a_row, silent_check_ins
from clinic.monitoring.rules.business import after_business_hours
from clinic.monitoring.rules.calendar import Part
from clinic.policies.queries import numbers_of
from clinic.policies.rules import PolicyKey
from clinic.worklist import actions as worklist
from clinic.worklist.queries import was_opened
from clinic.worklist.rules import WorkKind

TOO_LATE = "too_late"
_STAFFED = (PolicyKey.TEXTS_READ_FROM_HOUR, PolicyKey.TEXTS_READ_UNTIL_HOUR, PolicyKey.TEXTS_READ_DAYS)
_USUAL_HOURS = 8

_OVER = (
    select(CheckIn)
    .where(among_these(CheckIn.state, ("planned", "open")), CheckIn.closes_at <= bindparam("now"))
    .order_by(CheckIn.closes_at)
    .limit(bindparam("most", type_=Integer))
)
_OVER_IDS = _OVER.with_only_columns(CheckIn.id)
_OVER_LOCKED = _OVER.with_for_update(skip_locked=True)


def overdue_ids(session: Session, *, now: datetime, limit: int) -> list[UUID]:
    """Return check-ins whose time is over, those that are over for longest first."""
    return list(session.scalars(_OVER_IDS, {"now": now, "most": limit}))


def close_overdue(
    session: Session, *, now: datetime, by: Actor, limit: int = 200, only: UUID | None = None
) -> list[UUID]:
    """Close the check-ins whose time is over, or `only` this one of them, and return their patients.

    What was answered and never sent counts as sent. What never opened in time is canceled, since nobody was asked.
    """
    wanted = _OVER_LOCKED if only is None else _OVER_LOCKED.where(CheckIn.id == only)
    found = list(session.scalars(wanted, {"now": now, "most": limit}))
    for sheet in found:
        if sheet.state == "open":
            _send_what_there_is(session, sheet, by=by, now=now)
        left = "canceled" if sheet.state == "planned" else "missed"
        for row in waiting_in(session, sheet.id):
            row.state = left
        settle(session, sheet, reason=TOO_LATE, by=by, now=now)
        if sheet.state == "missed" and sheet.part == Part.DAY:
            _call_after_several(session, sheet, by=by, now=now)
    return sorted({sheet.patient_id for sheet in found})


def call_unanswered(session: Session, *, now: datetime, by: Actor) -> int:
    """Ask for a call where an open check-in has had no answer for as long as the calendar says; return how many."""
    calendar = calendar_policy(session)
    calls = [(row, row.call) for row in calendar.rows if row.call is not None]
    soonest = min((call.after_hours for _, call in calls), default=None)
    if soonest is None or not is_any_silent(session, opened_before=now - timedelta(hours=soonest)):
        return 0
    count = 0
    for row, call in calls:
        opened_before = now - timedelta(hours=call.after_hours)
        for silent in silent_check_ins(session, row_key=row.key, opened_before=opened_before, only=call.only):
            if was_opened(session, dedupe_key=overdue_key(silent.check_in_id)):
                continue
            _call(session, silent, title=row.title, hours=call.within_hours, by=by, now=now)
            count += 1
    return count


def _send_what_there_is(session: Session, sheet: CheckIn, *, by: Actor, now: datetime) -> None:
    try:
        submit(session, check_in_id=sheet.id, leaves_out=True, by=by, now=now)
    except AnswersMissing:
        return  # Nothing was answered at all.


def _call_after_several(session: Session, sheet: CheckIn, *, by: Actor, now: datetime) -> None:
    """Ask for a call once a patient has missed several in a row; while that task is open there is no second."""
    count = missed_in_a_row(session, sheet.patient_id)
    if count < calendar_policy(session).calls_after_missed:
        return
    reason = f"{count} check-ins in a row have had no answer. Call the patient, ask how they are, and offer help."
    _open_task(session, sheet.patient_id, overdue_key(sheet.patient_id), reason=reason, zone=sheet.zone, by=by, now=now)


def _call(session: Session, silent: Silent, *, title: str, hours: int, by: Actor, now: datetime) -> None:
    since = day_label(silent.opened_at, silent.zone, language="en")
    reason = (
        f"The check-in \u201c{title}\u201d has had no answer since {since}. "
        "Call the patient, ask how they are, and offer help with the page."
    )
    key = overdue_key(silent.check_in_id)
    _open_task(session, silent.patient_id, key, reason=reason, zone=silent.zone, hours=hours, by=by, now=now)


def _open_task(
    session: Session,
    patient_id: UUID,
    key: str,
    *,
    reason: str,
    zone: str,
    by: Actor,
    now: datetime,
    hours: int = _USUAL_HOURS,
) -> None:
    numbers = numbers_of(session, _STAFFED)
    from_hour, until_hour, days = (numbers[each] for each in _STAFFED)
    worklist.open_item(
        session,
        kind=WorkKind.CHECK_IN_OVERDUE,
        dedupe_key=key,
        reason=reason,
        subject_kind="patient",
        subject_id=patient_id,
        patient_id=patient_id,
        due_at=after_business_hours(now, hours, from_hour=from_hour, until_hour=until_hour, days=days, zone=zone),
        now=now,
        by=by,
    )
