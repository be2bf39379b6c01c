"""Beginning a taper: the gaps as the physician types them, and words for each step."""

from typing import Annotated, ClassVar
from uuid import UUID

from flask import flash
from flask.typing import ResponseReturnValue
from pydantic import Field

from clinic.kernel.actor import Role
from clinic.kernel.errors import Conflict, Invalid
from clinic.treatment import queries
from clinic.treatment.actions import tapers as actions
from clinic.treatment.rules.tapers import gaps_of
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormModel, Line, Note, WholeNumber, read_form, refusing
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.physician import blueprint
from clinic.web.physician.plans.reading import own_patient
from clinic.web.physician.taper.showing import Typed, taper_page


class StartForm(FormModel):
    """Gaps in days, the physician's words for the steps, why now, and what is done if things get worse."""

    gaps: Annotated[Line, Field(max_length=100), refusing(gaps_of)]
    directions: Note | None = None
    relapse_plan: Note | None = None
    reason: Note
    version: WholeNumber

    words: ClassVar[dict[str, str]] = {
        "gaps": "Write the gaps in days, like 30, 45, 60, 90.",
        "reason": "Say in a few words why.",
    }


@blueprint.post("/my-patients/<uuid:patient_id>/taper")
@policy.staff(Role.PHYSICIAN, audit="patient.viewed")
def start_taper(patient_id: UUID) -> ResponseReturnValue:
    """Begin the taper; the plan enters that phase."""
    form = read_form(StartForm)
    if isinstance(form, FormErrors):
        return taper_page(patient_id, Typed(name="start", form=form))
    try:
        with runtime().begin(by=actor()) as session:
            own_patient(session, patient_id)
            actions.start_taper(
                session,
                plan_id=queries.plan_for(session, patient_id=patient_id).id,
                gaps_days=_numbers(form.gaps),
                directions=[line for line in (form.directions or "").split("\n") if line.strip()],
                relapse_plan=form.relapse_plan,
                reason=form.reason,
                version=form.version,
                by=actor(),
                now=now(),
            )
    except (Invalid, Conflict) as refusal:
        refusal.field = {"words": "directions", "taper.gaps_days": "gaps"}.get(refusal.field or "", refusal.field)
        if refusal.field not in StartForm.model_fields:
            refusal.field = None
        return taper_page(patient_id, Typed(name="start", form=form.refused(refusal)))
    flash("The taper began. Look at the dates that are booked: the gaps are this patient\u2019s own now.")
    return see_other("physician.taper", patient_id=patient_id)


def _numbers(gaps: object) -> tuple[int, ...]:
    """Return the gaps, which the form has read already."""
    assert isinstance(gaps, tuple)
    return gaps
