"""Locks in the one order: the physician, the patient, then visits by id; and holds that ran out are put away."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor, ActorKind
from clinic.people.models import Patient, Physician
from clinic.scheduling.actions.ledger import Before, write_down
from clinic.scheduling.errors import StepNotAllowed, VisitChanged
from clinic.scheduling.models import Appointment
from clinic.scheduling.queries.changes import changes_since
from clinic.scheduling.queries.visits import unknown
from clinic.scheduling.rules.changes import Change
from clinic.scheduling.rules.states import AppointmentState, is_hold_over, may_become

_NEARBY = timedelta(days=1)

_STATES_IN_WORDS = {
    AppointmentState.HELD: "is only held, not booked",
    AppointmentState.BOOKED: "is booked",
    AppointmentState.CONFIRMED: "is confirmed",
    AppointmentState.IN_PROGRESS: "has begun",
    AppointmentState.COMPLETED: "is completed",
    AppointmentState.CANCELED: "was canceled",
    AppointmentState.LATE_CANCELED: "was canceled",
    AppointmentState.NO_SHOW: "was marked as missed",
    AppointmentState.EXPIRED: "was a hold that ran out",
}


def lock_calendars(session: Session, *, physician_id: UUID, patient_id: UUID) -> None:
    """Wait for everybody else who places visits of this physician or this patient.

    `FOR NO KEY UPDATE` lets rows that only refer to them be added meanwhile.
    """
    for table, key in ((Physician, physician_id), (Patient, patient_id)):
        session.execute(select(table.id).where(table.id == key).with_for_update(key_share=True))


def locked(session: Session, appointment_id: UUID, *, by: Actor) -> Appointment:
    """Return the visit as it is now, locked, or raise UnknownAppointment; a patient sees only his or her own."""
    for visit in _lock(session, Appointment.id == appointment_id):
        return own(visit, by)
    raise unknown()


def own(visit: Appointment, by: Actor) -> Appointment:
    """Return the visit unless a patient asks for somebody else's."""
    if by.kind is ActorKind.PATIENT and by.id != visit.patient_id:
        raise unknown()
    return visit


def make_room(
    session: Session,
    *,
    physician_id: UUID,
    patient_id: UUID,
    at: datetime,
    by: Actor,
    now: datetime,
    also: UUID | None = None,
) -> Appointment | None:
    """Put away holds that no longer count around `at`, and return the visit `also` locked.

    Away go holds that ran out, of this physician or this patient, and what the same person still holds for this
    patient. All rows are locked by one statement in the order of their ids, so that two bookings cannot wait for
    each other.
    """
    nearby = Appointment.starts_at.between(at - _NEARBY, at + _NEARBY)
    concerned = or_(Appointment.physician_id == physician_id, Appointment.patient_id == patient_id)
    over = and_(concerned, nearby, Appointment.hold_expires_at <= now)
    replaced = and_(Appointment.patient_id == patient_id, Appointment.held_by == by.id)
    unneeded = and_(Appointment.state == AppointmentState.HELD, or_(over, replaced))
    found = list(_lock(session, unneeded if also is None else or_(unneeded, Appointment.id == also)))
    for visit in found:
        if visit.id != also:
            give_up(session, visit, by=by, now=now)
    session.flush()
    return next((visit for visit in found if visit.id == also), None)


def give_up(session: Session, visit: Appointment, *, by: Actor, now: datetime) -> None:
    """Turn a locked hold into a thing of the past."""
    assert visit.hold_expires_at is not None
    change = Change.EXPIRED if is_hold_over(now, visit.hold_expires_at) else Change.RELEASED
    before = Before.of(visit)
    visit.state, visit.hold_expires_at = AppointmentState.EXPIRED, None
    write_down(session, visit, change, before=before, by=by, now=now)


def require_step(visit: Appointment, new: AppointmentState) -> None:
    """Raise StepNotAllowed when a visit in its present state cannot become `new`."""
    if not may_become(AppointmentState(visit.state), new):
        raise not_allowed(visit)


def require_seen(session: Session, visit: Appointment, version: int | None) -> None:
    """Raise VisitChanged, which says what others did, when `version` is given and not the present one."""
    if version is None or visit.version == version:
        return
    who = visit.updated_by or "A colleague"
    raise VisitChanged(
        f"{who} changed this visit after you opened it. Look at it again, then make your change.",
        changes=changes_since(session, visit, seen=version),
    )


def not_allowed(visit: Appointment) -> StepNotAllowed:
    """Return the refusal that says what the visit is now."""
    words = _STATES_IN_WORDS[AppointmentState(visit.state)]
    return StepNotAllowed(f"This visit {words}, so this cannot be done any more. Look at it again.")


def _lock(session: Session, which: ColumnElement[bool]) -> Iterable[Appointment]:
    wanted = select(Appointment).where(which).order_by(Appointment.id).with_for_update()
    return session.scalars(wanted.execution_options(populate_existing=True))
