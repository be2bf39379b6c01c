"""Which plans have drifted from their dates: every live plan judged from its visits in a handful of statements."""

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, Row, Select, cast, func, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from clinic.kernel.statements import among_these
from clinic.people.models import Patient, Physician
from clinic.policies.queries import numbers_of
from clinic.policies.rules import PolicyKey
from clinic.scheduling.models import Appointment, VisitType
from clinic.scheduling.queries.visits import LATE_END
from clinic.scheduling.rules.states import OCCUPYING, AppointmentState
from clinic.treatment.models import PlanPhase, TreatmentPlan, TreatmentSession
from clinic.treatment.queries.impossible import impossible_visits
from clinic.treatment.queries.plans import ALL_LIVE, Which, live_of, this_plan
from clinic.treatment.queries.protocols import numbers_of_versions
from clinic.treatment.queries.sessions import SESSION
from clinic.treatment.rules.adjustments import adjusted
from clinic.treatment.rules.drift import DriftStatus, Finding, PlanFacts, findings, worst_first
from clinic.treatment.rules.drift.broken import Course, Entry, broken_dates
from clinic.treatment.rules.drift.reviews import Restart, restart_of
from clinic.treatment.rules.hours import hours_of
from clinic.treatment.rules.phases import SESSION_PHASES, Phase
from clinic.treatment.rules.planning import Anchor, Standing, anchor
from clinic.treatment.rules.protocols import Protocol
from clinic.treatment.rules.rounds import Step, phase_at, present_round, round_of
from clinic.treatment.rules.sessions import SessionState, state_of

_PROMISED = OCCUPYING - {AppointmentState.HELD}
_Found = Row[*tuple[Any, ...]]


class _Visit(NamedTuple):
    """A visit of a patient, its end in epoch seconds, and whether it counts for the plan's course as a session."""

    starts_at: datetime
    ends_at: int
    state: str
    purpose: str
    phase: str | None
    outcome: str | None
    is_of_plan: bool


class _History(NamedTuple):
    """A patient's visits by what they are for the course, each in time order."""

    taken: list[_Visit]
    planned: list[_Visit]
    others: list[_Visit]


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftRow:
    """A line of the board: the worst that is true of a plan's dates, and all else that is.

    Days are the patient's, instants are in UTC and shown in `zone`. Nothing clinical is in it.
    """

    plan_id: UUID
    patient_id: UUID
    patient_name: str
    zone: str
    phase: Phase
    physician_id: UUID
    physician_name: str
    last_taken_at: datetime | None
    next_booked_at: datetime | None
    window_from: date | None
    window_until: date | None
    due_on: date | None
    status: DriftStatus
    sentence: str
    findings: tuple[Finding, ...]
    restart: Restart | None


def drift_board(session: Session, *, now: datetime) -> list[DriftRow]:
    """Return every plan that has not ended, the worst first, then what is due first, then by the patient's name."""
    plans = _plans(session, ALL_LIVE)
    facts = _facts(session, plans, ALL_LIVE, now=now)
    rows = (_row(plan, facts[plan.id]) for plan in plans)
    return sorted(rows, key=lambda row: (*worst_first(row.findings[0]), row.patient_name, row.plan_id))


def drift_row(session: Session, plan: TreatmentPlan, *, now: datetime) -> DriftRow:
    """Return the line of one plan."""
    this = this_plan(plan.id)
    [found] = _plans(session, this)
    return _row(found, _facts(session, [found], this, now=now)[plan.id])


def facts_of(session: Session, plan: TreatmentPlan, *, now: datetime) -> PlanFacts:
    """Return what the rules of drift look at for one plan."""
    this = this_plan(plan.id)
    return _facts(session, _plans(session, this), this, now=now)[plan.id]


def facts_by_patient(
    session: Session, patient_ids: Collection[UUID], *, now: datetime
) -> dict[UUID, tuple[UUID, PlanFacts]]:
    """Return the live plan's id and the same for these patients, by patient; as many statements for one as for many."""
    which = live_of(patient_ids)
    plans = _plans(session, which)
    facts = _facts(session, plans, which, now=now) if plans else {}
    return {plan.patient_id: (plan.id, facts[plan.id]) for plan in plans}


def _row(plan: _Found, facts: PlanFacts) -> DriftRow:
    found = findings(facts)
    return DriftRow(
        plan_id=plan.id,
        patient_id=plan.patient_id,
        patient_name=plan.patient_name,
        zone=plan.zone,
        phase=facts.phase,
        physician_id=plan.physician_id,
        physician_name=plan.physician_name,
        last_taken_at=facts.last_at,
        next_booked_at=next(iter(facts.planned), None),
        window_from=found[0].window_from,
        window_until=found[0].window_until,
        due_on=found[0].due_on,
        status=found[0].status,
        sentence=found[0].sentence,
        findings=found,
        restart=restart_of(facts),
    )


def _plans(session: Session, which: Which) -> Sequence[_Found]:
    return session.execute(_wanted_plans(which.condition), which.values).all()


@cache
def _wanted_plans(which: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    plan = TreatmentPlan
    return (
        select(
            *(plan.id, plan.patient_id, plan.physician_id, plan.phase, plan.phase_since, plan.started_at),
            *(plan.protocol_version_id, plan.adjustments, plan.prior_session_on, plan.support_hours, Patient.zone),
            (Patient.legal_last_name + ", " + Patient.legal_first_name).label("patient_name"),
            *(Physician.full_name.label("physician_name"), Physician.is_active),
        )
        .join(Patient, Patient.id == plan.patient_id)
        .join(Physician, Physician.id == plan.physician_id)
        .where(which)
    )


def _facts(session: Session, plans: Sequence[_Found], which: Which, *, now: datetime) -> dict[UUID, PlanFacts]:
    leads = numbers_of(session, [PolicyKey.NEXT_DATES_LEAD_DAYS, PolicyKey.REVIEW_LEAD_DAYS])
    numbers, steps, visits = _numbers(session, plans), _steps(session, which), _visits(session, which)
    impossible = _impossible(session, which, now=now)
    known = {}
    for plan in plans:
        history = _sorted(visits[plan.id])
        facts = PlanFacts(
            phase=Phase(plan.phase),
            phase_since=plan.phase_since,
            started_at=plan.started_at,
            protocol=numbers[plan.id],
            zone=plan.zone,
            now=now,
            prior_session_on=plan.prior_session_on,
            is_physician_active=plan.is_active,
            lead_days=leads[PolicyKey.NEXT_DATES_LEAD_DAYS],
            review_lead_days=leads[PolicyKey.REVIEW_LEAD_DAYS],
            **_told(history, Phase(plan.phase), numbers[plan.id], steps=steps[plan.id], now=now),
        )
        known[plan.id] = replace(facts, problems=_problems(plan, facts, history, impossible=impossible[plan.id]))
    return known


def _sorted(visits: Iterable[_Visit]) -> _History:
    """Return the visits by what they are for the course; those of other courses are left out."""
    history = _History([], [], [])
    by_state = {SessionState.TAKEN: history.taken, SessionState.PLANNED: history.planned}
    for each in visits:
        if each.purpose != SESSION:
            history.others.append(each)
        elif each.is_of_plan:
            by_state.get(state_of(each.state, each.outcome), []).append(each)
    return history


def _told(
    history: _History, phase: Phase, protocol: Protocol, *, steps: Sequence[Step], now: datetime
) -> dict[str, Any]:
    """Return what took place and what is booked, as the facts call it."""
    taken, booked, others = history
    forgotten = (now - LATE_END).timestamp()
    present = _of_present_round(steps, phase, taken)
    over = [each.starts_at for each in booked if each.ends_at <= forgotten]
    is_complete = len(present) >= protocol.induction.sessions
    return {
        "taken": tuple(each.starts_at for each in taken),
        "in_phase": len(present),
        "first_in_phase_at": present[0].starts_at if present else None,
        "planned": tuple(each.starts_at for each in booked if each.ends_at > forgotten),
        "unsettled_at": over[-1] if over else None,
        "induction_ended_at": _induction_ended(phase, steps, taken, is_complete=is_complete),
        "reviews_done": tuple(each.starts_at for each in others if each.state == AppointmentState.COMPLETED),
        "reviews_booked": tuple(
            each.starts_at for each in others if each.state in _PROMISED and each.ends_at > now.timestamp()
        ),
    }


def _impossible(session: Session, which: Which, *, now: datetime) -> dict[UUID, dict[Hashable, str]]:
    """Return by plan which visits cannot take place, by their beginning, of which a patient has one at a time."""
    found: defaultdict[UUID, dict[Hashable, str]] = defaultdict(dict)
    for each in impossible_visits(session, which, now=now):
        found[each.plan_id][each.starts_at] = each.sentence
    return found


def _problems(
    plan: _Found, facts: PlanFacts, history: _History, *, impossible: Mapping[Hashable, str]
) -> tuple[str, ...]:
    """Return a sentence for each booked date that no longer fits."""
    begun = [each for each in history.planned if _has_begun(each, facts.now)]
    coming = [each for each in history.planned if not _has_begun(each, facts.now)]
    if not coming or facts.phase not in SESSION_PHASES:
        return ()
    course = Course(
        protocol=facts.protocol,
        phase=facts.phase,
        zone=facts.zone,
        support_hours=hours_of(plan.support_hours, field="support_hours"),
        standing=_standing(facts, history.taken, begun),
    )
    entries = [Entry(each.starts_at, each.starts_at, datetime.fromtimestamp(each.ends_at, UTC)) for each in coming]
    return tuple(one.sentence for one in broken_dates(course, entries, impossible=impossible))


def _has_begun(visit: _Visit, now: datetime) -> bool:
    return visit.starts_at <= now or visit.state == AppointmentState.IN_PROGRESS


def _standing(facts: PlanFacts, taken: Iterable[_Visit], begun: Iterable[_Visit]) -> Standing:
    prior = int(facts.prior_at.timestamp()) if facts.prior_at else None
    return Standing(
        today=facts.today.toordinal(),
        taken=(
            *([anchor(prior, prior, zone=facts.zone)] if prior else ()),
            *(_anchor(each, facts.zone) for each in taken),
        ),
        in_phase=facts.in_phase,
        kept=tuple(_anchor(each, facts.zone) for each in begun),
        reviews=tuple(sorted(facts.day(at).toordinal() for at in (*facts.reviews_done, *facts.reviews_booked))),
        started=facts.day(facts.started_at).toordinal(),
        induction_ended=facts.day(facts.induction_ended_at).toordinal() if facts.induction_ended_at else None,
    )


def _anchor(visit: _Visit, zone: str) -> Anchor:
    return anchor(int(visit.starts_at.timestamp()), visit.ends_at, zone=zone)


def _phase_of(steps: Sequence[Step], visit: _Visit) -> str:
    return visit.phase or phase_at(steps, visit.starts_at)


def _of_present_round(steps: Sequence[Step], phase: Phase, taken: Iterable[_Visit]) -> list[_Visit]:
    this = present_round(steps, phase)
    of_phase = (each for each in taken if _phase_of(steps, each) == phase)
    return [each for each in of_phase if round_of(steps, phase, each.starts_at) == this]


def _induction_ended(
    phase: Phase, steps: Sequence[Step], taken: Sequence[_Visit], *, is_complete: bool
) -> datetime | None:
    """Return the last visit of an induction that was left, or is complete and goes on being called so."""
    if phase is Phase.INDUCTION and not is_complete:
        return None
    of_induction = (each.starts_at for each in reversed(taken) if _phase_of(steps, each) == Phase.INDUCTION)
    return next(of_induction, None)


def _numbers(session: Session, plans: Sequence[_Found]) -> dict[UUID, Protocol]:
    """Return the numbers of each plan; plans of one version without changes of their own share them."""
    known = numbers_of_versions(session, {plan.protocol_version_id for plan in plans})
    return {
        plan.id: adjusted(known[plan.protocol_version_id], plan.adjustments)
        if plan.adjustments
        else known[plan.protocol_version_id]
        for plan in plans
    }


def _steps(session: Session, which: Which) -> dict[UUID, list[Step]]:
    found: defaultdict[UUID, list[Step]] = defaultdict(list)
    for plan_id, at, phase in session.execute(_wanted_steps(which.condition), which.values):
        found[plan_id].append(Step(at, Phase(phase)))
    return found


@cache
def _wanted_steps(which: ColumnElement[bool]) -> Select[UUID, datetime, str]:
    wanted = select(PlanPhase.plan_id, PlanPhase.at, PlanPhase.to_phase).join(TreatmentPlan).where(which)
    return wanted.order_by(PlanPhase.at, PlanPhase.from_phase.is_not(None))


def _visits(session: Session, which: Which) -> dict[UUID, list[_Visit]]:
    """Return by plan what its patient had and will have, in time order; what was called off is left out."""
    found: defaultdict[UUID, list[_Visit]] = defaultdict(list)
    for plan_id, starts, *rest in session.execute(_wanted_visits(which.condition), which.values):
        instants = [datetime.fromtimestamp(start, UTC) for start in starts]
        found[plan_id] = [_Visit._make(known) for known in zip(instants, *rest, strict=True)]
    return found


@cache
def _wanted_visits(which: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """Select one row a plan with lists in it: a row a visit takes five times as long to read."""
    visit, record, plan = Appointment, TreatmentSession, TreatmentPlan
    return (
        select(
            plan.id,
            *(_listed(each) for each in (_epoch(visit.starts_at), _epoch(visit.ends_at), visit.state)),
            *(_listed(each) for each in (VisitType.purpose, record.phase, record.outcome)),
            _listed(func.coalesce(record.plan_id == plan.id, visit.starts_at >= plan.started_at)),
        )
        .select_from(plan)
        .join(visit, visit.patient_id == plan.patient_id)
        .join(VisitType, VisitType.code == visit.visit_type_code)
        .outerjoin(record, record.appointment_id == visit.id)
        .where(
            which,
            or_(
                among_these(visit.state, [*sorted(_PROMISED), AppointmentState.COMPLETED]), record.outcome.is_not(None)
            ),
        )
        .group_by(plan.id)
    )


def _epoch(column: ColumnElement[Any] | Any) -> ColumnElement[int]:  # noqa: ANN401 - a mapped column
    return cast(func.extract("epoch", column), BigInteger)


def _listed(column: ColumnElement[Any] | Any) -> ColumnElement[Any]:  # noqa: ANN401 - a mapped column
    return func.array_agg(aggregate_order_by(column, Appointment.starts_at, Appointment.id))
