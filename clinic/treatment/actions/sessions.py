"""The records of sessions: made for each visit of that purpose, and what a physician knows better than the visit."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.kernel.ids import new_id
from clinic.kernel.outbox import publish
from clinic.scheduling.queries import appointment
from clinic.scheduling.queries.sessions import is_session
from clinic.scheduling.rules.states import AppointmentState
from clinic.treatment.actions.ledger import note_plan
from clinic.treatment.actions.locking import lock_plan, lock_plan_of_visit, require_physician
from clinic.treatment.actions.watching import watch_course
from clinic.treatment.errors import NoSessionVisit, OutcomeTooEarly, PlanRefused
from clinic.treatment.models import TreatmentPlan, TreatmentSession
from clinic.treatment.queries.sessions import SessionRow, progress
from clinic.treatment.rules.phases import SESSION_PHASES, Phase
from clinic.treatment.rules.plans import written_reason
from clinic.treatment.rules.sessions import Outcome

_NO_VISITS = frozenset({AppointmentState.HELD, AppointmentState.EXPIRED})
_RECORD = select(TreatmentSession).where(TreatmentSession.appointment_id == bindparam("of_visit"))
_MAKE = insert(TreatmentSession).on_conflict_do_nothing(index_elements=["appointment_id"]).returning(TreatmentSession)


def make_record(
    session: Session, *, plan: TreatmentPlan, appointment_id: UUID, by: Actor, now: datetime
) -> TreatmentSession:
    """Return the record of a session visit, made now if there is none; two who make it at once get the same.

    It belongs to the plan's present phase, or to induction while the plan is being prepared.
    """
    this = {"of_visit": appointment_id}
    known = session.scalar(_RECORD, this)
    if known is not None:
        return known
    phase = Phase(plan.phase) if plan.phase in SESSION_PHASES else Phase.INDUCTION
    stamps = {"version": 1, "created_at": now, "updated_at": now, "updated_by": by.name}
    row = {"id": new_id(), "plan_id": plan.id, "appointment_id": appointment_id, "phase": phase.value, **stamps}
    made: TreatmentSession | None = session.scalar(_MAKE, row)
    return made if made is not None else session.scalars(_RECORD, this).one()


def follow_visit(session: Session, *, appointment_id: UUID, by: Actor, now: datetime) -> TreatmentPlan | None:
    """Make the record of a session visit that was booked elsewhere, if its patient has a plan with sessions now.

    Any number of workers may do this for one visit. A visit from before the plan is none of it. Returns the live plan
    of the visit's patient, locked, or None.
    """
    plan = lock_plan_of_visit(session, appointment_id)
    visit = appointment(session, appointment_id)
    if plan is None or plan.phase not in SESSION_PHASES or visit.starts_at < plan.started_at:
        return plan
    if visit.state not in _NO_VISITS and is_session(session, visit):
        make_record(session, plan=plan, appointment_id=appointment_id, by=by, now=now)
    return plan


def record_outcome(
    session: Session,
    *,
    plan_id: UUID,
    appointment_id: UUID,
    outcome: str | None,
    reason: str | None,
    version: int,
    by: Actor,
    now: datetime,
) -> TreatmentSession:
    """Say that a session was taken or skipped against what its visit says; None lets the visit speak again.

    `version` is the plan's, which rises. Raises PhysicianDecides, NoSessionVisit, OutcomeTooEarly, ReasonTooShort,
    PlanRefused and ChangedMeanwhile.
    """
    plan = lock_plan(session, plan_id, version=version)
    require_physician(session, by=by, patient_id=plan.patient_id, now=now)
    row = _session_of(session, plan, appointment_id, now=now)
    said = _checked(row, outcome, now=now)
    why = written_reason(reason, is_needed=said is not None)
    record = make_record(session, plan=plan, appointment_id=appointment_id, by=by, now=now)
    before = record.outcome
    if before == said:
        return record
    if row.record_id is None:
        record.phase = row.phase
    record.outcome, record.outcome_at = said, None if said is None else now
    record.outcome_reason = why
    record.touch(by=by, now=now)
    plan.touch(by=by, now=now)
    session.flush()
    note_plan(session, plan, "plan.session_judged", now=now, appointment_id=appointment_id, fields=["outcome"])
    watch_course(session, plan=plan, by=by, now=now)
    publish(session, "session.judged", subject_id=plan.id, now=now)
    return record


def _session_of(session: Session, plan: TreatmentPlan, appointment_id: UUID, *, now: datetime) -> SessionRow:
    for row in progress(session, plan, now=now).sessions:
        if row.appointment_id == appointment_id:
            return row
    raise NoSessionVisit("This visit is none of this plan's. Open the plan again and choose one of its visits.")


def _checked(row: SessionRow, outcome: str | None, *, now: datetime) -> Outcome | None:
    if outcome is None:
        return None
    if outcome not in list(Outcome):
        raise PlanRefused("Choose whether it took place.", field="outcome")
    if row.starts_at > now:
        raise OutcomeTooEarly("This visit has not begun yet. Wait for it, or cancel the visit itself.")
    return Outcome(outcome)
