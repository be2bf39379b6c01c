"""Holding a time for ten minutes while the caller is on the phone, and letting it go."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor, ActorKind
from clinic.kernel.ids import new_id
from clinic.scheduling.actions import placing
from clinic.scheduling.actions.ledger import Before, write_down
from clinic.scheduling.actions.locking import give_up, lock_calendars, locked, make_room
from clinic.scheduling.errors import UnknownPatient, UnknownVisitType
from clinic.scheduling.models import Appointment
from clinic.scheduling.queries.calendar import Ignored
from clinic.scheduling.queries.slots import Wish, wish
from clinic.scheduling.rules.changes import Change
from clinic.scheduling.rules.states import AppointmentState

HOLD_FOR = timedelta(minutes=10)
# A writer who took no lock may have been quicker: the constraint decides, without an error to recover from.
_INSERT = insert(Appointment).on_conflict_do_nothing().returning(Appointment)
_OVER = (
    select(Appointment)
    .where(Appointment.state == AppointmentState.HELD, Appointment.hold_expires_at <= bindparam("now"))
    .order_by(Appointment.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)


def hold(
    session: Session,
    *,
    visit_type_code: str,
    patient_id: UUID,
    physician_id: UUID,
    starts_at: datetime,
    by: Actor,
    now: datetime,
    ignore_notice: bool = False,
) -> Appointment:
    """Keep a time for ten minutes; it takes the place of what this person holds for this patient already.

    Raises SlotTaken, PatientBusy or NotOffered with up to three other times, and NotCovered. `ignore_notice` lets the
    clinic book sooner than patients may.
    """
    if by.kind is ActorKind.PATIENT and by.id != patient_id:
        raise UnknownPatient("There is no such patient.")
    placing.require_in_reach(starts_at, now)
    lock_calendars(session, physician_id=physician_id, patient_id=patient_id)
    wanted = wish(session, visit_type_code=visit_type_code, patient_id=patient_id, now=now, ignore_notice=ignore_notice)
    require_open_to(wanted, by)
    make_room(session, physician_id=physician_id, patient_id=patient_id, at=starts_at, by=by, now=now)
    placing.require_covered(session, wanted, at=starts_at, by=by)
    placing.require_offered(session, wanted, physician_id=physician_id, at=starts_at)
    held = {"state": AppointmentState.HELD, "hold_expires_at": now + HOLD_FOR, "held_by": by.id}
    visit = insert_visit(session, wanted, physician_id=physician_id, at=starts_at, by=by, columns=held)
    write_down(session, visit, Change.HELD, before=Before(), by=by, now=now)
    return visit


def keep_for(
    session: Session,
    *,
    visit_type_code: str,
    patient_id: UUID,
    physician_id: UUID,
    starts_at: datetime,
    until: datetime,
    offer_id: UUID,
    moving: UUID | None,
    by: Actor,
    now: datetime,
) -> Appointment:
    """Keep a time until the patient has answered an offer of it; no later hold of anybody takes its place.

    With `moving` the offer is another time for that visit, which counts neither for caps nor for the membership.
    Raises what `hold` raises.
    """
    placing.require_in_reach(starts_at, now)
    lock_calendars(session, physician_id=physician_id, patient_id=patient_id)
    wanted = wish(
        session, visit_type_code=visit_type_code, patient_id=patient_id, now=now, ignored=Ignored(moving=moving)
    )
    if not wanted.visit.is_active:
        raise UnknownVisitType("This kind of visit is not offered any more. Choose another one.")
    make_room(session, physician_id=physician_id, patient_id=patient_id, at=starts_at, by=by, now=now)
    if moving is None:
        placing.require_covered(session, wanted, at=starts_at, by=by)
    placing.require_offered(session, wanted, physician_id=physician_id, at=starts_at)
    held = {"state": AppointmentState.HELD, "hold_expires_at": until, "held_by": offer_id}
    visit = insert_visit(session, wanted, physician_id=physician_id, at=starts_at, by=by, columns=held)
    write_down(session, visit, Change.HELD, before=Before(), by=by, now=now)
    return visit


def release_hold(session: Session, *, appointment_id: UUID, by: Actor, now: datetime) -> None:
    """Give a held time back; for a hold that is over or became a visit this does nothing."""
    visit = locked(session, appointment_id, by=by)
    if visit.state == AppointmentState.HELD:
        give_up(session, visit, by=by, now=now)


def expire_holds(session: Session, *, now: datetime, by: Actor, limit: int = 200) -> int:
    """Put away holds that ran out and return how many; those that somebody works on are left to them."""
    asked = {"now": now, "most": limit}
    found = list(session.scalars(_OVER, asked, execution_options={"populate_existing": True}))
    for visit in found:
        give_up(session, visit, by=by, now=now)
    return len(found)


def require_open_to(wanted: Wish, by: Actor) -> None:
    """Raise UnknownVisitType for a kind of visit that this person cannot book."""
    is_patient = by.kind is ActorKind.PATIENT
    if not wanted.visit.is_active or (is_patient and not wanted.visit.is_patient_bookable):
        raise UnknownVisitType("This kind of visit is not offered here. Choose another one.", field="visit_type_code")


def insert_visit(
    session: Session, wanted: Wish, *, physician_id: UUID, at: datetime, by: Actor, columns: Mapping[str, object]
) -> Appointment:
    """Add a hold or a visit, `columns` says which; what was judged under the locks is raced by nobody."""
    appointment_id = new_id()
    row = {
        "id": appointment_id,
        "uid": f"{appointment_id}@visits",
        "patient_id": wanted.patient.id,
        "physician_id": physician_id,
        "visit_type_code": wanted.visit.code,
        "created_at": wanted.now,
        "updated_at": wanted.now,
        "updated_by": by.name,
        **placing.times_of(wanted, at),
        **columns,
    }
    visit: Appointment | None = session.scalar(_INSERT, row)
    if visit is None:
        raise placing.taken_after_all(session, wanted, physician_id=physician_id, at=at)
    return visit
