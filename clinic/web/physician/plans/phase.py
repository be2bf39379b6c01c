"""Moving a plan to its next phase, with the reason and with what becomes of visits that are booked."""

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic.intake.queries.intakes import is_missing
from clinic.kernel.actor import Role
from clinic.treatment import actions, queries
from clinic.treatment.models import TreatmentPlan
from clinic.treatment.rules.phases import NEXT_PHASES, SESSION_PHASES, Phase
from clinic.treatment.rules.plans import PHASE_NAMES
from clinic.web.frame import policy
from clinic.web.frame.forms import Note, Tick
from clinic.web.frame.requests import actor, now
from clinic.web.physician import blueprint
from clinic.web.physician.plans.editing import Part, PlanForm, save, show
from clinic.web.physician.plans.reading import Opened


class PhaseForm(PlanForm):
    """The phase to enter, why, and whether visits that it has no use for are canceled or an intake is done without."""

    phase: Phase
    reason: Note | None = None
    cancel_visits: Tick
    without_intake: Tick

    words: ClassVar[dict[str, str]] = {"phase": "Choose the phase that begins now."}


def _facts(session: Session, found: Opened) -> Mapping[str, object]:
    present = Phase(found.plan.phase)
    usual = NEXT_PHASES[present][:1]
    how_far = queries.progress(session, found.plan, now=now())
    return {
        "present": PHASE_NAMES[present],
        "choices": [
            (phase.value, PHASE_NAMES[phase], "The usual next one." if phase in usual else _about(phase))
            for phase in NEXT_PHASES[present]
        ],
        "asks_for_intake": present is Phase.EVALUATION and is_missing(session, found.patient.id, now=now()),
        "booked": [row for row in how_far.planned if row.starts_at > now()],
    }


def _about(phase: Phase) -> str:
    if phase is Phase.ENDED:
        return "Nothing of the plan changes any more. Care begins again with a new plan."
    return "" if phase in SESSION_PHASES else "No more dates of the course are planned."


def _enter(session: Session, plan: TreatmentPlan, form: PhaseForm) -> str:
    actions.enter_phase(
        session,
        plan_id=plan.id,
        phase=form.phase,
        reason=form.reason,
        cancel_visits=form.cancel_visits,
        without_intake=form.without_intake,
        version=form.version,
        by=actor(),
        now=now(),
    )
    return f"{PHASE_NAMES[form.phase]} began."


_PART = Part(template="physician/plans/phase.html", facts=_facts)


@blueprint.get("/physician/patients/<uuid:patient_id>/plan/phase")
@policy.staff(Role.PHYSICIAN, audit="patient.viewed")
def ask_phase(patient_id: UUID) -> ResponseReturnValue:
    """Ask which phase begins, and show the visits that are booked."""
    return show(_PART, patient_id)


@blueprint.post("/physician/patients/<uuid:patient_id>/plan/phase")
@policy.staff(Role.PHYSICIAN, audit="patient.viewed")
def enter_phase(patient_id: UUID) -> ResponseReturnValue:
    """Begin the phase, or ask what shall become of visits that it has no use for."""
    return save(_PART, patient_id, model=PhaseForm, change=_enter)
