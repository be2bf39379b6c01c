"""Visits when a patient's care ends, and when two records turn out to be one person."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.messaging.actions import cancel_planned
from clinic.people.actions import end_visit_access
from clinic.scheduling.actions import tasks
from clinic.scheduling.actions.ledger import Before, write_down
from clinic.scheduling.actions.locking import give_up
from clinic.scheduling.errors import VisitsOverlap
from clinic.scheduling.models import Appointment
from clinic.scheduling.queries.overlaps import overlapping_visits
from clinic.scheduling.queries.telling import SUBJECT
from clinic.scheduling.rules.changes import Change
from clinic.scheduling.rules.states import UPCOMING, AppointmentState, CancelReason


def end_visits_of_patient(session: Session, *, patient_id: UUID, by: Actor, now: datetime) -> int:
    """Call off everything that a patient has to come and tell nobody by text; return how many visits there were.

    The caller holds the patient's row locked. A visit that goes on is left to the physician.
    """
    ended = 0
    for visit in _locked_visits(session, patient_id):
        if visit.state == AppointmentState.HELD:
            give_up(session, visit, by=by, now=now)
        elif visit.state in UPCOMING and visit.ends_at > now:
            _call_off_silently(session, visit, by=by, now=now)
            ended += 1
    session.flush()
    return ended


def hand_over_visits(session: Session, *, from_id: UUID, to_id: UUID, by: Actor, now: datetime) -> int:
    """Give every visit of one record to another and return how many; raises VisitsOverlap when two are at one time.

    The caller holds both patients' rows locked. Holds are let go: whoever held the time looks again.
    """
    visits = _locked_visits(session, from_id)
    for visit in [*visits, *_locked_visits(session, to_id)]:
        if visit.state == AppointmentState.HELD:
            give_up(session, visit, by=by, now=now)
    session.flush()
    _require_no_overlap(session, from_id, to_id)
    for visit in visits:
        if visit.state in UPCOMING:
            write_down(session, visit, Change.RECORD_MERGED, before=Before.of(visit), by=by, now=now)
    session.flush()
    moved = update(Appointment).where(Appointment.patient_id == from_id).values(patient_id=to_id)
    session.execute(moved.execution_options(synchronize_session="fetch"))
    return sum(visit.state != AppointmentState.EXPIRED for visit in visits)


def _require_no_overlap(session: Session, from_id: UUID, to_id: UUID) -> None:
    pairs = overlapping_visits(session, from_id=from_id, to_id=to_id)
    if pairs:
        raise VisitsOverlap("Both records have a visit at the same time. Cancel or move one of the two, then merge.")


def _call_off_silently(session: Session, visit: Appointment, *, by: Actor, now: datetime) -> None:
    before, why = Before.of(visit), CancelReason.CARE_ENDED
    visit.state, visit.canceled_at, visit.cancel_reason = AppointmentState.CANCELED, now, why
    write_down(session, visit, Change.CANCELED, before=before, by=by, now=now, reason=why)
    end_visit_access(session, subject_id=visit.id, by=by, now=now)
    cancel_planned(session, subject_kind=SUBJECT, subject_id=visit.id, reason="care_ended", now=now)
    tasks.settle(session, visit, by=by, now=now)


def _locked_visits(session: Session, patient_id: UUID) -> list[Appointment]:
    wanted = select(Appointment).where(Appointment.patient_id == patient_id).order_by(Appointment.id).with_for_update()
    return list(session.scalars(wanted.execution_options(populate_existing=True)))
