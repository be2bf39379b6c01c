"""Moving a visit: one row, so the old time is kept until the new one is taken."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor, ActorKind
from clinic.kernel.crypto import KeyRing
from clinic.kernel.errors import DomainError
from clinic.kernel.transaction import refusing
from clinic.scheduling.actions import placing, tasks
from clinic.scheduling.actions.booking import let_see
from clinic.scheduling.actions.ledger import Before, remark, write_down
from clinic.scheduling.actions.locking import lock_calendars, make_room, not_allowed, own, require_seen
from clinic.scheduling.actions.news import Knowledge, call_back, decide_state, is_news, tell_moved
from clinic.scheduling.actions.overbooking import NO_OVERBOOKING, Overbooking, meant_by, needed_at, note_overbooking
from clinic.scheduling.errors import NoSlot, PatientBusy, SlotTaken, StepNotAllowed
from clinic.scheduling.models import Appointment
from clinic.scheduling.queries.calendar import Ignored
from clinic.scheduling.queries.slots import Wish, wish
from clinic.scheduling.queries.visits import appointment, unknown
from clinic.scheduling.rules.changes import Change
from clinic.scheduling.rules.reasons import MoveReason
from clinic.scheduling.rules.states import UPCOMING
from clinic.scheduling.rules.telling import Place


def move(  # noqa: PLR0913 - one verb with the wishes of three pages
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
    tell: bool = True,
    reason: MoveReason | None = None,
    overbook_reason: str | None = None,
    seen: str | None = None,
) -> Appointment:
    """Give a visit another time or physician; UID stays, SEQUENCE rises (RFC 5546), its texts are planned anew.

    A visit that the clinic moves has to be confirmed again; its text waits, and moving it back to where the patient
    was last told takes everything back. With `tell` false no text is sent, since staff told the patient themselves.
    With `overbook_reason` it may sit on what the preview `seen` named; elsewhere an overbooking ends by a move.
    Raises what `hold` and `overbook_now` raise, VisitChanged when `version` is not the present one, StepNotAllowed
    when the visit is not upcoming. Moving it to where it is does nothing.
    """
    placing.require_in_reach(starts_at, now)
    place = Place(physician_id, starts_at)
    meant = None if overbook_reason is None else meant_by(overbook_reason, by=by)
    visit = locked_with_calendars(session, appointment_id, place, by=by, now=now)
    if place_of(visit) == place:
        return visit
    require_movable(visit, by=by, now=now)
    require_seen(session, visit, version)
    asked = wish_for(session, visit, now=now, ignore_notice=ignore_notice or meant is not None)
    wanted = asked.at(session, starts_at)
    needed = _judged(session, wanted, place, meant=meant, seen=seen)
    before = Before.of(visit)
    put_or_say_why(session, visit, wanted, place=place, overbooking=needed)
    known = call_back(session, visit, reason="visit_moved", now=now)
    decide_state(visit, known, by=by)
    why = MoveReason.PATIENT_REQUEST if by.kind is ActorKind.PATIENT else reason
    write_down(session, visit, Change.MOVED, before=before, by=by, now=now, reason=why)
    follow(session, visit, known, tell=tell, by=by, now=now, ring=ring)
    return visit


def place_of(visit: Appointment) -> Place:
    """Return with whom and when a visit is now."""
    return Place(visit.physician_id, visit.starts_at)


def locked_with_calendars(
    session: Session, appointment_id: UUID, place: Place, *, by: Actor, now: datetime
) -> Appointment:
    """Return the visit locked, with the calendars of its patient and of the physician it goes to."""
    patient_id = own(appointment(session, appointment_id), by).patient_id
    lock_calendars(session, physician_id=place.physician_id, patient_id=patient_id)
    visit = make_room(
        session,
        physician_id=place.physician_id,
        patient_id=patient_id,
        at=place.starts_at,
        by=by,
        now=now,
        also=appointment_id,
    )
    if visit is None:
        raise unknown()
    return visit


def wish_for(
    session: Session, visit: Appointment, *, now: datetime, ignore_notice: bool, others: tuple[UUID, ...] = ()
) -> Wish:
    """Return what is looked for when a visit moves: its own time and that of `others` are in no way."""
    return wish(
        session,
        visit_type_code=visit.visit_type_code,
        patient_id=visit.patient_id,
        now=now,
        ignored=Ignored(moving=visit.id, others=others),
        ignore_notice=ignore_notice,
    )


def require_movable(visit: Appointment, *, by: Actor, now: datetime) -> None:
    """Raise StepNotAllowed for a visit that is not upcoming, or that a patient moves after its start."""
    if visit.state not in UPCOMING:
        raise not_allowed(visit)
    if by.kind is ActorKind.PATIENT and visit.starts_at <= now:
        raise StepNotAllowed("This visit has begun, so it cannot be moved here. Call us and we will find another time.")


def put(session: Session, visit: Appointment, wanted: Wish, *, place: Place, overbooking: Overbooking | None) -> None:
    """Write the new time into the row, or raise SlotTaken or PatientBusy as the two constraints say."""
    columns = placing.times_of(wanted, place.starts_at) | NO_OVERBOOKING
    columns |= {"physician_id": place.physician_id} | (overbooking.columns() if overbooking else {})
    try:
        with refusing(session, _refusals()):
            for name, value in columns.items():
                setattr(visit, name, value)
            visit.sequence += 1
            visit.time_version += 1
            session.flush()
    except NoSlot:
        session.refresh(visit)
        raise


def follow(
    session: Session, visit: Appointment, known: Knowledge, *, tell: bool, by: Actor, now: datetime, ring: KeyRing
) -> None:
    """Let everything else follow a visit that was just put elsewhere: remarks, the record, texts, tasks."""
    note_overbooking(session, visit, by=by, now=now)
    if not tell and is_news(visit, known, by=by):
        remark(session, visit, Change.NOT_TEXTED, by=by, now=now)
    let_see(session, visit, by=by, now=now)
    tell_moved(session, visit, known, tell=tell, by=by, now=now, ring=ring)
    tasks.settle(session, visit, by=by, now=now)


def put_or_say_why(
    session: Session, visit: Appointment, wanted: Wish, *, place: Place, overbooking: Overbooking | None = None
) -> None:
    """Write the new time into the row, or raise the refusal with other times."""
    try:
        put(session, visit, wanted, place=place, overbooking=overbooking)
    except NoSlot:
        found = placing.taken_after_all(session, wanted, physician_id=place.physician_id, at=place.starts_at)
        raise found from None


def _refusals() -> dict[str, DomainError]:
    return {
        "ex_appointment_physician_busy": SlotTaken("This time is taken. Choose another one."),
        "ex_appointment_patient_period": PatientBusy("The patient has another visit then. Choose another time."),
    }


def _judged(
    session: Session, wanted: Wish, place: Place, *, meant: Overbooking | None, seen: str | None
) -> Overbooking | None:
    physician_id, at = place.physician_id, place.starts_at
    if meant is not None:
        return needed_at(session, wanted, meant, physician_id=physician_id, at=at, seen=seen)
    placing.require_offered(session, wanted, physician_id=physician_id, at=at)
    return None
