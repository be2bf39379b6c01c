"""One patient's own numbers in place of the protocol's, each beside what the protocol says."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask.typing import ResponseReturnValue
from pydantic import create_model
from sqlalchemy.orm import Session

from clinic.kernel.actor import Role
from clinic.treatment import actions, queries
from clinic.treatment.models import TreatmentPlan
from clinic.treatment.rules.reading import protocol_of
from clinic.web.frame import policy
from clinic.web.frame.forms import Note
from clinic.web.frame.requests import actor, now
from clinic.web.physician import blueprint
from clinic.web.physician.plans.editing import Part, PlanForm, save, show
from clinic.web.physician.plans.reading import Opened
from clinic.web.physician.protocols.boxes import BOXES, Value, box_name, flat, grouped, typed
from clinic.web.physician.protocols.form import WORDS, kind_of
from clinic.web.physician.protocols.sentences import sentences

OWN_BOXES = [box for box in BOXES if box.field is not None and box.field.is_adjustable]
"""The numbers that a patient may have different."""


class _Reasoned(PlanForm):
    """Numbers with the reason for them; an empty box keeps the protocol's."""

    reason: Note

    words = WORDS


_NUMBERS: dict[str, Any] = {box.name: (kind_of(box) | None, None) for box in OWN_BOXES}
NumbersForm: type[_Reasoned] = create_model("NumbersForm", __base__=_Reasoned, **_NUMBERS)
"""A patient's own numbers as typed."""


def _saved(_session: Session, found: Opened) -> Mapping[str, object]:
    return {box_name(key): typed(value) for key, value in found.plan.adjustments.items()}


def _facts(session: Session, found: Opened) -> Mapping[str, object]:
    version = queries.protocol_version(session, found.plan.protocol_version_id)
    usual = protocol_of(version.definition)
    groups = [(part, title, [box for box in boxes if box in OWN_BOXES]) for part, title, boxes in grouped()]
    return {
        "named": queries.protocol_named(session, version.id),
        "groups": [each for each in groups if each[2]],
        "usual": {box.key: box.in_words(flat(usual)[box.key]) for box in OWN_BOXES},
        "said": sentences(queries.rules_of_plan(session, found.plan)),
    }


def _adjust(session: Session, plan: TreatmentPlan, form: _Reasoned) -> str:
    own: dict[str, Value] = {box.key: value for box in OWN_BOXES if (value := getattr(form, box.name)) is not None}
    actions.change_plan(
        session, plan_id=plan.id, adjustments=own, reason=form.reason, version=form.version, by=actor(), now=now()
    )
    return (
        "Saved. Dates that are booked stay; what no longer fits is shown."
        if own
        else "The protocol\u2019s numbers hold."
    )


_LABELS = {box.name: box.label for box in OWN_BOXES}
_PART = Part(template="physician/plans/numbers.html", saved=_saved, facts=_facts, labels=_LABELS)


@blueprint.get("/physician/patients/<uuid:patient_id>/plan/numbers")
@policy.staff(Role.PHYSICIAN, audit="patient.viewed")
def ask_numbers(patient_id: UUID) -> ResponseReturnValue:
    """Show this patient's own numbers in boxes, beside the protocol's."""
    return show(_PART, patient_id)


@blueprint.post("/physician/patients/<uuid:patient_id>/plan/numbers")
@policy.staff(Role.PHYSICIAN, audit="patient.viewed")
def save_numbers(patient_id: UUID) -> ResponseReturnValue:
    """Save the numbers, or say at its box which cannot be."""
    return save(_PART, patient_id, model=NumbersForm, change=_adjust)
