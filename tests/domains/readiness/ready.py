"""Facts of a session with every gate met, and a stored go for tests that are about something else."""

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.readiness.actions.checking import keep
from clinic.readiness.queries.sessions import sessions_named
from clinic.readiness.rules.facts import DayCheck, Facts, Limits, Moment, Support
from clinic.scheduling import actions as scheduling
from clinic.scheduling.models import Appointment

START = datetime(2026, 11, 25, 15, tzinfo=UTC)
LIMITS = Limits()

READY = Facts(
    appointment_id=UUID(int=1),
    patient_id=UUID(int=2),
    at=START,
    starts_at=START,
    on=date(2026, 11, 25),
    is_active=True,
    phase="induction",
    is_paused=False,
    has_hold=False,
    order="active",
    units_needed=2,
    units_good=4,
    units_unconfirmed=0,
    units_recalled=0,
    units_out_of_date=0,
    is_membership_open=True,
    missing_consents=(),
    location_state="FL",
    is_location_stated=True,
    has_license=True,
    is_covered=True,
    hours_since=96,
    days_since=4,
    least_gap_hours=72,
    least_gap_days=0,
    floor_hours_since=96,
    support=Support.ATTESTED,
    is_attested_today=True,
    follow_ups_open=0,
    last_visit_on=date(2026, 11, 2),
    checklist=DayCheck.PASSED,
    checklist_reasons=(),
    is_first=False,
    is_clinician_there=True,
)
"""A session against which nothing speaks at any moment."""


def make_ready(session: Session, appointment_id: UUID, *, by: Actor, now: datetime) -> None:
    """Keep a go for the start of a session, judged over facts in which every gate is met; for other visits nothing."""
    for asked in sessions_named(session, [appointment_id]):
        facts = replace(
            READY, appointment_id=appointment_id, patient_id=asked.patient_id, at=now, starts_at=asked.starts_at
        )
        keep(session, asked, facts, limits=LIMITS, moment=Moment.START, by=by)


def arrive(session: Session, *, appointment_id: UUID, by: Actor, now: datetime, **changes) -> Appointment:
    """Let a visit begin; before a session a go is kept, as `make_ready` does."""
    make_ready(session, appointment_id, by=by, now=now)
    return scheduling.arrive(session, appointment_id=appointment_id, by=by, now=now, **changes)
