"""Deciding about the next step: take it, hold it until a day, skip it; and what is done if things get worse."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, TypeVar
from uuid import UUID

from flask import flash
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic.kernel.actor import Role
from clinic.kernel.errors import Conflict, Invalid
from clinic.treatment import queries
from clinic.treatment.actions import tapers as actions
from clinic.treatment.actions.tapers import Asked
from clinic.treatment.errors import UnknownTaper
from clinic.treatment.queries.tapers import taper_of
from clinic.treatment.rules.tapers import Gate
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormModel, IsoDate, Note, WholeNumber, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.physician import blueprint
from clinic.web.physician.plans.reading import own_patient
from clinic.web.physician.taper.showing import Typed, present_gate, taper_page


class TaperForm(FormModel):
    """Something typed over the version of the taper that was shown."""

    version: WholeNumber


class TakeForm(TaperForm):
    """The step, and why in spite of its gate, if that is not open."""

    number: WholeNumber
    reason: Note | None = None


class HoldForm(TaperForm):
    """The step, until when it waits and why."""

    number: WholeNumber
    until: IsoDate
    reason: Note

    words: ClassVar[dict[str, str]] = {"until": "Choose the day to look again.", "reason": "Say in a few words why."}


class SkipForm(TaperForm):
    """The step that is left out, and why."""

    number: WholeNumber
    reason: Note

    words: ClassVar[dict[str, str]] = {"reason": "Say in a few words why."}


class RelapseForm(TaperForm):
    """What is done if things get worse."""

    relapse_plan: Note | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a change is made with: the transaction, the gate as it stands now, which taper, who and when."""

    session: Session
    gate: Gate
    asked: Asked


Form = TypeVar("Form", bound=TaperForm)
Change = Callable[[Form, Decision], str]


@blueprint.post("/my-patients/<uuid:patient_id>/taper/take")
@policy.staff(Role.PHYSICIAN, audit="patient.viewed")
def take_taper_step(patient_id: UUID) -> ResponseReturnValue:
    """Take the next step."""
    return decide(patient_id, TakeForm, _take, name="take")


@blueprint.post("/my-patients/<uuid:patient_id>/taper/hold")
@policy.staff(Role.PHYSICIAN, audit="patient.viewed")
def hold_taper_step(patient_id: UUID) -> ResponseReturnValue:
    """Hold the next step until a day."""
    return decide(patient_id, HoldForm, _hold, name="hold")


@blueprint.post("/my-patients/<uuid:patient_id>/taper/skip")
@policy.staff(Role.PHYSICIAN, audit="patient.viewed")
def skip_taper_step(patient_id: UUID) -> ResponseReturnValue:
    """Leave the next step out."""
    return decide(patient_id, SkipForm, _skip, name="skip")


@blueprint.post("/my-patients/<uuid:patient_id>/taper/relapse-plan")
@policy.staff(Role.PHYSICIAN, audit="patient.viewed")
def save_relapse_plan(patient_id: UUID) -> ResponseReturnValue:
    """Keep what is done if things get worse."""
    return decide(patient_id, RelapseForm, _relapse, name="relapse")


def decide(patient_id: UUID, model: type[Form], change: Change[Form], *, name: str) -> ResponseReturnValue:
    """Read a form of the page, do what it says and come back, or show it with what is wrong."""
    form = read_form(model)
    if isinstance(form, FormErrors):
        return taper_page(patient_id, Typed(name=name, form=form))
    try:
        with runtime().begin(by=actor()) as session:
            own_patient(session, patient_id)
            plan = queries.plan_for(session, patient_id=patient_id)
            view = taper_of(session, plan.id)
            if view is None:
                raise UnknownTaper("There is no taper. Open the page again.")
            asked = Asked(taper_id=view.taper.id, version=form.version, by=actor(), now=now())
            gate = present_gate(session, plan, view.taper)
            said = change(form, Decision(session=session, gate=gate, asked=asked))
    except (Invalid, Conflict) as refusal:
        if refusal.field not in model.model_fields:
            refusal.field = None
        return taper_page(patient_id, Typed(name=name, form=form.refused(refusal)))
    flash(said)
    return see_other("physician.taper", patient_id=patient_id)


def _take(form: TakeForm, made: Decision) -> str:
    actions.take_step(made.session, number=form.number, gate=made.gate, reason=form.reason, **made.asked)
    return f"Step {form.number} is taken. The days after it are counted from today."


def _hold(form: HoldForm, made: Decision) -> str:
    actions.hold_step(
        made.session, number=form.number, gate=made.gate, until=form.until, reason=form.reason, **made.asked
    )
    return f"Step {form.number} is on hold. The days after it moved along."


def _skip(form: SkipForm, made: Decision) -> str:
    actions.skip_step(made.session, number=form.number, gate=made.gate, reason=form.reason, **made.asked)
    return f"Step {form.number} is skipped."


def _relapse(form: RelapseForm, made: Decision) -> str:
    actions.change_relapse_plan(made.session, relapse_plan=form.relapse_plan, **made.asked)
    return "Saved."
