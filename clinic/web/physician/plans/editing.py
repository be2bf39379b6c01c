"""Changing one part of a plan: its form as saved, saving it, and what a colleague saved in the meantime."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic.kernel.errors import ChangedMeanwhile, Conflict, DomainError, Invalid
from clinic.treatment import queries
from clinic.treatment.models import TreatmentPlan
from clinic.web.frame.forms import FormErrors, FormModel, FormState, WholeNumber, filled, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.physician.plans.reading import Opened, own_patient, seen_plan
from clinic.web.physician.plans.words import field_words
from clinic.web.physician.protocols.boxes import box_name

_CHANGES_TOLD = 3


class PlanForm(FormModel):
    """A part of a plan as typed over the version that was shown."""

    version: WholeNumber


Form = TypeVar("Form", bound=PlanForm)
Change = Callable[[Session, TreatmentPlan, Form], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Differing:
    """One box in which the typed value is not the saved one."""

    label: str
    saved: str
    typed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Meanwhile:
    """What colleagues saved after a form was opened: who, what, and each box that differs."""

    who: str
    changes: Sequence[str]
    differing: Sequence[Differing]


def _nothing(_session: Session, _found: Opened) -> Mapping[str, object]:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of a plan with a page of its own.

    `saved` returns what stands in the boxes, `facts` what else the page shows; `labels` names the boxes that are told
    after a colleague's change.
    """

    template: str
    saved: Callable[[Session, Opened], Mapping[str, object]] = _nothing
    facts: Callable[[Session, Opened], Mapping[str, object]] = _nothing
    labels: Mapping[str, str] = field(default_factory=dict)


def show(part: Part, patient_id: UUID) -> ResponseReturnValue:
    """Show the part as it is saved."""
    return _page(part, patient_id, None)


def save(part: Part, patient_id: UUID, *, model: type[Form], change: Change[Form]) -> ResponseReturnValue:
    """Save what was typed and say so with the change's own sentence, or show the form with what is wrong."""
    form = read_form(model)
    if isinstance(form, FormErrors):
        return _page(part, patient_id, form)
    try:
        with runtime().begin(by=actor()) as session:
            own_patient(session, patient_id)
            said = change(session, queries.plan_for(session, patient_id=patient_id), form)
            is_own = queries.may_decide(session, actor=actor(), patient_id=patient_id, now=now())
    except ChangedMeanwhile as refusal:
        return _page(part, patient_id, form.refused(refusal), is_stale=True)
    except (Invalid, Conflict) as refusal:
        return _page(part, patient_id, at_its_box(form, refusal))
    flash(said)
    # Who hands a plan to a colleague may not see the patient any more.
    return see_other("physician.plan", patient_id=patient_id) if is_own else see_other("physician.patients")


def at_its_box(form: FormModel, refusal: DomainError) -> FormErrors:
    """Return the form as it was sent with the refusal at its box, if it has that one; a dotted name loses its dot."""
    name = box_name(refusal.field or "")
    refusal.field = name if name in type(form).model_fields else None
    return form.refused(refusal)


def _page(part: Part, patient_id: UUID, form: FormErrors | None, *, is_stale: bool = False) -> ResponseReturnValue:
    """Render the part; over a colleague's change with the new version, so that saving again is a decision."""
    with runtime().begin(by=actor()) as session:
        found = seen_plan(session, patient_id)
        saved = filled(part.saved(session, found))
        shown: FormState = form or saved
        page = render_template(
            part.template,
            form=shown,
            patient=found.patient,
            plan=found.plan,
            version=found.plan.version if is_stale else shown.value("version") or found.plan.version,
            meanwhile=_meanwhile(session, found, _differing(part, saved, shown)) if is_stale else None,
            **part.facts(session, found),
        )
    return page, shown.status


def _differing(part: Part, saved: FormState, typed: FormState) -> list[Differing]:
    pairs = [(label, saved.value(name), typed.value(name)) for name, label in part.labels.items()]
    return [
        Differing(label=label, saved=before or "nothing", typed=after or "nothing")
        for label, before, after in pairs
        if before != after
    ]


def _meanwhile(session: Session, found: Opened, differing: Sequence[Differing]) -> Meanwhile:
    changes = queries.changes_of(session, found.plan.id)[:_CHANGES_TOLD]
    told = [f"{change.actor_name}: {field_words(change.fields)}" for change in changes]
    return Meanwhile(who=found.plan.updated_by or "A colleague", changes=told, differing=differing)
