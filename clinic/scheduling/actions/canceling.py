"""Canceling a visit: a state, never a deletion, and its time is free at once."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor, ActorKind
from clinic.people.actions import end_visit_access
from clinic.scheduling.actions import tasks, texts
from clinic.scheduling.actions.ledger import Before, Change, write_down
from clinic.scheduling.actions.locking import give_up, locked, require_step
from clinic.scheduling.errors import StepNotAllowed
from clinic.scheduling.models import Appointment
from clinic.scheduling.rules.states import AppointmentState, CancelReason, cancel_state

LATE_AFTER = timedelta(hours=24)
"""A patient who cancels with less than this left cancels late (policy; it is not a missed visit)."""

_CANCELED = {AppointmentState.CANCELED, AppointmentState.LATE_CANCELED}


def cancel(
    session: Session,
    *,
    appointment_id: UUID,
    reason: CancelReason,
    by: Actor,
    now: datetime,
    version: int | None = None,
) -> Appointment:
    """Call a visit off, take back its planned texts and tell the patient, unless the patient did it.

    Canceling it again returns it unchanged; a hold is given back. Raises ChangedMeanwhile and StepNotAllowed.
    """
    visit = locked(session, appointment_id, by=by)
    if visit.state in _CANCELED:
        return visit
    if visit.state == AppointmentState.HELD:
        give_up(session, visit, by=by, now=now)
        return visit
    why = CancelReason.PATIENT_REQUEST if by.kind is ActorKind.PATIENT else reason
    _require_cancelable(visit, by=by, now=now, version=version)
    before = Before.of(visit)
    visit.state = _state_after(visit, why, now=now)
    visit.canceled_at, visit.cancel_reason = now, why
    write_down(session, visit, Change.CANCELED, before=before, by=by, now=now, reason=why)
    end_visit_access(session, subject_id=visit.id, by=by, now=now)
    texts.tell_canceled(session, visit, by=by, now=now)
    tasks.settle(session, visit, by=by, now=now)
    return visit


def _require_cancelable(visit: Appointment, *, by: Actor, now: datetime, version: int | None) -> None:
    require_step(visit, AppointmentState.CANCELED)
    if by.kind is ActorKind.PATIENT and visit.starts_at <= now:
        raise StepNotAllowed("This visit has begun, so it cannot be canceled here. Call us if you cannot come.")
    if version is not None:
        visit.require_version(version)


def _state_after(visit: Appointment, reason: CancelReason, *, now: datetime) -> AppointmentState:
    if visit.state == AppointmentState.IN_PROGRESS:
        return AppointmentState.CANCELED
    return cancel_state(now, visit.starts_at, late_after=LATE_AFTER, reason=reason)
