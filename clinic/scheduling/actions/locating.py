"""Keeping where a patient says to be at a visit, and what follows when the visit cannot take place there."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor, ActorKind, Role
from clinic.kernel.ids import new_id
from clinic.kernel.journal import note
from clinic.people.models import Patient
from clinic.people.queries import licences_by_physician, lock_patient, physician
from clinic.people.rules import county
from clinic.scheduling.actions import tasks, texts
from clinic.scheduling.actions.locking import locked, not_allowed, own
from clinic.scheduling.models import Appointment, VisitLocation
from clinic.scheduling.queries.locations import periods, visit_day
from clinic.scheduling.queries.visits import appointment
from clinic.scheduling.rules.places import HOME, Place, Standing, checked_place, standing_in, trouble_words
from clinic.scheduling.rules.states import STANDING
from clinic.worklist.actions import close_for, open_item
from clinic.worklist.rules import WorkKind
from clinic.worklist.rules import due_at as usually_due_at

_BEFORE = timedelta(minutes=10)
"""By then before the visit somebody has called."""

_SAID = select(func.count()).where(VisitLocation.appointment_id == bindparam("of_visit"))


def say_location(
    session: Session, *, appointment_id: UUID, place: Place, by: Actor, now: datetime
) -> tuple[VisitLocation, Standing]:
    """Keep where the patient will be, and return the statement with what it means for the visit.

    Within the clinic's states the visit takes the place over, its clock too. Where it cannot take place it stays booked
    as it is, and a coordinator gets a task. Raises LocationRefused, UnknownCounty, CountyOfAnotherState and, once the
    visit is over, StepNotAllowed.
    """
    patient = lock_patient(session, own(appointment(session, appointment_id), by).patient_id)
    visit = locked(session, appointment_id, by=by)
    if visit.state not in STANDING:
        raise not_allowed(visit)
    said = _at_home(patient, place) if place.kind == HOME else checked_place(place)
    row = _keep(session, visit, said, by=by, now=now)
    if said.county_fips is not None:
        _take_over(session, visit, patient, said=said, by=by, now=now)
    held = licences_by_physician(session, [visit.physician_id])[visit.physician_id]
    standing = standing_in(said.state, on=visit_day(visit), licences=periods(held))
    _follow(session, visit, standing, state=said.state, by=by, now=now)
    return row, standing


def _at_home(patient: Patient, place: Place) -> Place:
    return replace(place, state=patient.state, county_fips=patient.county_fips, words=None)


def _keep(session: Session, visit: Appointment, said: Place, *, by: Actor, now: datetime) -> VisitLocation:
    known = session.scalar(_SAID, {"of_visit": visit.id}) or 0
    row = VisitLocation(id=new_id(), appointment_id=visit.id, number=known + 1, visit_on=visit_day(visit), said_at=now)
    row.kind, row.state, row.county_fips, row.place = said.kind, said.state, said.county_fips, said.words
    row.said_by = _said_by(by)
    row.actor_id, row.actor_name = by.id, by.name
    session.add(row)
    session.flush()
    note(
        session,
        "appointment.location_said",
        subject_kind="appointment",
        subject_id=visit.id,
        at=now,
        patient_ids=(visit.patient_id,),
        state=said.state,
        county_fips=said.county_fips,
        said_by=row.said_by,
    )
    return row


def _said_by(by: Actor) -> str:
    if by.kind is ActorKind.PATIENT:
        return "patient"
    return "physician" if by.has(Role.PHYSICIAN) and not by.has(Role.COORDINATOR) else "staff"


def _take_over(
    session: Session, visit: Appointment, patient: Patient, *, said: Place, by: Actor, now: datetime
) -> None:
    """Let the visit be where the patient will be; times stay, the clock in which they are told changes."""
    assert said.county_fips is not None
    zone = patient.zone if said.county_fips == patient.county_fips else county(said.county_fips).zone
    if (visit.location_state, visit.location_county_fips, visit.location_zone) == (said.state, said.county_fips, zone):
        return
    is_other_clock = visit.location_zone != zone
    visit.location_state, visit.location_county_fips, visit.location_zone = said.state, said.county_fips, zone
    session.flush()
    if is_other_clock:
        texts.plan_again(session, visit, reason="patient_changed", by=by, now=now)


def _follow(session: Session, visit: Appointment, standing: Standing, *, state: str, by: Actor, now: datetime) -> None:
    key = tasks.elsewhere_key(visit.id)
    close_for(session, dedupe_key=key, by=by, now=now)
    if standing is Standing.FITS:
        return
    words = trouble_words(standing, state=state, physician=physician(session, visit.physician_id).full_name)
    open_item(
        session,
        kind=WorkKind.PATIENT_ELSEWHERE,
        dedupe_key=key,
        reason=f"{words} Call, then move the visit or cancel it.",
        subject_kind="appointment",
        subject_id=visit.id,
        patient_id=visit.patient_id,
        due_at=max(now, min(usually_due_at(WorkKind.PATIENT_ELSEWHERE, now), visit.starts_at - _BEFORE)),
        now=now,
        by=by,
    )
