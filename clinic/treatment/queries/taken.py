"""Which sessions of a course patients took and what their plan allows, for rules that compare both; dates only."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from math import ceil
from uuid import UUID

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session

from clinic.kernel.statements import among
from clinic.scheduling.models import Appointment, VisitType
from clinic.scheduling.rules.states import AppointmentState
from clinic.treatment.models import PlanPhase, TreatmentPlan, TreatmentSession
from clinic.treatment.queries.plans import IS_LIVE, plans_by_patient
from clinic.treatment.queries.protocols import rules_of_plans
from clinic.treatment.queries.sessions import SESSION
from clinic.treatment.rules.phases import Phase
from clinic.treatment.rules.protocols import Protocol
from clinic.treatment.rules.rounds import Step, phase_at
from clinic.treatment.rules.sessions import Outcome

_FOUR_WEEKS = 28

_STEPS = (
    select(PlanPhase.plan_id, PlanPhase.at, PlanPhase.to_phase)
    .where(among(PlanPhase.plan_id, "of_plans"))
    .order_by(PlanPhase.at, PlanPhase.from_phase.is_not(None))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A session that took place."""

    appointment_id: UUID
    at: datetime
    phase: Phase


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """A live plan as it is compared with what took place; `in_four_weeks` is the most that it plans."""

    plan_id: UUID
    physician_id: UUID
    phase: Phase
    least_gap: timedelta | None
    in_four_weeks: int | None
    taken: tuple[Taken, ...]


def courses_of(session: Session, patient_ids: Collection[UUID]) -> dict[UUID, Course]:
    """Return the live plan's course by patient, in as many statements for one as for many."""
    plans = plans_by_patient(session, patient_ids)
    numbers = rules_of_plans(session, list(plans.values()))
    taken = _taken(session, [plan.id for plan in plans.values()]) if plans else {}
    return {
        patient_id: Course(
            plan_id=plan.id,
            physician_id=plan.physician_id,
            phase=Phase(plan.phase),
            least_gap=_least_gap(numbers[plan.id], Phase(plan.phase)),
            in_four_weeks=_in_four_weeks(numbers[plan.id], Phase(plan.phase)),
            taken=taken.get(plan.id, ()),
        )
        for patient_id, plan in plans.items()
    }


def patients_with_plan(session: Session, *, first: UUID, last: UUID) -> list[UUID]:
    """Return the patients whose plan has not ended, of those between two ids."""
    wanted = select(TreatmentPlan.patient_id).where(IS_LIVE, TreatmentPlan.patient_id.between(first, last))
    return list(session.scalars(wanted))


def _least_gap(protocol: Protocol, phase: Phase) -> timedelta | None:
    match phase:
        case Phase.INDUCTION:
            return timedelta(hours=protocol.induction.least_gap_hours)
        case Phase.MAINTENANCE:
            return timedelta(days=protocol.maintenance.least_gap_days)
        case Phase.TAPER:
            return timedelta(days=min(protocol.taper.gaps_days, default=protocol.maintenance.least_gap_days))
        case _:
            return None


def _in_four_weeks(protocol: Protocol, phase: Phase) -> int | None:
    match phase:
        case Phase.INDUCTION:
            return protocol.induction.sessions
        case Phase.MAINTENANCE:
            return ceil(_FOUR_WEEKS / protocol.maintenance.from_days)
        case Phase.TAPER:
            return 1
        case _:
            return None


@cache
def _sessions() -> Select[UUID, UUID, datetime, str | None]:
    visit, record, plan = Appointment, TreatmentSession, TreatmentPlan
    took_place = and_(record.outcome.is_(None), visit.state == AppointmentState.COMPLETED)
    is_of_plan = or_(record.plan_id == plan.id, and_(record.plan_id.is_(None), visit.starts_at >= plan.started_at))
    return (
        select(plan.id, visit.id, visit.starts_at, record.phase)
        .select_from(plan)
        .join(visit, visit.patient_id == plan.patient_id)
        .join(VisitType, VisitType.code == visit.visit_type_code)
        .outerjoin(record, record.appointment_id == visit.id)
        .where(
            among(plan.id, "of_plans"),
            VisitType.purpose == SESSION,
            or_(record.outcome == Outcome.TAKEN, took_place),
            is_of_plan,
        )
        .order_by(visit.starts_at, visit.id)
    )


def _taken(session: Session, plan_ids: Collection[UUID]) -> dict[UUID, tuple[Taken, ...]]:
    rows = session.execute(_sessions(), {"of_plans": list(plan_ids)}).all()
    # A visit that has no record yet was in the phase of its day.
    steps = _steps(session, {row.id for row in rows if row.phase is None})
    found: defaultdict[UUID, list[Taken]] = defaultdict(list)
    for plan_id, appointment_id, at, phase in rows:
        known = Phase(phase) if phase else phase_at(steps[plan_id], at)
        found[plan_id].append(Taken(appointment_id=appointment_id, at=at, phase=known))
    return {plan_id: tuple(rows) for plan_id, rows in found.items()}


def _steps(session: Session, plan_ids: Collection[UUID]) -> dict[UUID, list[Step]]:
    if not plan_ids:
        return {}
    found: defaultdict[UUID, list[Step]] = defaultdict(list)
    for plan_id, at, phase in session.execute(_STEPS, {"of_plans": list(plan_ids)}):
        found[plan_id].append(Step(at, Phase(phase)))
    return found
