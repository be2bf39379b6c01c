"""Who looks after whose patients from day to day, and whom a physician sees by that."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, aliased

from clinic.kernel.db import Moment
from clinic.people.errors import CoverNotFound
from clinic.people.models import CareTeamMember, Patient, Physician, PhysicianCover
from clinic.people.queries.physicians import licences_by_physician
from clinic.people.rules import CareReason, PatientStatus
from clinic.people.rules.covers import Days, LicenceGap, licence_gaps

_absent, _colleague = aliased(Physician), aliased(Physician)


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverRow:
    """A cover with both names; its days are the absent one's own (`zone`), the instants half-open in UTC."""

    id: UUID
    version: int
    physician_id: UUID
    physician_name: str
    cover_id: UUID
    cover_name: str
    zone: str
    first_day: date
    last_day: date
    starts_at: datetime
    ends_at: datetime

    @property
    def days(self) -> Days:
        """Return first and last day."""
        return self.first_day, self.last_day

    def is_on(self, now: datetime) -> bool:
        """Tell whether it is in force."""
        return self.starts_at <= now < self.ends_at


def covers_of(session: Session, physician_id: UUID, now: datetime) -> list[CoverRow]:
    """Return covers that are not over, for this physician and by this physician, the first one first."""
    mine = or_(PhysicianCover.physician_id == physician_id, PhysicianCover.cover_id == physician_id)
    return _rows(session, _named().where(mine, PhysicianCover.ends_at > now))


def covers_between(session: Session, physician_ids: Iterable[UUID], days: Days) -> list[CoverRow]:
    """Return covers that share a day with these, for one of the physicians or by one of them."""
    ids = list(physician_ids)
    about = or_(PhysicianCover.physician_id.in_(ids), PhysicianCover.cover_id.in_(ids))
    shared = (PhysicianCover.first_day <= days[1], PhysicianCover.last_day >= days[0])
    return _rows(session, _named().where(about, *shared))


def cover(session: Session, cover_id: UUID) -> CoverRow:
    """Return a cover that was not removed, or raise CoverNotFound."""
    for row in _rows(session, _named().where(PhysicianCover.id == cover_id)):
        return row
    raise CoverNotFound("There is no such cover. It may have been taken back already.")


def covered_patients(session: Session, *, physician_id: UUID, now: datetime) -> dict[UUID, list[CoverRow]]:
    """Return the patients whom the physician sees now by covering for a colleague, with the covers that say so."""
    rows = covers_of(session, physician_id, now)
    on = {row.id: row for row in rows if row.cover_id == physician_id and row.is_on(now)}
    wanted = (
        select(PhysicianCover.id, CareTeamMember.patient_id)
        .join(CareTeamMember, CareTeamMember.physician_id == PhysicianCover.physician_id)
        .where(PhysicianCover.id.in_(list(on)), *in_force(now), *passed_on(now))
        .distinct()
    )
    found: dict[UUID, list[CoverRow]] = {}
    for cover_id, patient_id in session.execute(wanted):
        found.setdefault(patient_id, []).append(on[cover_id])
    return {one: sorted(rows, key=lambda row: (row.physician_name, row.starts_at)) for one, rows in found.items()}


def gaps_of_cover(
    session: Session, *, physician_id: UUID, colleague_id: UUID, days: Days, now: datetime
) -> list[LicenceGap]:
    """Return where and when the colleague has no license in a state of the absent physician's patients."""
    licences = licences_by_physician(session, [colleague_id])[colleague_id]
    held = [(each.state, each.valid_from, each.valid_until) for each in licences]
    patients = (
        select(Patient.state, func.count(Patient.id.distinct()))
        .join(CareTeamMember, CareTeamMember.patient_id == Patient.id)
        .where(CareTeamMember.physician_id == physician_id, Patient.status == PatientStatus.ACTIVE, *passed_on(now))
        .group_by(Patient.state)
        .order_by(Patient.state)
    )
    return licence_gaps(held, [(state, number) for state, number in session.execute(patients)], days)


def passed_on(now: Moment) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions under which a place in a care team is one that a cover takes over.

    A place that itself came from covering is not: whoever covers for a cover sees none of those patients.
    """
    return (
        CareTeamMember.starts_at <= now,
        or_(CareTeamMember.ends_at.is_(None), CareTeamMember.ends_at > now),
        CareTeamMember.reason != CareReason.COVER,
    )


def in_force(now: Moment) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of a cover in force: not taken back, within its instants, by somebody who still works."""
    works = select(Physician.id).where(Physician.id == PhysicianCover.cover_id, Physician.is_active).exists()
    return (
        PhysicianCover.removed_at.is_(None),
        PhysicianCover.starts_at <= now,
        PhysicianCover.ends_at > now,
        works,
    )


def _named() -> Select[PhysicianCover, str, str, str]:
    return (
        select(PhysicianCover, _absent.full_name, _absent.zone, _colleague.full_name)
        .join(_absent, _absent.id == PhysicianCover.physician_id)
        .join(_colleague, _colleague.id == PhysicianCover.cover_id)
        .where(PhysicianCover.removed_at.is_(None))
        .order_by(PhysicianCover.starts_at, PhysicianCover.id)
    )


def _rows(session: Session, wanted: Select[PhysicianCover, str, str, str]) -> list[CoverRow]:
    return [
        CoverRow(
            id=each.id,
            version=each.version,
            physician_id=each.physician_id,
            physician_name=absent,
            cover_id=each.cover_id,
            cover_name=colleague,
            zone=zone,
            first_day=each.first_day,
            last_day=each.last_day,
            starts_at=each.starts_at,
            ends_at=each.ends_at,
        )
        for each, absent, zone, colleague in session.execute(wanted)
    ]
