"""Turning a held time into a visit."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.kernel.crypto import KeyRing
from clinic.people.actions import join_care_team
from clinic.people.rules import CareReason
from clinic.scheduling.actions import placing, texts
from clinic.scheduling.actions.holding import hold
from clinic.scheduling.actions.ledger import Before, write_down
from clinic.scheduling.actions.locking import lock_calendars, locked, own
from clinic.scheduling.errors import HoldOver
from clinic.scheduling.models import Appointment
from clinic.scheduling.queries.calendar import Ignored
from clinic.scheduling.queries.slots import nearby, wish
from clinic.scheduling.queries.visits import appointment
from clinic.scheduling.rules.changes import Change
from clinic.scheduling.rules.states import AppointmentState, is_hold_over

MAY_SEE_AFTER = timedelta(days=14)
"""How long after a visit its physician may still see the patient's record."""

_NEVER_BOOKED = {AppointmentState.HELD, AppointmentState.EXPIRED}


def book(session: Session, *, appointment_id: UUID, by: Actor, now: datetime, ring: KeyRing) -> Appointment:
    """Make a held time a visit and plan its texts; booking it again returns it and plans nothing.

    Raises HoldOver with other times when the ten minutes are over, NotOffered when the rules changed meanwhile.
    """
    seen = own(appointment(session, appointment_id), by)
    lock_calendars(session, physician_id=seen.physician_id, patient_id=seen.patient_id)
    visit = locked(session, appointment_id, by=by)
    if visit.state not in _NEVER_BOOKED:
        return visit
    _require_still_held(session, visit, by=by, now=now)
    return _booked(session, visit, by=by, now=now, ring=ring)


def book_now(
    session: Session,
    *,
    visit_type_code: str,
    patient_id: UUID,
    physician_id: UUID,
    starts_at: datetime,
    by: Actor,
    now: datetime,
    ring: KeyRing,
    ignore_notice: bool = False,
) -> Appointment:
    """Hold and book in one transaction; refusals are those of `hold`."""
    held = hold(
        session,
        visit_type_code=visit_type_code,
        patient_id=patient_id,
        physician_id=physician_id,
        starts_at=starts_at,
        by=by,
        now=now,
        ignore_notice=ignore_notice,
    )
    session.flush()
    # What was judged a moment ago under locks that still hold is not judged again.
    return _booked(session, held, by=by, now=now, ring=ring)


def let_see(session: Session, visit: Appointment, *, by: Actor, now: datetime) -> None:
    """Let the visit's physician see the patient's record from now until two weeks after the visit."""
    join_care_team(
        session,
        patient_id=visit.patient_id,
        physician_id=visit.physician_id,
        reason=CareReason.VISIT,
        starts_at=now,
        ends_at=visit.ends_at + MAY_SEE_AFTER,
        subject_id=visit.id,
        by=by,
        now=now,
    )


def _booked(session: Session, visit: Appointment, *, by: Actor, now: datetime, ring: KeyRing) -> Appointment:
    before = Before.of(visit)
    visit.state, visit.hold_expires_at = AppointmentState.BOOKED, None
    write_down(session, visit, Change.BOOKED, before=before, by=by, now=now)
    let_see(session, visit, by=by, now=now)
    texts.tell_booked(session, visit, by=by, now=now, ring=ring)
    return visit


def _require_still_held(session: Session, visit: Appointment, *, by: Actor, now: datetime) -> None:
    wanted = wish(
        session,
        visit_type_code=visit.visit_type_code,
        patient_id=visit.patient_id,
        now=now,
        ignored=Ignored(moving=visit.id),
        # The notice was judged when the time was held; minutes of talking do not count against the caller.
        ignore_notice=True,
    )
    if visit.hold_expires_at is None or is_hold_over(now, visit.hold_expires_at):
        raise HoldOver(
            "The time was held for 10 minutes, which are over. Choose a time again.",
            alternatives=nearby(session, wanted, at=visit.starts_at, physician_id=visit.physician_id),
        )
    placing.require_covered(session, wanted, at=visit.starts_at, by=by)
    placing.require_offered(session, wanted, physician_id=visit.physician_id, at=visit.starts_at)
