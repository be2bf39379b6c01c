"""What the patient and the support person asked for: hours, a person to be there, a place; and another physician."""

from typing import Annotated, Any, ClassVar
from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from pydantic import Field
from sqlalchemy.orm import Session

from clinic.kernel.actor import Role
from clinic.kernel.errors import ChangedMeanwhile, DomainError
from clinic.kernel.phone import for_reading, to_e164
from clinic.people import queries as people
from clinic.treatment import actions, queries
from clinic.treatment.models import TreatmentPlan
from clinic.web.coordinator import blueprint
from clinic.web.coordinator.courses.hour_boxes import DAY_WORDS, HourBoxes, boxes_of, rows_shown, typed_hours
from clinic.web.coordinator.courses.planner import no_plan_yet, patient_seen
from clinic.web.frame import policy
from clinic.web.frame.forms import (
    FormErrors,
    FormModel,
    FormState,
    Line,
    Note,
    Tick,
    WholeNumber,
    blank_form,
    filled,
    read_form,
    refusing,
    with_prefix,
)
from clinic.web.frame.requests import actor, now, runtime, see_other

_LEAST_REASON = 5
_SHOWN_AT = {"patient_hours": "patient_day_1", "support_hours": "support_day_1"}


class WishesForm(HourBoxes):
    """Everything that the planner heeds and a coordinator may write down."""

    are_patient_hours_strict: Tick
    support_name: Annotated[Line, Field(max_length=120)] | None = None
    support_phone: Annotated[Line, refusing(to_e164)] | None = None
    place: Annotated[Note, Field(max_length=1000)] | None = None
    version: WholeNumber

    words: ClassVar[dict[str, str]] = {"place.long": "Use at most 1,000 characters."}


class PhysicianForm(FormModel):
    """Who leads the plan from now on, and why."""

    physician: UUID
    reason: Annotated[Line, Field(min_length=_LEAST_REASON)]
    version: WholeNumber

    words: ClassVar[dict[str, str]] = {
        "physician": "Choose the physician.",
        "reason": f"Write why, in at least {_LEAST_REASON} letters. No medical details.",
    }


@blueprint.get("/patients/<uuid:patient_id>/course/wishes")
@policy.staff(Role.COORDINATOR, audit="course.viewed")
def ask_course_wishes(patient_id: UUID) -> ResponseReturnValue:
    """Show what is written down."""
    return no_plan_yet(patient_id) or _page(patient_id)


@blueprint.post("/patients/<uuid:patient_id>/course/wishes")
@policy.staff(Role.COORDINATOR, audit="course.viewed")
def save_course_wishes(patient_id: UUID) -> ResponseReturnValue:
    """Save it; visits that are booked stay where they are."""
    form = read_form(WishesForm)
    if isinstance(form, FormErrors):
        return _page(patient_id, form)
    try:
        with runtime().begin(by=actor()) as session:
            plan = _plan(session, patient_id)
            actions.set_preferences(session, plan_id=plan.id, **_typed(form), by=actor(), now=now())
    except DomainError as refusal:
        refusal.field = _SHOWN_AT.get(refusal.field or "", refusal.field)
        return _page(patient_id, form.refused(refusal), is_stale=isinstance(refusal, ChangedMeanwhile))
    flash("Saved. Visits that are booked stay; the next proposal heeds this.")
    return see_other("coordinator.course", patient_id=patient_id)


@blueprint.post("/patients/<uuid:patient_id>/course/physician")
@policy.staff(Role.COORDINATOR, audit="course.viewed")
def change_course_physician(patient_id: UUID) -> ResponseReturnValue:
    """Give the plan to another physician."""
    form = read_form(PhysicianForm)
    if isinstance(form, FormErrors):
        return _page(patient_id, lead=form)
    try:
        with runtime().begin(by=actor()) as session:
            actions.change_physician(
                session,
                plan_id=_plan(session, patient_id).id,
                physician_id=form.physician,
                reason=form.reason,
                version=form.version,
                by=actor(),
                now=now(),
            )
    except DomainError as refusal:
        return _page(patient_id, lead=form.refused(refusal))
    flash("Saved. Visits that are booked stay with the physician they are booked with.")
    return see_other("coordinator.course", patient_id=patient_id)


def _plan(session: Session, patient_id: UUID) -> TreatmentPlan:
    """Return the plan of a patient whom the actor may see, or raise NoPlan."""
    people.patient_for(session, actor=actor(), patient_id=patient_id, now=now())
    return queries.plan_for(session, patient_id=patient_id)


def _typed(form: WishesForm) -> dict[str, Any]:
    return {
        "patient_hours": typed_hours(form, "patient"),
        "support_hours": typed_hours(form, "support"),
        "are_patient_hours_strict": form.are_patient_hours_strict,
        "support_name": form.support_name,
        "support_phone": form.support_phone,
        "place": form.place,
        "version": form.version,
    }


def _page(
    patient_id: UUID, form: FormState | None = None, *, lead: FormState | None = None, is_stale: bool = False
) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        patient = patient_seen(session, patient_id)
        plan = queries.plan_for(session, patient_id=patient_id)
        shown = form or _saved(plan)
        page = render_template(
            "coordinator/courses/wishes.html",
            patient=patient,
            contact=people.contact_of(session, patient),
            form=shown,
            lead=with_prefix(lead or blank_form(), "lead"),
            version=plan.version if is_stale else shown.value("version"),
            plan=plan,
            days=[(one.value, words) for one, words in DAY_WORDS.items()],
            rows={who: rows_shown(shown.values, who) for who in ("patient", "support")},
            physicians=[(str(one.id), one.full_name) for one in people.active_physicians(session)],
        )
    return page, (form or lead or shown).status


def _saved(plan: TreatmentPlan) -> FormState:
    return filled(
        {
            **boxes_of(plan.patient_hours, "patient"),
            **boxes_of(plan.support_hours, "support"),
            "are_patient_hours_strict": plan.are_patient_hours_strict,
            "support_name": plan.support_name,
            "support_phone": for_reading(plan.support_phone) if plan.support_phone else None,
            "place": plan.place,
            "version": plan.version,
        }
    )
