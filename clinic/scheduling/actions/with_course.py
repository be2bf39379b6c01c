"""Booking, moving and canceling as part of a course: no text of its own, since one text tells of all of them."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from functools import cache
from uuid import UUID

from sqlalchemy import Select, bindparam, or_, select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.kernel.crypto import KeyRing
from clinic.kernel.statements import among
from clinic.scheduling.actions import moving, placing, tasks, texts
from clinic.scheduling.actions.booking import let_see
from clinic.scheduling.actions.canceling import call_off
from clinic.scheduling.actions.holding import insert_visit
from clinic.scheduling.actions.ledger import Before, remark, write_down
from clinic.scheduling.actions.locking import PATIENT_TO_LOCK, PHYSICIAN_TO_LOCK, lock_calendars, locked, make_room
from clinic.scheduling.actions.news import call_back, decide_state
from clinic.scheduling.errors import UnknownVisitType
from clinic.scheduling.models import Appointment
from clinic.scheduling.queries.calendar import Ignored
from clinic.scheduling.queries.slots import wish
from clinic.scheduling.rules.changes import Change
from clinic.scheduling.rules.states import AppointmentState, CancelReason
from clinic.scheduling.rules.telling import Place

_OUT_OF_THE_WAY = timedelta(days=100 * 366)


def lock_course(
    session: Session, *, physician_ids: Collection[UUID], patient_id: UUID, appointment_ids: Collection[UUID] = ()
) -> dict[UUID, Appointment]:
    """Wait for everybody who places visits of these physicians or this patient; return these visits as they are now.

    In the one order: physicians by id, the patient, visits by id, with the holds that may have to be put away.
    """
    for physician_id in sorted(physician_ids):
        session.execute(PHYSICIAN_TO_LOCK, {"of_id": physician_id})
    session.execute(PATIENT_TO_LOCK, {"of_id": patient_id})
    asked = {
        "of_physicians": list(physician_ids),
        "of_patient": patient_id,
        "of_visits": list(appointment_ids),
    }
    rows = session.scalars(_to_lock(), asked, execution_options={"populate_existing": True}).all()
    return {visit.id: visit for visit in rows if visit.id in set(appointment_ids)}


@cache
def _to_lock() -> Select[Appointment]:
    is_concerned = or_(
        among(Appointment.physician_id, "of_physicians"), Appointment.patient_id == bindparam("of_patient")
    )
    holds = (Appointment.state == AppointmentState.HELD) & is_concerned
    wanted = select(Appointment).where(or_(holds, among(Appointment.id, "of_visits")))
    return wanted.order_by(Appointment.id).with_for_update()


def book_with_course(
    session: Session,
    *,
    visit_type_code: str,
    patient_id: UUID,
    physician_id: UUID,
    starts_at: datetime,
    by: Actor,
    now: datetime,
    ring: KeyRing,
    beside: Collection[UUID] = (),
) -> Appointment:
    """Book a time at once; its reminders are planned, its confirmation is the caller's.

    Visits `beside` it give up their time in the same transaction. A patient may get any kind of visit so: the clinic
    offered it. Raises what `hold` raises.
    """
    placing.require_in_reach(starts_at, now)
    lock_calendars(session, physician_id=physician_id, patient_id=patient_id)
    wanted = wish(
        session,
        visit_type_code=visit_type_code,
        patient_id=patient_id,
        now=now,
        ignored=Ignored(others=tuple(beside)),
    )
    if not wanted.visit.is_active:
        raise UnknownVisitType("This kind of visit is not offered any more. Choose another one.")
    make_room(session, physician_id=physician_id, patient_id=patient_id, at=starts_at, by=by, now=now)
    placing.require_covered(session, wanted, at=starts_at, by=by)
    placing.require_offered(session, wanted, physician_id=physician_id, at=starts_at)
    booked = {"state": AppointmentState.BOOKED}
    visit = insert_visit(session, wanted, physician_id=physician_id, at=starts_at, by=by, columns=booked)
    write_down(session, visit, Change.BOOKED, before=Before(), by=by, now=now)
    _placed(session, visit, by=by, now=now, ring=ring)
    return visit


def give_up_times(session: Session, visits: Iterable[Appointment]) -> None:
    """Take locked visits that are about to be moved out of each other's way; each has to be moved afterwards.

    Two constraints look at every row at once, so that visits which change places would collide whatever the order.
    """
    for visit in visits:
        visit.patient_period = _later(visit.patient_period)
        visit.physician_busy = [_later(stretch) for stretch in visit.physician_busy]
    session.flush()


def move_with_course(
    session: Session,
    *,
    appointment_id: UUID,
    physician_id: UUID,
    starts_at: datetime,
    by: Actor,
    now: datetime,
    ring: KeyRing,
    beside: Collection[UUID] = (),
) -> Appointment:
    """Give a visit another time; it has to be confirmed again, and its reminder is planned anew.

    Visits `beside` it give up their time in the same transaction. Raises what `move` raises.
    """
    placing.require_in_reach(starts_at, now)
    place = Place(physician_id, starts_at)
    visit = moving.locked_with_calendars(session, appointment_id, place, by=by, now=now)
    moving.require_movable(visit, by=by, now=now)
    wanted = moving.wish_for(session, visit, now=now, ignore_notice=False, others=tuple(beside))
    placing.require_offered(session, wanted, physician_id=physician_id, at=starts_at)
    before = Before.of(visit)
    moving.put_or_say_why(session, visit, wanted, place=place)
    known = call_back(session, visit, reason="visit_moved", now=now)
    decide_state(visit, known, by=by)
    write_down(session, visit, Change.MOVED, before=before, by=by, now=now)
    _placed(session, visit, by=by, now=now, ring=ring)
    tasks.settle(session, visit, by=by, now=now)
    return visit


def cancel_with_course(session: Session, *, appointment_id: UUID, by: Actor, now: datetime) -> Appointment:
    """Call an upcoming visit off for the clinic. Raises StepNotAllowed."""
    visit = locked(session, appointment_id, by=by)
    moving.require_movable(visit, by=by, now=now)
    call_off(session, visit, CancelReason.CLINIC_REQUEST, by=by, now=now)
    remark(session, visit, Change.TOLD_WITH_COURSE, by=by, now=now)
    call_back(session, visit, reason="visit_canceled", now=now)
    tasks.settle(session, visit, by=by, now=now)
    return visit


def _placed(session: Session, visit: Appointment, *, by: Actor, now: datetime, ring: KeyRing) -> None:
    remark(session, visit, Change.TOLD_WITH_COURSE, by=by, now=now)
    let_see(session, visit, by=by, now=now)
    link_id = texts.new_link(session, visit, by=by, now=now, ring=ring)
    texts.plan_visit(session, visit, "booked", facts={texts.TOLD_OTHERWISE}, link_id=link_id, by=by, now=now)


def _later(stretch: Range[datetime]) -> Range[datetime]:
    assert stretch.lower is not None
    assert stretch.upper is not None
    return Range(stretch.lower + _OUT_OF_THE_WAY, stretch.upper + _OUT_OF_THE_WAY, bounds="[)")
