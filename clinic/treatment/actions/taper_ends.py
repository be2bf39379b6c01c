"""Ending a taper because its plan goes on to something else."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.kernel.localtime import in_zone
from clinic.people.queries import patient as patient_by_id
from clinic.treatment.actions.ledger import note_plan
from clinic.treatment.models import TaperPlan, TreatmentPlan
from clinic.treatment.queries.tapers import RUNNING
from clinic.treatment.rules.phases import Phase
from clinic.treatment.rules.plans import PHASE_NAMES

STOPPED = "stopped"


def leave_taper(session: Session, plan: TreatmentPlan, phase: Phase, *, by: Actor, now: datetime) -> None:
    """Stop the taper that runs, if there is one, since the plan enters another phase; the caller holds the plan."""
    if phase is Phase.TAPER:
        return
    wanted = select(TaperPlan).where(TaperPlan.plan_id == plan.id, TaperPlan.state == RUNNING)
    taper = session.scalar(wanted.with_for_update().execution_options(populate_existing=True))
    if taper is None:
        return
    taper.state, taper.ended_on = STOPPED, in_zone(now, patient_by_id(session, plan.patient_id).zone).date()
    taper.reason = f"The plan went on to {PHASE_NAMES[phase].lower()}."
    taper.touch(by=by, now=now)
    session.flush()
    note_plan(session, plan, "taper.stopped", now=now)
