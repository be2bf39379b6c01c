"""The monitoring calendar as it holds now, or as a version of it did."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.monitoring.models import MonitoringPolicyVersion
from clinic.monitoring.queries.instruments import instruments
from clinic.monitoring.rules.calendar import Calendar
from clinic.monitoring.rules.calendar_data import from_content, shipped_calendar
from clinic.monitoring.rules.registry import slots

KIND = "calendar"


def calendar_policy(session: Session, number: int | None = None) -> Calendar:
    """Return the calendar of a version, the newest one if none is named; 1 is what is shipped."""
    wanted = select(MonitoringPolicyVersion).where(MonitoringPolicyVersion.kind == KIND)
    if number is not None:
        wanted = wanted.where(MonitoringPolicyVersion.number == number)
    found = session.scalar(wanted.order_by(MonitoringPolicyVersion.number.desc()).limit(1))
    if found is None:
        return shipped_calendar()
    # What a clinic put in itself may be gone by now; what is stored was checked when it was written.
    known = {*instruments(session), *slots(), *_asked_in(found.content)}
    return from_content(found.content, version=found.number, known=known)


def newest_number(session: Session) -> int:
    """Return the number of the calendar that holds now."""
    wanted = select(MonitoringPolicyVersion.number).where(MonitoringPolicyVersion.kind == KIND)
    return session.scalar(wanted.order_by(MonitoringPolicyVersion.number.desc()).limit(1)) or 1


def _asked_in(content: dict[str, object]) -> set[str]:
    rows = content.get("rows")
    if not isinstance(rows, list):
        return set()
    return {str(key) for row in rows for name in ("ask", "ask_for_pain") for key in row.get(name, ())}
