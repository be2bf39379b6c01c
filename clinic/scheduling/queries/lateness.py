"""From when on a cancellation is late and a patient has missed a visit, as the clinic decided."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic.policies.queries import number
from clinic.policies.rules import PolicyKey
from clinic.scheduling.models import Appointment, VisitType
from clinic.scheduling.rules.missing import Consequence, Missed, consequences
from clinic.scheduling.rules.purposes import VisitPurpose
from clinic.scheduling.rules.states import AppointmentState

_MISSED = (AppointmentState.NO_SHOW, AppointmentState.LATE_CANCELED)


def late_after(session: Session) -> timedelta:
    """Return how long before a visit a cancellation begins to be late (policy)."""
    return timedelta(hours=number(session, PolicyKey.LATE_CANCEL_HOURS))


def late_cancel_from(session: Session, starts_at: datetime) -> datetime:
    """Return the last instant at which a patient can cancel in time."""
    return starts_at - late_after(session)


def missed_after(session: Session) -> timedelta:
    """Return how long after the start a visit can be marked as missed (policy)."""
    return timedelta(minutes=number(session, PolicyKey.NO_SHOW_AFTER_MINUTES))


def no_show_from(session: Session, starts_at: datetime) -> datetime:
    """Return from when on a visit can be marked as missed."""
    return starts_at + missed_after(session)


def days_that_count(session: Session) -> int:
    """Return over how many past days missed visits count (policy)."""
    return number(session, PolicyKey.MISSED_VISITS_WITHIN_DAYS)


def missed_lately(session: Session, *, patient_id: UUID, now: datetime) -> Missed:
    """Return which visits a patient missed or called off too late within the days that count; waived ones are none."""
    since = now - timedelta(days=days_that_count(session))
    wanted = (
        select(Appointment.state, VisitType.purpose, func.count())
        .join(VisitType, VisitType.code == Appointment.visit_type_code)
        .where(Appointment.patient_id == patient_id, Appointment.state.in_(_MISSED), Appointment.starts_at >= since)
        .group_by(Appointment.state, VisitType.purpose)
    )
    rows = session.execute(wanted).all()
    no_shows = [(purpose, count) for state, purpose, count in rows if state == AppointmentState.NO_SHOW]
    return Missed(
        no_shows=sum(count for _, count in no_shows),
        late_cancels=sum(count for state, _, count in rows if state == AppointmentState.LATE_CANCELED),
        sessions=sum(count for purpose, count in no_shows if purpose == VisitPurpose.SESSION),
    )


def due_consequences(session: Session, missed: Missed) -> frozenset[Consequence]:
    """Return what follows from missed visits, as the clinic decided."""
    return consequences(
        missed,
        call_from=number(session, PolicyKey.MISSED_VISITS_BEFORE_TASK),
        review_from=number(session, PolicyKey.MISSED_SESSIONS_BEFORE_REVIEW),
    )
