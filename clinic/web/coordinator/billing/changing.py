"""Another plan for a membership: what it costs, line by line, before anything is changed."""

from typing import ClassVar
from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic.billing.actions.changing import change_plan
from clinic.billing.queries.changes import ChangePreview, preview_change
from clinic.billing.queries.plans import plan_of_price, plans_on_sale
from clinic.billing.queries.subscriptions import living, subscription
from clinic.billing.rules.line_words import Said, line_words
from clinic.billing.rules.money import shown
from clinic.kernel import journal
from clinic.kernel.actor import Role
from clinic.kernel.errors import ChangedMeanwhile, Conflict, Invalid, NotFound
from clinic.kernel.localtime import in_zone
from clinic.people import queries as people
from clinic.web.coordinator import blueprint
from clinic.web.coordinator.billing.reading import living_id, plan_options
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormModel, FormState, Line, WholeNumber, blank_form, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other


class ChangeForm(FormModel):
    """The plan that is wanted, and what was shown as due for it."""

    plan_code: Line
    due_cents: WholeNumber | None = None

    words: ClassVar[dict[str, str]] = {"plan_code": "Choose the plan that the patient wants."}


@blueprint.get("/patients/<uuid:patient_id>/billing/plan")
@policy.staff(Role.COORDINATOR, audit="billing.viewed")
def ask_plan(patient_id: UUID) -> ResponseReturnValue:
    """Ask which plan the patient wants."""
    return _page(patient_id, blank_form())


@blueprint.post("/patients/<uuid:patient_id>/billing/plan")
@policy.staff(Role.COORDINATOR, audit="billing.viewed")
def change_membership(patient_id: UUID) -> ResponseReturnValue:
    """Show what the plan would cost; the same plan pressed once more at the same cost changes it."""
    form = read_form(ChangeForm)
    if isinstance(form, FormErrors):
        return _page(patient_id, form)
    try:
        with runtime().begin(by=actor()) as session:
            people.patient_for(session, actor=actor(), patient_id=patient_id, now=now())
            subscription_id = living_id(session, patient_id)
            found = preview_change(session, subscription_id, plan_code=form.plan_code, now=now())
            if form.due_cents is not None:
                _require_shown(found, form.due_cents)
                change_plan(session, subscription_id, plan_code=form.plan_code, by=actor(), now=now())
    except (Invalid, Conflict, NotFound) as refusal:
        refusal.field = "plan_code" if refusal.field in {"plan", "plan_code"} else None
        return _page(patient_id, form.refused(refusal))
    if form.due_cents is None:
        return _page(patient_id, blank_form(plan_code=form.plan_code), found)
    flash(_said(found))
    return see_other("coordinator.billing", patient_id=patient_id)


def _require_shown(found: ChangePreview, due_cents: int) -> None:
    if found.due_cents != due_cents:
        raise ChangedMeanwhile(
            f"The cost is {shown(found.due_cents)} now, and {shown(due_cents)} was shown. Look at it once more."
        )


def _said(found: ChangePreview) -> str:
    if not found.is_now:
        return "The plan changes with the next period. Nothing is charged before."
    if not found.due_cents:
        return "The plan is changed."
    return f"{shown(found.due_cents)} are asked for now. The plan changes when the card has paid."


def _page(patient_id: UUID, form: FormState, found: ChangePreview | None = None) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        patient = people.patient_for(session, actor=actor(), patient_id=patient_id, now=now())
        journal.note(
            session,
            "billing.viewed",
            subject_kind="patient",
            subject_id=patient_id,
            at=now(),
            patient_ids=(patient_id,),
        )
        mine = living(session, patient_id)
        present = plan_of_price(session, mine.price_id) if mine else None
        plans = plans_on_sale(session, on=in_zone(now(), runtime().clinic.zone).date())
        page = render_template(
            "coordinator/billing/plan.html",
            patient=patient,
            contact=people.contact_of(session, patient),
            form=form,
            present=present,
            options=plan_options(each for each in plans if not present or each.code != present.code),
            found=found,
            lines=_lines(session, mine.id, found) if found and mine else [],
        )
    return page, form.status


def _lines(session: Session, subscription_id: UUID, found: ChangePreview) -> list[tuple[str, int]]:
    """Return each line of a change in words with its cents; one without a price is of the present plan."""
    present_id = subscription(session, subscription_id).price_id
    told = []
    for line in found.lines:
        sold = plan_of_price(session, line.price_id or present_id)
        told.append((line_words(line.kind, Said(sold.name, sold.name_es), line.service).en, line.amount))
    return told
