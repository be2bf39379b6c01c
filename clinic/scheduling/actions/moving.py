"""Moving a visit: one row, so the old time is kept until the new one is taken."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor, ActorKind
from clinic.kernel.crypto import KeyRing
from clinic.kernel.transaction import refusing
from clinic.scheduling.actions import placing, tasks, texts
from clinic.scheduling.actions.booking import let_see
from clinic.scheduling.actions.ledger import Before, Change, write_down
from clinic.scheduling.actions.locking import lock_calendars, make_room, not_allowed, own
from clinic.scheduling.errors import NoSlot, PatientBusy, SlotTaken, StepNotAllowed
from clinic.scheduling.models import Appointment
from clinic.scheduling.queries.calendar import Ignored
from clinic.scheduling.queries.slots import Wish, wish
from clinic.scheduling.queries.visits import appointment, unknown
from clinic.scheduling.rules.states import UPCOMING, AppointmentState


def move(
    session: Session,
    *,
    appointment_id: UUID,
    physician_id: UUID,
    starts_at: datetime,
    by: Actor,
    now: datetime,
    ring: KeyRing,
    version: int | None = None,
    ignore_notice: bool = False,
) -> Appointment:
    """Give a visit another time or physician; UID stays, SEQUENCE rises (RFC 5546), its texts are planned anew.

    A visit that the clinic moves has to be confirmed again. Raises what `hold` raises, ChangedMeanwhile when
    `version` is not the present one, StepNotAllowed when the visit is not upcoming. Moving it to where it is does
    nothing.
    """
    placing.require_in_reach(starts_at, now)
    visit = _locked_with_calendars(session, appointment_id, physician_id=physician_id, at=starts_at, by=by, now=now)
    if (visit.physician_id, visit.starts_at) == (physician_id, starts_at):
        return visit
    _require_movable(visit, by=by, now=now, version=version)
    wanted = wish(
        session,
        visit_type_code=visit.visit_type_code,
        patient_id=visit.patient_id,
        now=now,
        ignored=Ignored(moving=visit.id),
        ignore_notice=ignore_notice,
    )
    placing.require_offered(session, wanted, physician_id=physician_id, at=starts_at)
    before = Before.of(visit)
    _place(session, visit, wanted, physician_id=physician_id, at=starts_at)
    _settle(session, visit, before, by=by, now=now, ring=ring)
    return visit


def _locked_with_calendars(
    session: Session, appointment_id: UUID, *, physician_id: UUID, at: datetime, by: Actor, now: datetime
) -> Appointment:
    seen = own(appointment(session, appointment_id), by)
    lock_calendars(session, physician_id=physician_id, patient_id=seen.patient_id)
    visit = make_room(
        session, physician_id=physician_id, patient_id=seen.patient_id, at=at, by=by, now=now, also=appointment_id
    )
    if visit is None:
        raise unknown()
    return visit


def _require_movable(visit: Appointment, *, by: Actor, now: datetime, version: int | None) -> None:
    if visit.state not in UPCOMING:
        raise not_allowed(visit)
    if by.kind is ActorKind.PATIENT and visit.starts_at <= now:
        raise StepNotAllowed("This visit has begun, so it cannot be moved here. Call us and we will find another time.")
    if version is not None:
        visit.require_version(version)


def _place(session: Session, visit: Appointment, wanted: Wish, *, physician_id: UUID, at: datetime) -> None:
    taken = SlotTaken("This time is taken. Choose another one.")
    busy = PatientBusy("The patient has another visit at this time. Choose another one.")
    try:
        with refusing(session, {"ex_appointment_physician_busy": taken, "ex_appointment_patient_period": busy}):
            visit.physician_id = physician_id
            for name, value in placing.times_of(wanted, at).items():
                setattr(visit, name, value)
            visit.sequence += 1
            visit.time_version += 1
            visit.overbook_reason = visit.overbook_by = None
            session.flush()
    except NoSlot:
        session.refresh(visit)
        raise placing.taken_after_all(session, wanted, physician_id=physician_id, at=at) from None


def _settle(session: Session, visit: Appointment, before: Before, *, by: Actor, now: datetime, ring: KeyRing) -> None:
    if by.kind is not ActorKind.PATIENT:
        visit.state = AppointmentState.BOOKED
        visit.confirmed_at = visit.confirmed_via = None
    write_down(session, visit, Change.MOVED, before=before, by=by, now=now)
    let_see(session, visit, by=by, now=now)
    texts.tell_moved(session, visit, by=by, now=now, ring=ring)
    tasks.settle(session, visit, by=by, now=now)
