"""How far a plan is: every session with its visit, what was taken, what is planned, when the physician saw the patient.

The truth about when is the visit's own row, so sessions are read from all visits of that purpose, not from records.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, bindparam, or_, select
from sqlalchemy.orm import Session

from clinic.kernel.localtime import edge_instant
from clinic.kernel.statements import among
from clinic.people.queries import patients_by_id
from clinic.scheduling.models import Appointment, VisitType
from clinic.scheduling.queries import VisitRow
from clinic.scheduling.queries.visits import rows_of
from clinic.scheduling.rules.states import UPCOMING, AppointmentState
from clinic.treatment.models import PlanPhase, TreatmentPlan, TreatmentSession
from clinic.treatment.rules.phases import Phase
from clinic.treatment.rules.rounds import Step, phase_at, present_round, round_of
from clinic.treatment.rules.sessions import SessionState, state_of

SESSION = "session"
_LATEST = time(23, 59)
_STEPS = (
    select(PlanPhase.plan_id, PlanPhase.at, PlanPhase.to_phase)
    .where(among(PlanPhase.plan_id, "of_plans"))
    .order_by(PlanPhase.at, PlanPhase.from_phase.is_not(None))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRow:
    """One session of a plan with its visit; `record_id` is its own record, if there is one yet.

    `number` counts what was taken and what is planned within a phase; a skipped one has the number it would have had.
    A fixed one stays where it is: it has begun, took place or did not.
    """

    number: int
    phase: Phase
    appointment_id: UUID
    record_id: UUID | None
    state: SessionState
    starts_at: datetime
    ends_at: datetime
    physician_id: UUID
    physician_name: str
    visit: VisitRow
    is_fixed: bool
    outcome: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a plan is.

    `count_taken` and `last_taken_at` know of sessions before the plan; the day of such a one counts to its last minute.
    `taken_in_phase` is this plan's own, since it entered its present phase. Reviews are the physician's other visits.
    """

    phase: Phase
    sessions: tuple[SessionRow, ...]
    last_taken_at: datetime | None
    count_taken: int
    taken_in_phase: int
    planned_in_phase: int
    reviews_done: tuple[datetime, ...]
    review_visits: tuple[VisitRow, ...]
    next_visit: VisitRow | None

    @property
    def taken(self) -> tuple[SessionRow, ...]:
        """Return what took place, in time order."""
        return tuple(row for row in self.sessions if row.state is SessionState.TAKEN)

    @property
    def planned(self) -> tuple[SessionRow, ...]:
        """Return what is booked; a past one is still here until somebody says what became of it."""
        return tuple(row for row in self.sessions if row.state is SessionState.PLANNED)

    @property
    def reviews_booked(self) -> tuple[datetime, ...]:
        """Return when the physician's other visits are booked."""
        return tuple(row.starts_at for row in self.review_visits)


@dataclass(frozen=True, slots=True)
class _Known:
    """What a visit is for, and its session's record."""

    purpose: str
    record_id: UUID | None
    plan_id: UUID | None
    phase: str | None
    outcome: str | None


class _Visit(NamedTuple):
    """A visit of a patient with what treatment knows of it."""

    row: VisitRow
    known: _Known


def progress(session: Session, plan: TreatmentPlan, *, now: datetime) -> Progress:
    """Return how far one plan is."""
    return progress_of(session, [plan], now=now)[plan.id]


def progress_of(session: Session, plans: Collection[TreatmentPlan], *, now: datetime) -> dict[UUID, Progress]:
    """Return how far each of these plans is, by plan; as many statements for one as for many."""
    steps = _steps(session, [plan.id for plan in plans])
    visits = _visits(session, {plan.patient_id for plan in plans}, now=now)
    prior = _prior(session, [plan for plan in plans if plan.prior_session_on is not None])
    return {
        plan.id: _progress(plan, steps[plan.id], visits[plan.patient_id], now=now, prior=prior.get(plan.id))
        for plan in plans
    }


def _progress(
    plan: TreatmentPlan, steps: Sequence[Step], visits: Sequence[_Visit], *, now: datetime, prior: datetime | None
) -> Progress:
    sessions = tuple(_numbered(steps, [each for each in visits if _belongs(plan, each)], now=now))
    taken = [row for row in sessions if row.state is SessionState.TAKEN]
    others = [each.row for each in visits if each.known.purpose != SESSION]
    current = [row for row in sessions if _is_current(steps, row, Phase(plan.phase))]
    coming = [each.row for each in visits if each.row.state in UPCOMING and each.row.starts_at > now]
    return Progress(
        phase=Phase(plan.phase),
        sessions=sessions,
        last_taken_at=max(filter(None, [prior, *(row.starts_at for row in taken)]), default=None),
        count_taken=plan.prior_sessions + len(taken),
        taken_in_phase=sum(row.state is SessionState.TAKEN for row in current),
        planned_in_phase=sum(row.state is SessionState.PLANNED for row in current),
        reviews_done=tuple(row.starts_at for row in others if row.state is AppointmentState.COMPLETED),
        review_visits=tuple(row for row in others if row.state in UPCOMING and row.starts_at > now),
        next_visit=next(iter(coming), None),
    )


def _belongs(plan: TreatmentPlan, visit: _Visit) -> bool:
    """Tell whether a session visit is this plan's: by its record, else by when it is."""
    if visit.known.purpose != SESSION:
        return False
    if visit.known.plan_id is not None:
        return visit.known.plan_id == plan.id
    is_before_end = plan.phase != Phase.ENDED or visit.row.starts_at < plan.phase_since
    return visit.row.starts_at >= plan.started_at and is_before_end


def _is_current(steps: Sequence[Step], row: SessionRow, phase: Phase) -> bool:
    return row.phase is phase and round_of(steps, phase, row.starts_at) == present_round(steps, phase)


def _numbered(steps: Sequence[Step], visits: Iterable[_Visit], *, now: datetime) -> Iterable[SessionRow]:
    counted: defaultdict[tuple[Phase, int], int] = defaultdict(int)
    for each in visits:
        row = each.row
        state = state_of(row.state, each.known.outcome)
        phase = Phase(each.known.phase) if each.known.phase else phase_at(steps, row.starts_at)
        turn = (phase, round_of(steps, phase, row.starts_at))
        counted[turn] += state is not SessionState.SKIPPED
        yield SessionRow(
            number=counted[turn] + (state is SessionState.SKIPPED),
            phase=phase,
            appointment_id=row.id,
            record_id=each.known.record_id,
            state=state,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            physician_id=row.physician_id,
            physician_name=row.physician_name,
            visit=row,
            is_fixed=state is not SessionState.PLANNED or row.starts_at <= now or row.state == "in_progress",
            outcome=each.known.outcome,
        )


def _prior(session: Session, plans: Collection[TreatmentPlan]) -> dict[UUID, datetime]:
    """Return the last minute of the day of the last session before each of these plans, by plan."""
    patients = patients_by_id(session, {plan.patient_id for plan in plans}) if plans else {}
    return {
        plan.id: edge_instant(plan.prior_session_on, _LATEST, patients[plan.patient_id].zone)
        for plan in plans
        if plan.prior_session_on is not None
    }


def _steps(session: Session, plan_ids: Collection[UUID]) -> dict[UUID, list[Step]]:
    """Return the phases of each plan in order."""
    found: dict[UUID, list[Step]] = {plan_id: [] for plan_id in plan_ids}
    for plan_id, at, phase in session.execute(_STEPS, {"of_plans": list(plan_ids)}):
        found[plan_id].append(Step(at, Phase(phase)))
    return found


def _visits(session: Session, patient_ids: Collection[UUID], *, now: datetime) -> dict[UUID, list[_Visit]]:
    """Return the visits and live holds of each patient in time order."""
    known = _known(session, patient_ids, now=now)
    found: dict[UUID, list[_Visit]] = {patient_id: [] for patient_id in patient_ids}
    for row in rows_of(session, known.keys()):
        found[row.patient_id].append(_Visit(row, known[row.id]))
    return found


def _known(session: Session, patient_ids: Collection[UUID], *, now: datetime) -> dict[UUID, _Known]:
    rows = session.execute(_wanted(), {"of_patients": list(patient_ids), "now": now})
    return {
        found.id: _Known(found.purpose, found.record_id, found.plan_id, found.phase, found.outcome) for found in rows
    }


@cache
def _wanted() -> Select[*tuple[Any, ...]]:
    record = TreatmentSession
    return (
        select(
            *(Appointment.id, VisitType.purpose),
            *(record.id.label("record_id"), record.plan_id, record.phase, record.outcome),
        )
        .join(VisitType, VisitType.code == Appointment.visit_type_code)
        .outerjoin(record, record.appointment_id == Appointment.id)
        .where(
            among(Appointment.patient_id, "of_patients"),
            Appointment.state != AppointmentState.EXPIRED,
            or_(Appointment.state != AppointmentState.HELD, Appointment.hold_expires_at > bindparam("now")),
        )
    )
