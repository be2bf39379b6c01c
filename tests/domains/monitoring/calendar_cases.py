"""Makes patients for tests of the monitoring calendar: facts by hand, and days by the wall clock of a zone."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from uuid import UUID, uuid5

from clinic.kernel.localtime import edge_instant, in_zone
from clinic.monitoring.rules.calendar import CareFacts, Due, SessionAt
from clinic.monitoring.rules.calendar_data import shipped_calendar

EAST, PANHANDLE = "America/New_York", "America/Chicago"
CALENDAR = shipped_calendar()
_NAMES = UUID("0b6f4cb2-6a5c-4d43-9c52-0d9b3a3f0a11")


def at(text: str, zone: str = EAST) -> datetime:
    """Return an instant from a day and a time on the wall clock: `at("2026-11-25 14:30")`."""
    day, _, clock = text.partition(" ")
    return edge_instant(date.fromisoformat(day), time.fromisoformat(clock or "10:00"), zone)


def session_at(text: str, zone: str = EAST, **changes: object) -> SessionAt:
    """Return a session of two hours that begins then."""
    begins = at(text, zone)
    found = SessionAt(
        appointment_id=uuid5(_NAMES, f"{text} {zone}"),
        starts_at=begins,
        ends_at=begins + timedelta(hours=2),
        state="taken",
        phase="induction",
    )
    return replace(found, **changes)  # type: ignore[arg-type]


def facts(*sessions: SessionAt, zone: str = EAST, **changes: object) -> CareFacts:
    """Return a patient in induction since Nov 2, whose intake is long over."""
    found = CareFacts(
        patient_id=uuid5(_NAMES, "patient"),
        zone=zone,
        phase="induction",
        phase_since=at("2026-11-02"),
        plan_id=uuid5(_NAMES, "plan"),
        sessions=sessions,
        intake_at=at("2026-08-03"),
    )
    return replace(found, **changes)  # type: ignore[arg-type]


def told(dues: tuple[Due, ...], zone: str = EAST) -> list[str]:
    """Return each row once with the wall clock at which it opens: `day_1 Thu 26 16:30`."""
    return list(dict.fromkeys(f"{due.row_key} {in_zone(due.opens_at, zone):%a %-d %H:%M}" for due in dues))


def asked_in(dues: tuple[Due, ...], row_key: str) -> list[str]:
    """Return what a row asks."""
    return [due.instrument_key for due in dues if due.row_key == row_key]
