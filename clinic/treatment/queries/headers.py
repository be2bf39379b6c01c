"""The line about the plan at the head of every page of a patient; nothing clinical is in it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.treatment.queries.drift import facts_by_patient
from clinic.treatment.rules.drift import PlanFacts, next_step
from clinic.treatment.rules.phases import Phase
from clinic.treatment.rules.plans import phase_words, wanted_in


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanHeader:
    """Where the patient stands and what comes next, in words that everybody at the clinic may read."""

    plan_id: UUID | None
    phase: Phase | None
    phase_words: str
    next_step: str
    is_overdue: bool


def header(session: Session, patient_id: UUID, *, now: datetime) -> PlanHeader:
    """Return the phase and the next step of a patient; one without a plan has a line, too."""
    return headers(session, [patient_id], now=now)[patient_id]


def headers(session: Session, patient_ids: Collection[UUID], *, now: datetime) -> dict[UUID, PlanHeader]:
    """Return the same for many patients, by patient; as many statements as for one."""
    known = facts_by_patient(session, patient_ids, now=now)
    return {each: _line(*known[each]) if each in known else _NO_PLAN for each in patient_ids}


def _line(plan_id: UUID, facts: PlanFacts) -> PlanHeader:
    step = next_step(facts)
    return PlanHeader(
        plan_id=plan_id,
        phase=facts.phase,
        phase_words=phase_words(facts.phase, taken=facts.in_phase, wanted=wanted_in(facts.phase, facts.protocol)),
        next_step=step.words,
        is_overdue=step.is_overdue,
    )


_NO_PLAN = PlanHeader(plan_id=None, phase=None, phase_words="", next_step="No plan yet", is_overdue=False)
