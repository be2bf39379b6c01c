"""What a physician decides about a plan besides its numbers: indication, visits before it, an exam in person."""

from collections.abc import Mapping
from typing import Annotated, ClassVar
from uuid import UUID

from flask.typing import ResponseReturnValue
from pydantic import Field
from sqlalchemy.orm import Session

from clinic.kernel.actor import Role
from clinic.people import queries as people
from clinic.treatment import actions
from clinic.treatment.errors import PlanRefused
from clinic.treatment.models import TreatmentPlan
from clinic.web.frame import policy
from clinic.web.frame.forms import FormModel, IsoDate, Line, Note, WholeNumber
from clinic.web.frame.requests import actor, now
from clinic.web.physician import blueprint
from clinic.web.physician.plans.editing import Part, PlanForm, save, show
from clinic.web.physician.plans.reading import Opened
from clinic.web.physician.plans.words import INDICATIONS, OTHER

LABELS = {
    "physician_id": "Physician",
    "indication": "Indication",
    "other_indication": "In your own words",
    "prior_sessions": "Visits before this plan",
    "prior_session_on": "The last of them",
    "in_person_exam_on": "Examined in person on",
}


class Indicated(FormModel):
    """What the patient is treated for, from the list or in words."""

    indication: Line | None = None
    other_indication: Annotated[Line, Field(max_length=200)] | None = None

    words: ClassVar[dict[str, str]] = {
        "other_indication.long": "This is too long. Use at most 200 characters.",
        "prior_sessions": "Enter how many as a whole number, 0 for none.",
        "prior_session_on": "Enter the day as a date, or leave it empty.",
        "in_person_exam_on": "Enter the day as a date, or leave it empty.",
        "physician_id": "Choose a physician.",
    }

    def said(self) -> str | None:
        """Return the indication in words, or raise PlanRefused."""
        if self.indication != OTHER and self.other_indication:
            raise PlanRefused(f"Choose {OTHER} to use your own words.", field="indication")
        if self.indication == OTHER and not self.other_indication:
            raise PlanRefused("Say what the patient is treated for.", field="other_indication")
        if self.indication is not None and self.indication not in {*INDICATIONS, OTHER}:
            raise PlanRefused("Choose one of the list.", field="indication")
        return self.other_indication if self.indication == OTHER else self.indication


class DetailsForm(PlanForm, Indicated):
    """The details as typed, and why they change."""

    physician_id: UUID
    prior_sessions: WholeNumber = 0
    prior_session_on: IsoDate | None = None
    in_person_exam_on: IsoDate | None = None
    reason: Note


def indication_boxes(indication: str | None) -> dict[str, object]:
    """Return how a saved indication stands in the two boxes."""
    if not indication:
        return {}
    is_listed = indication in INDICATIONS
    return {"indication": indication if is_listed else OTHER, "other_indication": None if is_listed else indication}


def indication_choices() -> list[tuple[str, str]]:
    """Return the list to choose from."""
    return [(each, each) for each in (*INDICATIONS, OTHER)]


def physician_choices(session: Session) -> list[tuple[str, str]]:
    """Return the physicians who see patients now."""
    return [(str(each.id), each.full_name) for each in people.active_physicians(session)]


def _saved(_session: Session, found: Opened) -> Mapping[str, object]:
    plan = found.plan
    plain = {name: getattr(plan, name) for name in LABELS if "indication" not in name}
    return {**plain, **indication_boxes(plan.indication)}


def _facts(session: Session, _found: Opened) -> Mapping[str, object]:
    return {"indications": indication_choices(), "physicians": physician_choices(session)}


def _change(session: Session, plan: TreatmentPlan, form: DetailsForm) -> str:
    actions.change_plan(
        session,
        plan_id=plan.id,
        physician_id=form.physician_id,
        indication=form.said(),
        prior_sessions=form.prior_sessions,
        prior_session_on=form.prior_session_on,
        in_person_exam_on=form.in_person_exam_on,
        reason=form.reason,
        version=form.version,
        by=actor(),
        now=now(),
    )
    return "Saved."


_PART = Part(template="physician/plans/details.html", saved=_saved, facts=_facts, labels=LABELS)


@blueprint.get("/physician/patients/<uuid:patient_id>/plan/details")
@policy.staff(Role.PHYSICIAN, audit="patient.viewed")
def ask_details(patient_id: UUID) -> ResponseReturnValue:
    """Show the details in boxes."""
    return show(_PART, patient_id)


@blueprint.post("/physician/patients/<uuid:patient_id>/plan/details")
@policy.staff(Role.PHYSICIAN, audit="patient.viewed")
def save_details(patient_id: UUID) -> ResponseReturnValue:
    """Save the details with the reason."""
    return save(_PART, patient_id, model=DetailsForm, change=_change)
