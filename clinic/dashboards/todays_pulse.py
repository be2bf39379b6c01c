"""One opaque word for all that Today shows: another word means that the page has to be fetched again."""

import hashlib
from collections.abc import Collection
from datetime import date, datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from clinic.kernel.actor import Role
from clinic.kernel.localtime import first_instant_of
from clinic.scheduling.models import Appointment
from clinic.scheduling.queries.visits import LATE_END, LATE_START
from clinic.scheduling.rules.states import UPCOMING, AppointmentState
from clinic.worklist.models import WorkItem
from clinic.worklist.rules import State
from clinic.worklist.rules.harm import NEAR

_LOOKS_BACK = timedelta(days=14)
"""How far back a visit without an outcome is watched; an older one shows its change with the next other news."""


def pulse(session: Session, *, roles: Collection[Role], day: date, zone: str, ahead: timedelta, now: datetime) -> str:
    """Return 16 hexadecimal characters made of counts, versions and the last saving only, never of a name.

    Two aggregates over indexes; the time enters through what becomes late, comes back, gets near, starts or runs out.
    """
    since = first_instant_of(day, zone) - _LOOKS_BACK
    parts = [str(day), _tasks(session, roles, now), _visits(session, since=since, until=now + ahead, now=now)]
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:16]


def _tasks(session: Session, roles: Collection[Role], now: datetime) -> str:
    counted = select(
        func.count(),
        func.sum(WorkItem.version),
        func.max(WorkItem.updated_at),
        func.max(WorkItem.created_at),
        func.count().filter(WorkItem.due_at < now),
        func.count().filter(WorkItem.put_off_until > now),
    ).where(WorkItem.state == State.OPEN, WorkItem.owner_role.in_(sorted(roles)))
    return str(session.execute(counted).one())


def _visits(session: Session, *, since: datetime, until: datetime, now: datetime) -> str:
    is_upcoming = Appointment.state.in_(sorted(UPCOMING))
    is_held = (Appointment.state == AppointmentState.HELD) & (Appointment.hold_expires_at > now)
    goes_on = (Appointment.state == AppointmentState.IN_PROGRESS) & (Appointment.ends_at <= now - LATE_END)
    is_near = (Appointment.starts_at >= since) & (Appointment.starts_at < until)
    counted = select(
        func.count(),
        func.sum(Appointment.version),
        func.max(Appointment.updated_at),
        func.count().filter(is_held),
        func.count().filter(is_upcoming, Appointment.starts_at < now),
        func.count().filter(is_upcoming, Appointment.starts_at <= now - LATE_START),
        func.count().filter(goes_on),
        func.count().filter(is_upcoming, Appointment.starts_at < now + NEAR),
    ).where(or_(is_near, is_held))
    return str(session.execute(counted).one())
