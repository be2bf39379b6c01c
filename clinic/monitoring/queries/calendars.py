"""The monitoring calendar as it holds now, or as a version of it did."""

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from clinic.monitoring.models import MonitoringPolicyVersion
from clinic.monitoring.queries.instruments import instruments
from clinic.monitoring.rules.calendar import Calendar
from clinic.monitoring.rules.calendar_data import from_content, shipped_calendar
from clinic.monitoring.rules.registry import slots

KIND = "calendar"

_NEWEST = (
    select(MonitoringPolicyVersion)
    .where(MonitoringPolicyVersion.kind == KIND)
    .order_by(MonitoringPolicyVersion.number.desc())
    .limit(1)
)
_VERSION = _NEWEST.where(MonitoringPolicyVersion.number == bindparam("of_number"))
_NEWEST_NUMBER = _NEWEST.with_only_columns(MonitoringPolicyVersion.number)


def calendar_policy(session: Session, number: int | None = None) -> Calendar:
    """Return the calendar of a version, the newest one if none is named; 1 is what is shipped."""
    found = session.scalar(_NEWEST) if number is None else session.scalar(_VERSION, {"of_number": number})
    if found is None:
        return shipped_calendar()
    # What a clinic put in itself may be gone by now; what is stored was checked when it was written.
    known = {*instruments(session), *slots(), *_asked_in(found.content)}
    return from_content(found.content, version=found.number, known=known)


def newest_number(session: Session) -> int:
    """Return the number of the calendar that holds now."""
    return session.scalar(_NEWEST_NUMBER) or 1


def _asked_in(content: dict[str, object]) -> set[str]:
    rows = content.get("rows")
    if not isinstance(rows, list):
        return set()
    return {str(key) for row in rows for name in ("ask", "ask_for_pain") for key in row.get(name, ())}
