"""A plan goes from one phase to another, which its physicians decide; what has ended stays so."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.intake.queries.intakes import is_missing
from clinic.kernel.actor import Actor
from clinic.kernel.localtime import day_label, time_label
from clinic.scheduling import actions as scheduling
from clinic.scheduling.errors import StepNotAllowed
from clinic.scheduling.queries import VisitRow
from clinic.scheduling.rules.states import UPCOMING, CancelReason
from clinic.treatment.actions.assigning import let_go
from clinic.treatment.actions.closing import withdraw_open_offer
from clinic.treatment.actions.ledger import note_plan, write_phase
from clinic.treatment.actions.locking import lock_plan, require_live, require_physician
from clinic.treatment.actions.taper_ends import leave_taper
from clinic.treatment.actions.texts import tell_canceled
from clinic.treatment.actions.watching import watch_course
from clinic.treatment.errors import BothHavePlans, IntakeNotAccepted, PhaseNotPossible, VisitsRemain
from clinic.treatment.models import TreatmentPlan, TreatmentSession
from clinic.treatment.queries.plans import IS_LIVE
from clinic.treatment.queries.sessions import progress
from clinic.treatment.rules.phases import NEXT_PHASES, SESSION_PHASES, Phase, may_follow
from clinic.treatment.rules.plans import PHASE_NAMES, is_usual_next, written_reason

_NO_INTAKE = (
    "There is no accepted intake that counts. Decide about the intake first, or tick this and write why the plan "
    "begins without one."
)
_WITHOUT_SESSIONS = frozenset({Phase.AFTERCARE, Phase.ENDED})


def enter_phase(
    session: Session,
    *,
    plan_id: UUID,
    phase: Phase,
    reason: str | None,
    version: int,
    by: Actor,
    now: datetime,
    cancel_visits: bool = False,
    without_intake: bool = False,
) -> TreatmentPlan:
    """Let a plan enter a phase; only the usual next one needs no reason. Offers of dates are withdrawn.

    Where the clinic asks for an accepted intake, induction begins after evaluation only with one, or `without_intake`
    for a written reason; otherwise it raises IntakeNotAccepted.

    Aftercare and the end have no sessions: those that are booked raise VisitsRemain unless `cancel_visits`, which
    calls them off in the same transaction. Raises PhysicianDecides, PhaseNotPossible, PlanOver, ReasonTooShort and
    ChangedMeanwhile.
    """
    plan = lock_plan(session, plan_id, version=version)
    require_physician(session, by=by, patient_id=plan.patient_id, now=now)
    require_live(plan)
    _require_follows(Phase(plan.phase), phase)
    lacks_intake = _lacks_intake(session, plan, phase, now=now)
    if lacks_intake and not without_intake:
        raise IntakeNotAccepted(_NO_INTAKE, field="without_intake")
    why = written_reason(reason, is_needed=lacks_intake or not is_usual_next(Phase(plan.phase), phase))
    if phase in _WITHOUT_SESSIONS:
        _clear(session, plan, cancel_visits=cancel_visits, by=by, now=now)
    _enter(session, plan, phase, reason=why, by=by, now=now)
    return plan


def end_plan_of_patient(session: Session, *, patient_id: UUID, reason: str, by: Actor, now: datetime) -> int:
    """End the plan of a patient whose care ends and return how many there were; the caller holds the patient's lock.

    Visits are called off by the caller, too.
    """
    wanted = select(TreatmentPlan).where(TreatmentPlan.patient_id == patient_id, IS_LIVE).with_for_update()
    found = list(session.scalars(wanted.execution_options(populate_existing=True)))
    for plan in found:
        _enter(session, plan, Phase.ENDED, reason=reason, by=by, now=now)
    return len(found)


def hand_over_plans(session: Session, *, from_id: UUID, to_id: UUID, by: Actor, now: datetime) -> int:
    """Give every plan of one record to another and return how many; the caller holds both patients' locks.

    Raises BothHavePlans when each has one that has not ended.
    """
    wanted = select(TreatmentPlan).where(TreatmentPlan.patient_id.in_([from_id, to_id])).order_by(TreatmentPlan.id)
    found = list(session.scalars(wanted.with_for_update().execution_options(populate_existing=True)))
    if sum(plan.phase != Phase.ENDED for plan in found) > 1:
        raise BothHavePlans("Both records have a plan that goes on. Let a physician end one of them first.")
    moved = [plan for plan in found if plan.patient_id == from_id]
    for plan in moved:
        plan.patient_id = to_id
        plan.touch(by=by, now=now)
    session.flush()
    for plan in moved:
        note_plan(session, plan, "plan.handed_over", now=now, before=from_id, after=to_id)
    return len(moved)


def _lacks_intake(session: Session, plan: TreatmentPlan, phase: Phase, *, now: datetime) -> bool:
    is_beginning = plan.phase == Phase.EVALUATION and phase is Phase.INDUCTION
    return is_beginning and is_missing(session, plan.patient_id, now=now)


def _require_follows(old: Phase, new: Phase) -> None:
    if may_follow(old, new):
        return
    possible = ", ".join(PHASE_NAMES[each].lower() for each in NEXT_PHASES[old])
    raise PhaseNotPossible(
        f"A plan in {PHASE_NAMES[old].lower()} can only go on to: {possible}. Choose one of these.", field="phase"
    )


def _enter(
    session: Session, plan: TreatmentPlan, phase: Phase, *, reason: str | None, by: Actor, now: datetime
) -> None:
    withdraw_open_offer(session, plan, by=by, now=now)
    leave_taper(session, plan, phase, by=by, now=now)
    write_phase(session, plan, phase, reason=reason, by=by, now=now)
    if phase in SESSION_PHASES:
        _take_along(session, plan, phase, by=by, now=now)
    if phase is Phase.ENDED:
        let_go(session, plan, by=by, now=now)
    watch_course(session, plan=plan, by=by, now=now)


def _clear(session: Session, plan: TreatmentPlan, *, cancel_visits: bool, by: Actor, now: datetime) -> None:
    planned = progress(session, plan, now=now).planned
    booked = [row.visit for row in planned if row.visit.state in UPCOMING and row.starts_at > now]
    if booked and not cancel_visits:
        raise _remain(booked)
    if len(booked) == 1:
        reason = CancelReason.CLINIC_REQUEST
        scheduling.cancel(session, appointment_id=booked[0].id, reason=reason, by=by, now=now)
        return
    if [visit for visit in booked if _called_off(session, visit, by=by, now=now)]:
        tell_canceled(session, plan, by=by, now=now)


def _called_off(session: Session, visit: VisitRow, *, by: Actor, now: datetime) -> bool:
    """Call a visit off and tell whether it was still to come: a colleague may have canceled it a moment ago."""
    try:
        scheduling.cancel_with_course(session, appointment_id=visit.id, by=by, now=now)
    except StepNotAllowed:
        return False
    return True


def _remain(booked: list[VisitRow]) -> VisitsRemain:
    first = booked[0]
    day = day_label(first.starts_at, first.patient_zone, language="en")
    when = f"{day}, {time_label(first.starts_at, first.patient_zone, language='en')}"
    said = f"One visit is still booked, on {when}. Cancel it first, or tick \u201cCancel it too\u201d."
    if len(booked) > 1:
        said = (
            f"{len(booked)} visits are still booked, the next on {when}. "
            "Cancel them first, or tick \u201cCancel them too\u201d."
        )
    return VisitsRemain(said, visits=booked)


def _take_along(session: Session, plan: TreatmentPlan, phase: Phase, *, by: Actor, now: datetime) -> None:
    """Count sessions that are still to come towards the phase in which they will be."""
    planned = progress(session, plan, now=now).planned
    coming = [row.record_id for row in planned if row.record_id and row.starts_at > now and row.phase is not phase]
    for record in session.scalars(select(TreatmentSession).where(TreatmentSession.id.in_(coming))):
        record.phase = phase
        record.touch(by=by, now=now)
    session.flush()
