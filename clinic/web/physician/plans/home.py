"""Who is with the patient and where: the support person and the place, while the wished hours stay as they are."""

from collections.abc import Mapping
from typing import Annotated, ClassVar
from uuid import UUID

from flask.typing import ResponseReturnValue
from pydantic import Field
from sqlalchemy.orm import Session

from clinic.kernel.actor import Role
from clinic.kernel.phone import for_reading, to_e164
from clinic.treatment import actions
from clinic.treatment.models import TreatmentPlan
from clinic.web.frame import policy
from clinic.web.frame.forms import Line, Note, refusing
from clinic.web.frame.requests import actor, now
from clinic.web.physician import blueprint
from clinic.web.physician.plans.editing import Part, PlanForm, save, show
from clinic.web.physician.plans.reading import Opened

_LABELS = {"support_name": "Support person", "support_phone": "Phone", "place": "Place"}


class HomeForm(PlanForm):
    """The support person and the place as typed."""

    support_name: Annotated[Line, Field(max_length=120)] | None = None
    support_phone: Annotated[Line, refusing(to_e164)] | None = None
    place: Note | None = None

    words: ClassVar[dict[str, str]] = {
        "support_name.long": "This is too long. Use at most 120 characters.",
        "support_phone": "Enter a 10-digit US number, like 305 555 0123.",
    }


def _saved(_session: Session, found: Opened) -> Mapping[str, object]:
    plan = found.plan
    phone = for_reading(plan.support_phone) if plan.support_phone else None
    return {"support_name": plan.support_name, "support_phone": phone, "place": plan.place}


def _change(session: Session, plan: TreatmentPlan, form: HomeForm) -> str:
    actions.set_preferences(
        session,
        plan_id=plan.id,
        patient_hours=plan.patient_hours,
        are_patient_hours_strict=plan.are_patient_hours_strict,
        support_hours=plan.support_hours,
        support_name=form.support_name,
        support_phone=form.support_phone,
        place=form.place,
        version=form.version,
        by=actor(),
        now=now(),
    )
    return "Saved."


_PART = Part(template="physician/plans/home.html", saved=_saved, labels=_LABELS)


@blueprint.get("/physician/patients/<uuid:patient_id>/plan/home")
@policy.staff(Role.PHYSICIAN, audit="patient.viewed")
def ask_home(patient_id: UUID) -> ResponseReturnValue:
    """Show who is with the patient and where."""
    return show(_PART, patient_id)


@blueprint.post("/physician/patients/<uuid:patient_id>/plan/home")
@policy.staff(Role.PHYSICIAN, audit="patient.viewed")
def save_home(patient_id: UUID) -> ResponseReturnValue:
    """Save who is with the patient and where."""
    return save(_PART, patient_id, model=HomeForm, change=_change)
