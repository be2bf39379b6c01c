"""What became of one visit of the course, where the physician knows better than the visit's own state."""

from collections.abc import Mapping
from enum import StrEnum
from functools import partial
from typing import ClassVar
from uuid import UUID

from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic.kernel.actor import Role
from clinic.treatment import actions, queries
from clinic.treatment.errors import NoSessionVisit
from clinic.treatment.models import TreatmentPlan
from clinic.treatment.queries import SessionRow
from clinic.treatment.rules.sessions import Outcome
from clinic.web.frame import policy
from clinic.web.frame.forms import Note
from clinic.web.frame.requests import actor, now
from clinic.web.physician import blueprint
from clinic.web.physician.plans.editing import Part, PlanForm, save, show
from clinic.web.physician.plans.reading import Opened


class Said(StrEnum):
    """What is written down; `visit` leaves it to the visit's own state."""

    TAKEN = "taken"
    SKIPPED = "skipped"
    VISIT = "visit"


CHOICES = [
    (Said.TAKEN, "Taken", "Counts, and the gap to the next one begins here."),
    (Said.SKIPPED, "Skipped", "Does not count."),
    (Said.VISIT, "As the visit says", "Completed counts as taken, canceled and no-show as skipped."),
]


class OutcomeForm(PlanForm):
    """The outcome and why."""

    outcome: Said
    reason: Note

    words: ClassVar[dict[str, str]] = {"outcome": "Choose what became of it."}


def _row(session: Session, plan: TreatmentPlan, appointment_id: UUID) -> SessionRow:
    for row in queries.progress(session, plan, now=now()).sessions:
        if row.appointment_id == appointment_id:
            return row
    raise NoSessionVisit("This visit is none of the plan\u2019s. Open the plan again and choose one of its visits.")


def _saved(session: Session, found: Opened, appointment_id: UUID) -> Mapping[str, object]:
    return {"outcome": _row(session, found.plan, appointment_id).outcome or Said.VISIT}


def _facts(session: Session, found: Opened, appointment_id: UUID) -> Mapping[str, object]:
    return {"row": _row(session, found.plan, appointment_id), "choices": CHOICES}


def _record(session: Session, plan: TreatmentPlan, form: OutcomeForm, *, appointment_id: UUID) -> str:
    actions.record_outcome(
        session,
        plan_id=plan.id,
        appointment_id=appointment_id,
        outcome=None if form.outcome is Said.VISIT else Outcome(form.outcome),
        reason=form.reason,
        version=form.version,
        by=actor(),
        now=now(),
    )
    return "Saved. Look at the dates that follow: a gap may have changed."


def _part(appointment_id: UUID) -> Part:
    return Part(
        template="physician/plans/outcome.html",
        saved=partial(_saved, appointment_id=appointment_id),
        facts=partial(_facts, appointment_id=appointment_id),
        labels={"outcome": "Outcome"},
    )


@blueprint.get("/physician/patients/<uuid:patient_id>/plan/visits/<uuid:appointment_id>")
@policy.staff(Role.PHYSICIAN, audit="patient.viewed")
def ask_outcome(patient_id: UUID, appointment_id: UUID) -> ResponseReturnValue:
    """Ask what became of one visit of the course."""
    return show(_part(appointment_id), patient_id)


@blueprint.post("/physician/patients/<uuid:patient_id>/plan/visits/<uuid:appointment_id>")
@policy.staff(Role.PHYSICIAN, audit="patient.viewed")
def save_outcome(patient_id: UUID, appointment_id: UUID) -> ResponseReturnValue:
    """Write down what became of it."""
    change = partial(_record, appointment_id=appointment_id)
    return save(_part(appointment_id), patient_id, model=OutcomeForm, change=change)
