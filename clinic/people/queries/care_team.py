"""Who may see whose record; loaders that take the asking person."""

from datetime import datetime
from functools import cache
from uuid import UUID

from sqlalchemy import ColumnElement, CompoundSelect, ScalarSelect, Select, bindparam, or_, select
from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor, ActorKind, Role
from clinic.kernel.db import Moment
from clinic.people.errors import PatientNotFound
from clinic.people.models import CareTeamMember, Patient, Physician, PhysicianCover
from clinic.people.queries.covers import in_force, passed_on
from clinic.people.queries.emergency import is_open_to
from clinic.people.queries.physicians import id_of_staff
from clinic.people.queries.search import PatientRow, read_rows
from clinic.people.rules import PatientStatus

# Built once, as all that says who may see whom: nearly every action of staff asks it.
_ON_FILE = select(Patient.id).where(Patient.id == bindparam("of_patient"), Patient.status != PatientStatus.MERGED)


def may_see(session: Session, *, actor: Actor, patient_id: UUID, now: datetime) -> bool:
    """Tell whether the actor may see the patient's record now (45 CFR 164.502(b), minimum necessary).

    Coordinators see all patients, also those who left, whose telephone still rings; physicians those in whose care team
    they or somebody whom they cover for are now or which they opened in an emergency, patients themselves;
    administrators none by being administrators.
    """
    if actor.kind is ActorKind.PATIENT:
        return actor.id == patient_id
    if actor.kind is not ActorKind.STAFF or actor.id is None:
        return False
    if actor.has(Role.COORDINATOR) and _is_on_file(session, patient_id):
        return True
    if not actor.has(Role.PHYSICIAN):
        return False
    if _is_in_team(session, staff_id=actor.id, patient_id=patient_id, now=now):
        return True
    return is_open_to(session, staff_id=actor.id, patient_id=patient_id, now=now)


def patient_for(session: Session, *, actor: Actor, patient_id: UUID, now: datetime) -> Patient:
    """Return the patient if the actor may see the record, else raise PatientNotFound as for a missing one."""
    found = session.get(Patient, patient_id)
    if found is None or not may_see(session, actor=actor, patient_id=patient_id, now=now):
        raise PatientNotFound
    return found


def care_team_of(session: Session, *, patient_id: UUID, now: datetime) -> list[tuple[CareTeamMember, Physician]]:
    """Return who is in the patient's care team now, with the physician, by name."""
    rows = (
        select(CareTeamMember, Physician)
        .join(Physician, Physician.id == CareTeamMember.physician_id)
        .where(CareTeamMember.patient_id == patient_id, *_in_force(now))
        .order_by(Physician.full_name, CareTeamMember.starts_at)
    )
    return [(member, physician) for member, physician in session.execute(rows)]


def patients_of_physician(session: Session, *, physician_id: UUID, now: datetime, limit: int = 200) -> list[PatientRow]:
    """Return the patients in whose care team the physician, or somebody whom he or she covers for, is now, by name."""
    return read_rows(session, Patient.id.in_(panel_of(physician_id, now)), limit=limit)


def panel_ids(session: Session, *, physician_id: UUID, now: datetime) -> list[UUID]:
    """Return the ids of the same patients, all of them; emergency access puts nobody on a panel."""
    return list(session.scalars(panel_of(physician_id, now)))


def panel_of(physician_id: UUID | ScalarSelect[UUID], now: Moment) -> CompoundSelect[UUID]:
    """Return the same ids as a statement, to be part of another one."""
    mine = select(CareTeamMember.patient_id).where(CareTeamMember.physician_id == physician_id, *_in_force(now))
    return mine.union(_covered(now).where(PhysicianCover.cover_id == physician_id))


def _is_on_file(session: Session, patient_id: UUID) -> bool:
    return session.scalar(_ON_FILE, {"of_patient": patient_id}) is not None


def _is_in_team(session: Session, *, staff_id: UUID, patient_id: UUID, now: datetime) -> bool:
    asked = {"of_staff": staff_id, "of_patient": patient_id, "now": now}
    return session.scalar(_member(), asked) is not None or session.scalar(_covering(), asked) is not None


@cache
def _member() -> Select[UUID]:
    return (
        select(CareTeamMember.id)
        .join(Physician, Physician.id == CareTeamMember.physician_id)
        .where(Physician.staff_id == bindparam("of_staff"), CareTeamMember.patient_id == bindparam("of_patient"))
        .where(*_in_force(bindparam("now")))
        .limit(1)
    )


@cache
def _covering() -> Select[UUID]:
    covers = PhysicianCover.cover_id == id_of_staff(bindparam("of_staff"))
    return _covered(bindparam("now")).where(covers, CareTeamMember.patient_id == bindparam("of_patient")).limit(1)


def _covered(now: Moment) -> Select[UUID]:
    """Return the patients of absent physicians in covers that are in force."""
    return (
        select(CareTeamMember.patient_id)
        .join(PhysicianCover, PhysicianCover.physician_id == CareTeamMember.physician_id)
        .where(*in_force(now), *passed_on(now))
    )


def _in_force(now: Moment) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of membership: from its start on, before its end."""
    return (
        CareTeamMember.starts_at <= now,
        or_(CareTeamMember.ends_at.is_(None), CareTeamMember.ends_at > now),
    )
