"""Deciding about an intake, with a fresh second factor: it is kept with everything that the page showed."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar
from uuid import UUID

from flask import flash
from flask.typing import ResponseReturnValue
from pydantic import Field

from clinic.intake.actions.deciding import Decided, decide
from clinic.intake.rules.states import AskedOf, Decision
from clinic.kernel.actor import Role
from clinic.kernel.errors import Conflict, Forbidden, Invalid
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormModel, Line, Many, Note, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.physician import blueprint
from clinic.web.physician.intake.showing import intake_page
from clinic.web.physician.plans.reading import own_patient

_SAID: Mapping[Decision, str] = {
    Decision.ACCEPT: "Accepted. A plan may begin.",
    Decision.DECLINE: "Declined. Tell the patient why, and what could help instead.",
    Decision.NEEDS_MORE: "Sent back. It comes here again when it is complete.",
}


class DecisionForm(FormModel):
    """What is decided, why, and of whom which parts are asked again; `shown` is what the page showed."""

    decision: Decision
    reason: Annotated[Note, Field(max_length=1000)]
    asked_of: AskedOf | None = None
    sections: Many[Line]
    shown: Line

    words: ClassVar[Mapping[str, Any]] = {
        "decision": "Choose what you decide.",
        "reason": "Say in a few words why, so that others understand it later.",
    }


@blueprint.get("/my-patients/<uuid:patient_id>/intake/decide")
@policy.staff(Role.PHYSICIAN, fresh_mfa=True, audit="patient.viewed")
def ask_decide_intake(patient_id: UUID) -> ResponseReturnValue:
    """Show the page to decide on, after the second factor."""
    return intake_page(patient_id, None)


@blueprint.post("/my-patients/<uuid:patient_id>/intake/decide")
@policy.staff(Role.PHYSICIAN, fresh_mfa=True, audit="patient.viewed")
def decide_intake(patient_id: UUID) -> ResponseReturnValue:
    """Keep the decision, or show the page with what is wrong or what changed meanwhile."""
    form = read_form(DecisionForm)
    if isinstance(form, FormErrors):
        return intake_page(patient_id, form)
    decided = Decided(decision=form.decision, reason=form.reason, asked_of=form.asked_of, sections=tuple(form.sections))
    try:
        with runtime().begin(by=actor()) as session:
            own_patient(session, patient_id)
            ring = runtime().link_ring
            decide(session, patient_id=patient_id, decided=decided, shown=form.shown, by=actor(), now=now(), ring=ring)
    except (Invalid, Conflict, Forbidden) as refusal:
        return intake_page(patient_id, form.refused(refusal))
    flash(_SAID[form.decision])
    return see_other("physician.intake", patient_id=patient_id)
