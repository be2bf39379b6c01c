"""Locks in the one order: the physician, the patient, then visits by id; and holds that ran out are put away."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import cache
from uuid import UUID

from sqlalchemy import Select, and_, bindparam, or_, select
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

PHYSICIAN_TO_LOCK = select(Physician.id).where(Physician.id == bindparam("of_id")).with_for_update(key_share=True)
PATIENT_TO_LOCK = select(Patient.id).where(Patient.id == bindparam("of_id")).with_for_update(key_share=True)
_LOCKING = select(Appointment).order_by(Appointment.id).with_for_update()
_THE_VISIT = _LOCKING.where(Appointment.id == bindparam("of_visit"))


def lock_calendars(session: Session, *, physician_id: UUID, patient_id: UUID) -> None:
    """Wait for everybody else who places visits of this physician or this patient.

    `FOR NO KEY UPDATE` lets rows that only refer to them be added meanwhile.
    """
    for wanted, key in ((PHYSICIAN_TO_LOCK, physician_id), (PATIENT_TO_LOCK, patient_id)):
        session.execute(wanted, {"of_id": key})


def locked(session: Session, appointment_id: UUID, *, by: Actor) -> Appointment:
    """Return the visit as it is now, locked, or raise UnknownAppointment; a patient sees only his or her own."""
    for visit in _lock(session, _THE_VISIT, {"of_visit": appointment_id}):
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
    asked = {"of_physician": physician_id, "of_patient": patient_id, "of_holder": by.id, "of_visit": also, "now": now}
    asked |= {"since": at - _NEARBY, "until": at + _NEARBY}
    found = list(_lock(session, _unneeded(), asked))
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


@cache
def _unneeded() -> Select[Appointment]:
    """Select what `make_room` locks; `of_holder` None is the clinic's own system, `of_visit` None is no visit."""
    nearby = Appointment.starts_at.between(bindparam("since"), bindparam("until"))
    is_of_patient = Appointment.patient_id == bindparam("of_patient")
    concerned = or_(Appointment.physician_id == bindparam("of_physician"), is_of_patient)
    over = and_(concerned, nearby, Appointment.hold_expires_at <= bindparam("now"))
    replaced = and_(is_of_patient, Appointment.held_by.is_not_distinct_from(bindparam("of_holder")))
    unneeded = and_(Appointment.state == AppointmentState.HELD, or_(over, replaced))
    return _LOCKING.where(or_(unneeded, Appointment.id == bindparam("of_visit")))


def _lock(session: Session, wanted: Select[Appointment], asked: Mapping[str, object]) -> Iterable[Appointment]:
    return session.scalars(wanted, asked, execution_options={"populate_existing": True})
