"""From "I will be there" to what became of the visit."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.kernel.errors import DomainError
from clinic.kernel.transaction import refusing
from clinic.messaging.actions import close_questions
from clinic.messaging.rules.questions import Asks
from clinic.scheduling.actions import tasks, texts
from clinic.scheduling.actions.ledger import Before, write_down
from clinic.scheduling.actions.locking import lock_calendars, locked, not_allowed, own, require_seen, require_step
from clinic.scheduling.errors import PatientBusy, SlotTaken, StepNotAllowed, TooEarly
from clinic.scheduling.models import Appointment
from clinic.scheduling.queries.lateness import missed_after
from clinic.scheduling.queries.telling import SUBJECT, steps_of
from clinic.scheduling.queries.visits import appointment
from clinic.scheduling.rules.changes import Change
from clinic.scheduling.rules.states import UPCOMING, AppointmentState, may_arrive, may_mark_missed, may_unmark_missed
from clinic.scheduling.rules.undoing import last_change

Via = Literal["sms", "page", "staff"]
"""How a patient said that he or she will come."""


def confirm(
    session: Session, *, appointment_id: UUID, via: Via, by: Actor, now: datetime, version: int | None = None
) -> Appointment:
    """Write down that the patient will come; again changes nothing. Raises StepNotAllowed, VisitChanged.

    A visit that somebody else confirmed just after it was seen needs no second "yes".
    """
    visit = locked(session, appointment_id, by=by)
    if visit.state == AppointmentState.CONFIRMED:
        if version is not None and visit.version > version + 1:
            require_seen(session, visit, version)
        return visit
    require_step(visit, AppointmentState.CONFIRMED)
    if visit.state != AppointmentState.BOOKED or visit.starts_at <= now:
        raise StepNotAllowed("This visit has begun, so there is nothing to confirm any more.")
    require_seen(session, visit, version)
    visit.confirmed_at, visit.confirmed_via = now, via
    _become(session, visit, AppointmentState.CONFIRMED, change=Change.CONFIRMED, by=by, now=now, reason=via)
    tasks.settle_unconfirmed(session, visit, by=by, now=now)
    close_questions(session, subject_kind=SUBJECT, subject_id=visit.id, asks=Asks.VISIT, now=now)
    return visit


def arrive(
    session: Session, *, appointment_id: UUID, by: Actor, now: datetime, version: int | None = None
) -> Appointment:
    """Write down that the patient is there. Raises TooEarly more than an hour before, StepNotAllowed, VisitChanged."""
    visit = _ready(session, appointment_id, AppointmentState.IN_PROGRESS, by=by, version=version)
    if visit.state != AppointmentState.IN_PROGRESS:
        if not may_arrive(now, visit.starts_at):
            raise TooEarly("This visit begins in more than an hour. Check that it is the right one.")
        _become(session, visit, AppointmentState.IN_PROGRESS, change=Change.ARRIVED, by=by, now=now)
        tasks.settle_unconfirmed(session, visit, by=by, now=now)
    return visit


def undo_arrive(
    session: Session, *, appointment_id: UUID, by: Actor, now: datetime, version: int | None = None
) -> Appointment:
    """Take back "arrived", which was pressed on the wrong row. Raises StepNotAllowed, VisitChanged."""
    visit = locked(session, appointment_id, by=by)
    if visit.state in {AppointmentState.BOOKED, AppointmentState.CONFIRMED}:
        return visit
    earlier = AppointmentState.CONFIRMED if visit.confirmed_at else AppointmentState.BOOKED
    require_step(visit, earlier)
    require_seen(session, visit, version)
    _become(session, visit, earlier, change=Change.ARRIVAL_UNDONE, by=by, now=now)
    return visit


def complete(
    session: Session, *, appointment_id: UUID, by: Actor, now: datetime, version: int | None = None
) -> Appointment:
    """Write down that the visit took place. Raises StepNotAllowed, VisitChanged."""
    visit = _ready(session, appointment_id, AppointmentState.COMPLETED, by=by, version=version)
    if visit.state != AppointmentState.COMPLETED:
        _become(session, visit, AppointmentState.COMPLETED, change=Change.COMPLETED, by=by, now=now)
        tasks.settle(session, visit, by=by, now=now)
    return visit


def mark_no_show(
    session: Session, *, appointment_id: UUID, by: Actor, now: datetime, version: int | None = None
) -> Appointment:
    """Write down that the patient did not come, and say so in a text a few minutes later.

    Raises TooEarly before the start, StepNotAllowed, VisitChanged.
    """
    visit = _ready(session, appointment_id, AppointmentState.NO_SHOW, by=by, version=version)
    if visit.state == AppointmentState.NO_SHOW:
        return visit
    _require_begun(session, visit, now=now)
    _become(session, visit, AppointmentState.NO_SHOW, change=Change.MISSED, by=by, now=now)
    tasks.settle(session, visit, by=by, now=now)
    tasks.ask_after_missed(session, visit, by=by, now=now)
    tasks.ask_if_missed_often(session, visit, by=by, now=now)
    texts.tell_missed(session, visit, by=by, now=now)
    return visit


def undo_no_show(
    session: Session, *, appointment_id: UUID, by: Actor, now: datetime, version: int | None = None
) -> Appointment:
    """Take back "no-show", which was pressed on the wrong row, on the same day and while the time is still free.

    Raises StepNotAllowed, VisitChanged, SlotTaken, PatientBusy.
    """
    seen = own(appointment(session, appointment_id), by)
    lock_calendars(session, physician_id=seen.physician_id, patient_id=seen.patient_id)
    visit = locked(session, appointment_id, by=by)
    if visit.state in UPCOMING:
        return visit
    earlier = AppointmentState.CONFIRMED if visit.confirmed_at else AppointmentState.BOOKED
    _require_unmarkable(session, visit, earlier, now=now)
    require_seen(session, visit, version)
    with refusing(session, _no_room()):
        _become(session, visit, earlier, change=Change.MISSED_UNDONE, by=by, now=now)
        session.flush()
    tasks.settle_missed(session, visit, by=by, now=now)
    texts.call_back_missed(session, visit, now=now)
    return visit


def _no_room() -> dict[str, DomainError]:
    return {
        "ex_appointment_physician_busy": SlotTaken("Somebody else has this time by now. Book a new visit instead."),
        "ex_appointment_patient_period": PatientBusy("The patient has another visit then. Book a new visit instead."),
    }


def _require_unmarkable(session: Session, visit: Appointment, earlier: AppointmentState, *, now: datetime) -> None:
    marked = last_change(steps_of(session, visit.id))
    if visit.state != AppointmentState.NO_SHOW or marked is None:
        raise not_allowed(visit)
    require_step(visit, earlier)
    if not may_unmark_missed(now, marked.at, zone=visit.location_zone):
        raise StepNotAllowed("A no-show can be taken back on the same day only. Book a new visit instead.")


def _require_begun(session: Session, visit: Appointment, *, now: datetime) -> None:
    wait = missed_after(session)
    if may_mark_missed(now, visit.starts_at, after=wait):
        return
    if now < visit.starts_at:
        raise TooEarly("This visit has not begun yet. Wait for its start, or cancel it.")
    minutes = int(wait.total_seconds() // 60)
    raise TooEarly(f"The patient has {minutes} minutes from the start to come. Call meanwhile, or wait until then.")


def _ready(
    session: Session, appointment_id: UUID, new: AppointmentState, *, by: Actor, version: int | None
) -> Appointment:
    visit = locked(session, appointment_id, by=by)
    if visit.state != new:
        require_step(visit, new)
        require_seen(session, visit, version)
    return visit


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
