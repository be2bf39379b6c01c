"""Letting a patient's check-ins rest until a day, and going on with them; somebody calls instead."""

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.kernel.localtime import in_zone
from clinic.monitoring.actions.calendars import keep_calendar
from clinic.people.queries import patient as patient_by_id
from clinic.treatment.actions.ledger import put, write_change
from clinic.treatment.actions.locking import lock_plan, require_live, require_planner
from clinic.treatment.errors import PlanRefused
from clinic.treatment.models import TreatmentPlan
from clinic.treatment.queries.caring import monitoring_facts

LONGEST = timedelta(days=60)


def pause_check_ins(
    session: Session, *, plan_id: UUID, until: date, version: int | None = None, by: Actor, now: datetime
) -> TreatmentPlan:
    """Ask a patient nothing by text up to the end of a day; what comes due meanwhile is a task for a call.

    Afterwards only the newest of each questionnaire is asked. Raises PlanRefused, PlanOver, PlanningNotAllowed, and
    ChangedMeanwhile for another `version`.
    """
    plan = lock_plan(session, plan_id, version=version)
    today = in_zone(now, patient_by_id(session, plan.patient_id).zone).date()
    if not today <= until <= today + LONGEST:
        raise PlanRefused(f"Choose a day from today on, at most {LONGEST.days} days ahead.", field="until")
    return _set(session, plan, until, by=by, now=now)


def resume_check_ins(session: Session, *, plan_id: UUID, by: Actor, now: datetime) -> TreatmentPlan:
    """End a pause now. Raises PlanOver and PlanningNotAllowed."""
    return _set(session, lock_plan(session, plan_id), None, by=by, now=now)


def _set(session: Session, plan: TreatmentPlan, until: date | None, *, by: Actor, now: datetime) -> TreatmentPlan:
    require_planner(session, by=by, patient_id=plan.patient_id, now=now)
    require_live(plan)
    before = put(plan, {"paused_until": until})
    if before:
        write_change(session, plan, before, reason=None, by=by, now=now)
        facts = monitoring_facts(session, [plan.patient_id], now=now)[plan.patient_id]
        keep_calendar(session, facts, by=by, now=now)
    return plan
