"""Taking the last move back: the visit returns to where it was, whatever the hours say now."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.kernel.crypto import KeyRing
from clinic.scheduling.actions import moving
from clinic.scheduling.actions.ledger import Before, write_down
from clinic.scheduling.actions.locking import not_allowed, require_seen
from clinic.scheduling.actions.news import call_back, decide_state
from clinic.scheduling.actions.overbooking import Overbooking
from clinic.scheduling.errors import PatientBusy, SlotTaken, UndoNotPossible
from clinic.scheduling.models import Appointment
from clinic.scheduling.queries.telling import steps_of
from clinic.scheduling.queries.undoing import undo_time
from clinic.scheduling.rules.changes import Change
from clinic.scheduling.rules.states import UPCOMING
from clinic.scheduling.rules.telling import Place
from clinic.scheduling.rules.undoing import last_change, overbooked_at, why_no_undo

_NOT_FREE = "Somebody else has the earlier time by now, so the visit stays where it is. Use Move to choose another one."
_PATIENT_NOT_FREE = (
    "The patient has another visit at the earlier time by now, so this one stays where it is. "
    "Use Move to choose another time."
)


def undo_move(
    session: Session, *, appointment_id: UUID, version: int, by: Actor, now: datetime, ring: KeyRing
) -> Appointment:
    """Put a visit back where it was before its last move; UID stays, SEQUENCE rises (RFC 5546).

    Only within the time that the news of a move waits, by the clinic, and while nothing happened since. The old place
    is not judged by hours again: two constraints decide, and an overbooking there is one again. Raises
    UndoNotPossible, SlotTaken, PatientBusy and VisitChanged.
    """
    back = _place_before(session, appointment_id, now=now)
    visit = moving.locked_with_calendars(session, appointment_id, back, by=by, now=now)
    require_seen(session, visit, version)
    if visit.state not in UPCOMING:
        raise not_allowed(visit)
    # What was read before the locks may be out of date by now.
    if _place_before(session, appointment_id, now=now) != back:
        raise UndoNotPossible("This visit was changed a moment ago. Look at it again.")
    before, moved = Before.of(visit), visit.sequence
    overbooking = _overbooking_there(session, visit, back)
    _put_back(session, visit, place=back, overbooking=overbooking, now=now)
    known = call_back(session, visit, reason="visit_moved", now=now, forgetting=moved)
    decide_state(visit, known, by=by)
    write_down(session, visit, Change.MOVE_UNDONE, before=before, by=by, now=now)
    moving.follow(session, visit, known, tell=True, by=by, now=now, ring=ring)
    return visit


def _place_before(session: Session, appointment_id: UUID, *, now: datetime) -> Place:
    steps = steps_of(session, appointment_id)
    refusal = why_no_undo(steps, now=now, within=undo_time(session))
    moved = last_change(steps)
    if refusal is not None or moved is None or moved.from_place is None:
        raise UndoNotPossible(refusal or "There is no move to take back.")
    return moved.from_place


def _overbooking_there(session: Session, visit: Appointment, place: Place) -> Overbooking | None:
    remark = overbooked_at(steps_of(session, visit.id), place, sequence=visit.sequence - 1)
    if remark is None or remark.reason is None or remark.who is None:
        return None
    return Overbooking(remark.reason, remark.who, remark.name)


def _put_back(
    session: Session, visit: Appointment, *, place: Place, overbooking: Overbooking | None, now: datetime
) -> None:
    wanted = moving.wish_for(session, visit, now=now, ignore_notice=True)
    try:
        moving.put(session, visit, wanted, place=place, overbooking=overbooking)
    except SlotTaken:
        raise SlotTaken(_NOT_FREE) from None
    except PatientBusy:
        raise PatientBusy(_PATIENT_NOT_FREE) from None
