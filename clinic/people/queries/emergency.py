"""Records opened in an emergency: which are open now, which wait for a review, and whom it concerns."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, or_, select
from sqlalchemy.orm import Session

from clinic.kernel.db import Instant, Moment
from clinic.people.errors import UnknownEmergencyAccess
from clinic.people.models import CareTeamMember, EmergencyAccess, Patient, Physician
from clinic.people.rules.emergency import REVIEW_WITHIN, is_overdue

_MOST_REVIEWED = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class EmergencyRow:
    """An access with the record's number and the physician's name; `reviewer` is empty until it was reviewed."""

    id: UUID
    version: int
    patient_id: UUID
    patient_name: str
    record_number: str
    zone: str
    staff_id: UUID
    physician_name: str
    reason: str
    starts_at: datetime
    ends_at: datetime
    ended_at: datetime | None
    reviewed_at: datetime | None
    reviewer: str
    is_justified: bool | None
    review_note: str

    @property
    def stopped_at(self) -> datetime:
        """Return when it ended or will end."""
        return min(self.ended_at or self.ends_at, self.ends_at)

    def is_open(self, now: datetime) -> bool:
        """Tell whether the record is open by it."""
        return self.starts_at <= now < self.stopped_at

    def is_overdue(self, now: datetime) -> bool:
        """Tell whether its review has taken too long."""
        return self.reviewed_at is None and is_overdue(self.starts_at, now)


def is_open_to(session: Session, *, staff_id: UUID, patient_id: UUID, now: datetime) -> bool:
    """Tell whether this member of staff has the record open in an emergency."""
    asked = {"of_staff": staff_id, "of_patient": patient_id, "now": now}
    return session.scalar(_open_to(), asked) is not None


@cache
def _open_to() -> Select[UUID]:
    return (
        select(EmergencyAccess.id)
        .where(EmergencyAccess.staff_id == bindparam("of_staff"), EmergencyAccess.patient_id == bindparam("of_patient"))
        .where(*_open(bindparam("now")))
        .limit(1)
    )


def running_of(session: Session, *, staff_id: UUID, now: datetime) -> list[EmergencyRow]:
    """Return what this member of staff has open in an emergency, the one that ends first on top."""
    return _rows(session, _running(), {"staff": staff_id, "now": now})


def emergency_access(session: Session, access_id: UUID) -> EmergencyRow:
    """Return one access, or raise UnknownEmergencyAccess."""
    for row in _rows(session, _named().where(EmergencyAccess.id == access_id)):
        return row
    raise UnknownEmergencyAccess("There is no such access. Open the list again.")


def waiting_for_review(session: Session) -> list[EmergencyRow]:
    """Return every access that nobody has reviewed, the oldest first."""
    wanted = _named().where(EmergencyAccess.reviewed_at.is_(None))
    return _rows(session, wanted.order_by(EmergencyAccess.starts_at, EmergencyAccess.id))


def reviewed(session: Session, *, limit: int = _MOST_REVIEWED) -> list[EmergencyRow]:
    """Return the accesses that were reviewed, the newest first."""
    wanted = _named().where(EmergencyAccess.reviewed_at.is_not(None))
    return _rows(session, wanted.order_by(EmergencyAccess.starts_at.desc(), EmergencyAccess.id).limit(limit))


def told_to_team(session: Session, *, physician_id: UUID, now: datetime) -> list[EmergencyRow]:
    """Return what colleagues opened of this physician's patients in the last days, the newest first."""
    mine = select(CareTeamMember.patient_id).where(
        CareTeamMember.physician_id == physician_id,
        CareTeamMember.starts_at <= now,
        or_(CareTeamMember.ends_at.is_(None), CareTeamMember.ends_at > now),
    )
    wanted = _named().where(
        EmergencyAccess.patient_id.in_(mine),
        EmergencyAccess.physician_id != physician_id,
        EmergencyAccess.starts_at > now - REVIEW_WITHIN,
    )
    return _rows(session, wanted.order_by(EmergencyAccess.starts_at.desc(), EmergencyAccess.id))


@cache
def _running() -> Select[EmergencyAccess, Patient, str]:
    """Return what every page of a physician asks, built once."""
    wanted = _named().where(EmergencyAccess.staff_id == bindparam("staff"), *_open(bindparam("now", type_=Instant())))
    return wanted.order_by(EmergencyAccess.ends_at, EmergencyAccess.id)


def _open(now: Moment) -> tuple[ColumnElement[bool], ...]:
    return (EmergencyAccess.starts_at <= now, EmergencyAccess.ends_at > now, EmergencyAccess.ended_at.is_(None))


def _named() -> Select[EmergencyAccess, Patient, str]:
    return (
        select(EmergencyAccess, Patient, Physician.full_name)
        .join(Patient, Patient.id == EmergencyAccess.patient_id)
        .join(Physician, Physician.id == EmergencyAccess.physician_id)
    )


def _rows(
    session: Session, wanted: Select[EmergencyAccess, Patient, str], given: Mapping[str, object] | None = None
) -> list[EmergencyRow]:
    return [
        EmergencyRow(
            id=found.id,
            version=found.version,
            patient_id=found.patient_id,
            patient_name=f"{patient.legal_first_name} {patient.legal_last_name}",
            record_number=patient.record_number,
            zone=patient.zone,
            staff_id=found.staff_id,
            physician_name=physician,
            reason=found.reason or "",
            starts_at=found.starts_at,
            ends_at=found.ends_at,
            ended_at=found.ended_at,
            reviewed_at=found.reviewed_at,
            reviewer=found.updated_by if found.reviewed_at else "",
            is_justified=found.is_justified,
            review_note=found.review_note or "",
        )
        for found, patient, physician in session.execute(wanted, given)
    ]
