"""From "I will be there" to what became of the visit."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.scheduling.actions import tasks
from clinic.scheduling.actions.ledger import Before, Change, write_down
from clinic.scheduling.actions.locking import locked, require_step
from clinic.scheduling.errors import StepNotAllowed, TooEarly
from clinic.scheduling.models import Appointment
from clinic.scheduling.rules.states import AppointmentState, may_mark_missed

Via = Literal["sms", "page", "staff"]
"""How a patient said that he or she will come."""


def confirm(session: Session, *, appointment_id: UUID, via: Via, by: Actor, now: datetime) -> Appointment:
    """Write down that the patient will come; again changes nothing. Raises StepNotAllowed."""
    visit = locked(session, appointment_id, by=by)
    if visit.state == AppointmentState.CONFIRMED:
        return visit
    require_step(visit, AppointmentState.CONFIRMED)
    if visit.state != AppointmentState.BOOKED or visit.starts_at <= now:
        raise StepNotAllowed("This visit has begun, so there is nothing to confirm any more.")
    visit.confirmed_at, visit.confirmed_via = now, via
    _become(session, visit, AppointmentState.CONFIRMED, change=Change.CONFIRMED, by=by, now=now, reason=via)
    tasks.settle_unconfirmed(session, visit, by=by, now=now)
    return visit


def arrive(
    session: Session, *, appointment_id: UUID, by: Actor, now: datetime, version: int | None = None
) -> Appointment:
    """Write down that the patient is there. Raises StepNotAllowed, ChangedMeanwhile."""
    visit = _ready(session, appointment_id, AppointmentState.IN_PROGRESS, by=by, version=version)
    if visit.state != AppointmentState.IN_PROGRESS:
        _become(session, visit, AppointmentState.IN_PROGRESS, change=Change.ARRIVED, by=by, now=now)
        tasks.settle_unconfirmed(session, visit, by=by, now=now)
    return visit


def undo_arrive(
    session: Session, *, appointment_id: UUID, by: Actor, now: datetime, version: int | None = None
) -> Appointment:
    """Take back "arrived", which was pressed on the wrong row. Raises StepNotAllowed, ChangedMeanwhile."""
    visit = locked(session, appointment_id, by=by)
    if visit.state in {AppointmentState.BOOKED, AppointmentState.CONFIRMED}:
        return visit
    earlier = AppointmentState.CONFIRMED if visit.confirmed_at else AppointmentState.BOOKED
    require_step(visit, earlier)
    _require_version(visit, version)
    _become(session, visit, earlier, change=Change.ARRIVAL_UNDONE, by=by, now=now)
    return visit


def complete(
    session: Session, *, appointment_id: UUID, by: Actor, now: datetime, version: int | None = None
) -> Appointment:
    """Write down that the visit took place. Raises StepNotAllowed, ChangedMeanwhile."""
    visit = _ready(session, appointment_id, AppointmentState.COMPLETED, by=by, version=version)
    if visit.state != AppointmentState.COMPLETED:
        _become(session, visit, AppointmentState.COMPLETED, change=Change.COMPLETED, by=by, now=now)
        tasks.settle(session, visit, by=by, now=now)
    return visit


def mark_no_show(
    session: Session, *, appointment_id: UUID, by: Actor, now: datetime, version: int | None = None
) -> Appointment:
    """Write down that the patient did not come. Raises TooEarly before the start, StepNotAllowed, ChangedMeanwhile."""
    visit = _ready(session, appointment_id, AppointmentState.NO_SHOW, by=by, version=version)
    if visit.state == AppointmentState.NO_SHOW:
        return visit
    if not may_mark_missed(now, visit.starts_at):
        raise TooEarly("This visit has not begun yet. Wait for its start, or cancel it.")
    _become(session, visit, AppointmentState.NO_SHOW, change=Change.MISSED, by=by, now=now)
    tasks.settle(session, visit, by=by, now=now)
    tasks.ask_after_missed(session, visit, by=by, now=now)
    return visit


def _ready(
    session: Session, appointment_id: UUID, new: AppointmentState, *, by: Actor, version: int | None
) -> Appointment:
    visit = locked(session, appointment_id, by=by)
    if visit.state != new:
        require_step(visit, new)
        _require_version(visit, version)
    return visit


def _require_version(visit: Appointment, version: int | None) -> None:
    if version is not None:
        visit.require_version(version)


def _become(
    session: Session,
    visit: Appointment,
    new: AppointmentState,
    *,
    change: Change,
    by: Actor,
    now: datetime,
    reason: str | None = None,
) -> None:
    before = Before.of(visit)
    visit.state = new
    write_down(session, visit, change, before=before, by=by, now=now, reason=reason)
