"""Keeping promised visits in step with the patient's own facts."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.kernel.journal import note
from clinic.kernel.localtime import in_zone
from clinic.messaging.models import Message
from clinic.messaging.rules.kinds import WAITING
from clinic.people.queries import licences_by_physician, lock_patient
from clinic.people.rules import STATES
from clinic.scheduling.actions import tasks, texts
from clinic.scheduling.models import Appointment
from clinic.scheduling.queries.locations import stated_locations
from clinic.scheduling.queries.telling import SUBJECT
from clinic.scheduling.rules.places import OTHER
from clinic.scheduling.rules.states import UPCOMING, AppointmentState
from clinic.worklist.actions import open_item
from clinic.worklist.rules import WorkKind


def follow_patient(session: Session, *, patient_id: UUID, by: Actor, now: datetime) -> int:
    """Take over a patient's new place, phone and language into the visits to come; return how many there are.

    Times stay; the zone in which they are told changes, and waiting texts are planned anew. A visit for which the
    patient named another place than home stays there.
    """
    patient = lock_patient(session, patient_id)
    to_come = (
        select(Appointment)
        .where(Appointment.patient_id == patient_id, Appointment.state.in_(UPCOMING), Appointment.starts_at > now)
        .order_by(Appointment.id)
        .with_for_update()
    )
    visits = list(session.scalars(to_come.execution_options(populate_existing=True)))
    said = stated_locations(session, [visit.id for visit in visits])
    for visit in visits:
        is_away = visit.id in said and said[visit.id].kind == OTHER
        place = (patient.state, patient.county_fips, patient.zone)
        if not is_away and place != (visit.location_state, visit.location_county_fips, visit.location_zone):
            visit.location_state, visit.location_county_fips, visit.location_zone = place
            _note(session, visit, now=now)
            _check_licence(session, visit, by=by, now=now)
        texts.plan_again(session, visit, reason="patient_changed", by=by, now=now)
    session.flush()
    return len(visits)


def plan_texts_again(session: Session, *, patient_id: UUID, reason: str, by: Actor, now: datetime) -> int:
    """Plan every waiting text about a patient's visits anew and return how many visits there were.

    A visit that has begun counts too: a text may follow it. The caller holds the patient's row locked.
    """
    about = exists().where(
        Message.subject_kind == SUBJECT, Message.subject_id == Appointment.id, Message.state.in_(WAITING)
    )
    wanted = select(Appointment).where(Appointment.patient_id == patient_id, about)
    wanted = wanted.where(Appointment.state.in_([*UPCOMING, AppointmentState.IN_PROGRESS, AppointmentState.COMPLETED]))
    locked = wanted.order_by(Appointment.id).with_for_update(of=Appointment)
    visits = list(session.scalars(locked.execution_options(populate_existing=True)))
    for visit in visits:
        texts.plan_again(session, visit, reason=reason, by=by, now=now)
    return len(visits)


def _check_licence(session: Session, visit: Appointment, *, by: Actor, now: datetime) -> None:
    """Open a task when the physician may not treat where the patient will now be on that day."""
    licences = licences_by_physician(session, [visit.physician_id]).get(visit.physician_id, [])
    day = in_zone(visit.starts_at, visit.location_zone).date()
    if any(one.state == visit.location_state and one.valid_from <= day <= one.valid_until for one in licences):
        return
    open_item(
        session,
        kind=WorkKind.LICENCE_GAP,
        dedupe_key=tasks.licence_gap_key(visit.id),
        reason=f"The patient moved to {STATES[visit.location_state]}, where this physician has no license on that day. "
        "Move the visit to a physician who has.",
        subject_kind="appointment",
        subject_id=visit.id,
        patient_id=visit.patient_id,
        now=now,
        by=by,
    )


def _note(session: Session, visit: Appointment, *, now: datetime) -> None:
    note(
        session,
        "appointment.relocated",
        subject_kind="appointment",
        subject_id=visit.id,
        at=now,
        patient_ids=(visit.patient_id,),
        state=visit.location_state,
        county_fips=visit.location_county_fips,
        zone=visit.location_zone,
    )
