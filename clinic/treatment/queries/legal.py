"""Reading legal bases, what stands on them, and which booked visits come after their end."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, bindparam, select
from sqlalchemy.orm import Session

from clinic.kernel.localtime import in_zone
from clinic.kernel.statements import among_these
from clinic.people.models import Patient, Physician
from clinic.people.rules.counties import EASTERN
from clinic.policies.queries import number
from clinic.policies.rules import PolicyKey
from clinic.scheduling.models import Appointment, VisitType
from clinic.scheduling.rules.purposes import VisitPurpose
from clinic.scheduling.rules.states import UPCOMING
from clinic.treatment.errors import UnknownLegalBasis
from clinic.treatment.models import LegalBasis, TreatmentPlan
from clinic.treatment.queries.plans import IS_LIVE, plan, plan_of_patient
from clinic.treatment.rules.legal import (
    Basis,
    Cover,
    LegalVisit,
    Level,
    Uncovered,
    beyond,
    beyond_words,
    cover_on,
    days_left,
    ending_words,
    ends_alone,
    uncovered,
)

_Found = Row[*tuple[Any, ...]]
_BASES = (
    select(LegalBasis)
    .where(LegalBasis.removed_at.is_(None))
    .order_by(LegalBasis.level, LegalBasis.state.nulls_first(), LegalBasis.valid_from, LegalBasis.id)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AffectedVisit:
    """A booked visit that the law does not allow by telemedicine on its day, as things stand.

    `days_left` counts from today to the visit in the patient's calendar; instants are in UTC and shown in `zone`.
    """

    patient_id: UUID
    patient_name: str
    plan_id: UUID | None
    appointment_id: UUID
    starts_at: datetime
    zone: str
    state: str
    physician_name: str
    missing: Level
    uncovered_from: date | None
    days_left: int
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BasisEnd:
    """A basis that ends with nothing after it, and how many booked visits of how many patients lie past that.

    `plans` counts those that have not ended and whose patients were not examined in person by then.
    """

    basis: Basis
    ends_on: date
    days_left: int
    is_warning: bool
    visits: int
    patients: int
    plans: int
    sentence: str

    @property
    def concerns_anybody(self) -> bool:
        """Tell whether a patient has something to lose."""
        return self.plans > 0 or self.visits > 0


def legal_bases(session: Session, *, on: date | None = None) -> list[Basis]:
    """Return the bases that were not removed, federal ones first, by state and day; `on` asks for those in force."""
    found = (basis_of(row) for row in session.scalars(_BASES))
    return [basis for basis in found if on is None or basis.holds_on(on)]


def legal_basis(session: Session, basis_id: UUID) -> LegalBasis:
    """Return a basis that was not removed, or raise UnknownLegalBasis."""
    found = session.get(LegalBasis, basis_id)
    if found is None or found.removed_at is not None:
        raise unknown_basis()
    return found


def beyond_basis(session: Session, *, plan_id: UUID, visits: Sequence[LegalVisit] | None = None) -> tuple[str, ...]:
    """Return what the law lacks for these visits of a plan, in sentences; None asks for those that are booked."""
    found = plan(session, plan_id)
    if visits is None:
        visits = [_legal(row) for row in session.execute(_coming_of_patient(), {"of_patient": found.patient_id})]
    return beyond(legal_bases(session), visits, exam_on=found.in_person_exam_on)


def cover_of(session: Session, patient: Patient, *, now: datetime) -> Cover:
    """Return until when the law covers orders and releases for a patient, as of the patient's today."""
    found = plan_of_patient(session, patient.id)
    visit = LegalVisit(patient.state, in_zone(now, patient.zone).date())
    return cover_on(legal_bases(session), visit, exam_on=found.in_person_exam_on if found else None)


def affected_by_end(session: Session, *, now: datetime) -> list[AffectedVisit]:
    """Return the booked visits that lack a basis on their day, by the patient's name and then by time."""
    bases = legal_bases(session)
    coming = session.execute(_coming_after(), {"now": now})
    found = ((row, uncovered(bases, _legal(row), exam_on=row.exam_on)) for row in coming)
    affected = [_affected(row, lacking, now=now) for row, lacking in found if lacking is not None]
    return sorted(affected, key=lambda each: (each.patient_name, each.patient_id, each.starts_at))


def ends_ahead(session: Session, *, now: datetime) -> list[BasisEnd]:
    """Return the bases that end with nothing after them, the soonest first; those long over without visits too."""
    bases, affected = legal_bases(session), affected_by_end(session, now=now)
    warn = number(session, PolicyKey.LEGAL_BASIS_WARN_DAYS)
    today, plans = in_zone(now, EASTERN).date(), session.execute(_unexamined()).all()
    ends = [_end(basis, affected, plans, today=today, warn_days=warn) for basis in bases if ends_alone(bases, basis)]
    return sorted(ends, key=lambda end: (end.ends_on, end.basis.name))


def basis_of(row: LegalBasis) -> Basis:
    """Return a stored basis as the rules take it."""
    return Basis(
        id=row.id,
        name=row.name,
        level=Level(row.level),
        state=row.state,
        schedule=row.schedule,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        needs_in_person_exam=row.needs_in_person_exam,
        source=row.source,
        note=row.note,
        version=row.version,
    )


def unknown_basis() -> UnknownLegalBasis:
    """Return the refusal for a basis that is not there or not any more."""
    return UnknownLegalBasis("There is no such legal basis. It may have been removed; open the list again.")


def _end(
    basis: Basis, affected: Iterable[AffectedVisit], plans: Iterable[_Found], *, today: date, warn_days: int
) -> BasisEnd:
    ends_on = basis.valid_until
    assert ends_on is not None
    after = [each for each in affected if _is_after(each, basis)]
    patients = len({each.patient_id for each in after})
    left = days_left(basis, today)
    assert left is not None
    return BasisEnd(
        basis=basis,
        ends_on=ends_on,
        days_left=left,
        is_warning=left <= warn_days,
        visits=len(after),
        patients=patients,
        plans=sum(
            row.state == (basis.state or row.state) and (row.exam_on is None or row.exam_on > ends_on) for row in plans
        ),
        sentence=ending_words(basis, visits=len(after), patients=patients),
    )


def _is_after(visit: AffectedVisit, basis: Basis) -> bool:
    if visit.missing is not basis.level or basis.state not in {None, visit.state}:
        return False
    assert basis.valid_until is not None
    return in_zone(visit.starts_at, visit.zone).date() > basis.valid_until


@cache
def _unexamined() -> Select[*tuple[Any, ...]]:
    """Select the state of each patient with a live plan, and when they were or will be examined in person."""
    wanted = select(Patient.state, TreatmentPlan.in_person_exam_on.label("exam_on"))
    return wanted.join(TreatmentPlan, TreatmentPlan.patient_id == Patient.id).where(IS_LIVE)


def _affected(row: _Found, lacking: Uncovered, *, now: datetime) -> AffectedVisit:
    today = in_zone(now, row.location_zone).date()
    return AffectedVisit(
        patient_id=row.patient_id,
        patient_name=row.patient_name,
        plan_id=row.plan_id,
        appointment_id=row.id,
        starts_at=row.starts_at,
        zone=row.location_zone,
        state=row.location_state,
        physician_name=row.physician_name,
        missing=lacking.level,
        uncovered_from=lacking.since,
        days_left=(_legal(row).day - today).days,
        sentence=beyond_words(lacking),
    )


def _legal(row: _Found) -> LegalVisit:
    return LegalVisit(row.location_state, in_zone(row.starts_at, row.location_zone).date())


@cache
def _coming_of_patient() -> Select[*tuple[Any, ...]]:
    return _coming().where(Appointment.patient_id == bindparam("of_patient"))


@cache
def _coming_after() -> Select[*tuple[Any, ...]]:
    return _coming().where(Appointment.starts_at > bindparam("now"))


def _coming() -> Select[*tuple[Any, ...]]:
    """Select the promised visits of courses, with the live plan's exam."""
    visit = Appointment
    return (
        select(
            *(visit.id, visit.patient_id, visit.starts_at, visit.location_state, visit.location_zone),
            (Patient.legal_last_name + ", " + Patient.legal_first_name).label("patient_name"),
            *(Physician.full_name.label("physician_name"), TreatmentPlan.id.label("plan_id")),
            TreatmentPlan.in_person_exam_on.label("exam_on"),
        )
        .join(VisitType, VisitType.code == visit.visit_type_code)
        .join(Patient, Patient.id == visit.patient_id)
        .join(Physician, Physician.id == visit.physician_id)
        .outerjoin(TreatmentPlan, (TreatmentPlan.patient_id == visit.patient_id) & IS_LIVE)
        .where(VisitType.purpose == VisitPurpose.SESSION, among_these(visit.state, sorted(UPCOMING)))
        .order_by(visit.starts_at, visit.id)
    )
