"""Whether texts may tell the patient to drink."""

from collections.abc import Mapping
from typing import ClassVar, Literal
from uuid import UUID

from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic.kernel.actor import Role
from clinic.treatment import actions
from clinic.treatment.models import TreatmentPlan
from clinic.web.frame import policy
from clinic.web.frame.forms import Note
from clinic.web.frame.requests import actor, now
from clinic.web.physician import blueprint
from clinic.web.physician.plans.editing import Part, PlanForm, save, show
from clinic.web.physician.plans.reading import Opened

CHOICES = (("no", "No restriction"), ("yes", "Fluid restriction"))


class FluidsForm(PlanForm):
    """The choice and why it changes."""

    restricted: Literal["yes", "no"]
    reason: Note

    words: ClassVar[dict[str, str]] = {
        "restricted": "Choose one of the two.",
        "reason": "Say in a few words why, so that others understand it later.",
    }


def _saved(_session: Session, found: Opened) -> Mapping[str, object]:
    return {"restricted": "yes" if found.patient.is_fluid_restricted else "no"}


def _facts(_session: Session, _found: Opened) -> Mapping[str, object]:
    return {"choices": CHOICES}


def _change(session: Session, plan: TreatmentPlan, form: FluidsForm) -> str:
    actions.restrict_fluids(
        session,
        plan_id=plan.id,
        is_restricted=form.restricted == "yes",
        reason=form.reason,
        version=form.version,
        by=actor(),
        now=now(),
    )
    return "Saved. Texts that wait follow it."


_PART = Part(
    template="physician/plans/fluids.html", saved=_saved, facts=_facts, labels={"restricted": "Fluid restriction"}
)


@blueprint.get("/physician/patients/<uuid:patient_id>/plan/fluids")
@policy.staff(Role.PHYSICIAN, audit="patient.viewed")
def ask_fluids(patient_id: UUID) -> ResponseReturnValue:
    """Show whether texts may tell the patient to drink."""
    return show(_PART, patient_id)


@blueprint.post("/physician/patients/<uuid:patient_id>/plan/fluids")
@policy.staff(Role.PHYSICIAN, audit="patient.viewed")
def save_fluids(patient_id: UUID) -> ResponseReturnValue:
    """Save the decision with the reason."""
    return save(_PART, patient_id, model=FluidsForm, change=_change)
