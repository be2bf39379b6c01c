"""Canceling a visit: a state, never a deletion, and its time is free at once."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor, ActorKind
from clinic.people.actions import end_visit_access
from clinic.scheduling.actions import tasks
from clinic.scheduling.actions.ledger import Before, write_down
from clinic.scheduling.actions.locking import give_up, locked, not_allowed, require_seen, require_step
from clinic.scheduling.actions.news import tell_canceled
from clinic.scheduling.actions.overbooking import written_reason
from clinic.scheduling.errors import StepNotAllowed
from clinic.scheduling.models import Appointment
from clinic.scheduling.queries.lateness import late_after
from clinic.scheduling.rules.changes import Change
from clinic.scheduling.rules.states import PATIENT_REASONS, AppointmentState, CancelReason, cancel_state

_CANCELED = {AppointmentState.CANCELED, AppointmentState.LATE_CANCELED}


def cancel(
    session: Session,
    *,
    appointment_id: UUID,
    reason: CancelReason,
    by: Actor,
    now: datetime,
    version: int | None = None,
    note: str | None = None,
) -> Appointment:
    """Call a visit off, take back its planned texts and tell the patient, unless the patient did it.

    `note` is for colleagues, sealed in the visit's row. Canceling it again returns it unchanged; a hold is given back.
    Raises VisitChanged and StepNotAllowed.
    """
    visit = locked(session, appointment_id, by=by)
    if visit.state in _CANCELED:
        return visit
    if visit.state == AppointmentState.HELD:
        give_up(session, visit, by=by, now=now)
        return visit
    why = _meant(reason, by=by)
    _require_cancelable(session, visit, by=by, now=now, version=version)
    visit.note = note.strip() if note and note.strip() else visit.note
    call_off(session, visit, why, by=by, now=now)
    tell_canceled(session, visit, by=by, now=now)
    tasks.settle(session, visit, by=by, now=now)
    if visit.state == AppointmentState.LATE_CANCELED:
        tasks.ask_if_missed_often(session, visit, by=by, now=now)
    return visit


def call_off(session: Session, visit: Appointment, reason: CancelReason, *, by: Actor, now: datetime) -> None:
    """Give a locked visit's time back and write it down; nobody is told."""
    before = Before.of(visit)
    visit.state = _state_after(session, visit, reason, now=now)
    visit.canceled_at, visit.cancel_reason = now, reason
    write_down(session, visit, Change.CANCELED, before=before, by=by, now=now, reason=reason)
    end_visit_access(session, subject_id=visit.id, by=by, now=now)


def waive_late_cancel(
    session: Session, *, appointment_id: UUID, reason: str, by: Actor, now: datetime, version: int | None = None
) -> Appointment:
    """Let a late cancellation count as one in time; again changes nothing.

    Raises ReasonTooShort, VisitChanged, and StepNotAllowed for anything but a late cancellation.
    """
    why = written_reason(reason, field="reason")
    visit = locked(session, appointment_id, by=by)
    if visit.state == AppointmentState.CANCELED:
        return visit
    if visit.state != AppointmentState.LATE_CANCELED or by.kind is ActorKind.PATIENT:
        raise not_allowed(visit)
    require_seen(session, visit, version)
    before = Before.of(visit)
    visit.state = AppointmentState.CANCELED
    write_down(session, visit, Change.LATENESS_WAIVED, before=before, by=by, now=now, reason=why)
    tasks.settle_missed_often(session, visit, by=by, now=now)
    return visit


def _meant(reason: CancelReason, *, by: Actor) -> CancelReason:
    """Return the reason; a patient's is always one of the patient's own."""
    if by.kind is ActorKind.PATIENT and reason not in PATIENT_REASONS:
        return CancelReason.PATIENT_REQUEST
    return reason


def _require_cancelable(session: Session, visit: Appointment, *, by: Actor, now: datetime, version: int | None) -> None:
    require_step(visit, AppointmentState.CANCELED)
    if by.kind is ActorKind.PATIENT and visit.starts_at <= now:
        raise StepNotAllowed("This visit has begun, so it cannot be canceled here. Call us if you cannot come.")
    require_seen(session, visit, version)


def _state_after(session: Session, visit: Appointment, reason: CancelReason, *, now: datetime) -> AppointmentState:
    if visit.state == AppointmentState.IN_PROGRESS:
        return AppointmentState.CANCELED
    return cancel_state(now, visit.starts_at, late_after=late_after(session), reason=reason)
