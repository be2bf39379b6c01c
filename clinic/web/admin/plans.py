"""The plans that are sold: the list, one with its prices, its words, and selling it no more."""

from http import HTTPStatus
from typing import Annotated, ClassVar
from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from pydantic import Field

from clinic.billing.actions import plans as actions
from clinic.billing.models import BillingPlan
from clinic.billing.queries import plans as queries
from clinic.billing.queries.prices import changes_of, members_at
from clinic.kernel.actor import Role
from clinic.kernel.errors import Conflict, Invalid
from clinic.web.admin import blueprint
from clinic.web.admin.pharmacies import today
from clinic.web.admin.plans_words import ceilings_in_words
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormModel, FormState, Line, WholeNumber, blank_form, filled, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other

_BOXES = ("name", "name_es", "meaning", "meaning_es", "followed_by_id")


class PlanWordsForm(FormModel):
    """What patients read of a plan, as typed."""

    name: Annotated[Line, Field(max_length=40)]
    name_es: Annotated[Line, Field(max_length=40)]
    meaning: Annotated[Line, Field(max_length=160)]
    meaning_es: Annotated[Line, Field(max_length=160)]
    followed_by_id: UUID | None = None
    version: WholeNumber

    words: ClassVar[dict[str, str]] = {
        "name": "Enter the name as patients read it.",
        "name.long": "This name is too long. Use at most 40 letters.",
        "name_es": "Enter the name in Spanish.",
        "name_es.long": "This name is too long. Use at most 40 letters.",
        "meaning": "Say in a sentence whom the plan is for.",
        "meaning.long": "This is too long. Use at most 160 letters.",
        "meaning_es": "Say it in Spanish too.",
        "meaning_es.long": "This is too long. Use at most 160 letters.",
        "followed_by_id": "Choose a plan of the list, or none.",
    }

    def new(self) -> actions.PlanWords:
        """Return the words as the domain takes them."""
        return actions.PlanWords(
            name=self.name,
            name_es=self.name_es,
            meaning=self.meaning,
            meaning_es=self.meaning_es,
            followed_by_id=self.followed_by_id,
        )


class SeenPlan(FormModel):
    """The plan as it was shown."""

    version: WholeNumber


@blueprint.get("/admin/plans")
@policy.staff(Role.ADMIN)
def plans() -> str:
    """List the plans with the price of today, those that are not sold any more last."""
    with runtime().begin(by=actor()) as session:
        rows = []
        for each in queries.all_plans(session):
            prices = queries.prices_of(session, each.id)
            members = members_at(session, [price.id for price in prices])
            rows.append((each, prices[0], queries.price_on(session, each.id, on=today()), sum(members.values())))
        return render_template("admin/plans/index.html", rows=rows, today=today())


@blueprint.get("/admin/plans/<uuid:plan_id>")
@policy.staff(Role.ADMIN)
def plan(plan_id: UUID) -> ResponseReturnValue:
    """Show a plan with its prices, who pays each, and the changes that are announced."""
    return _shown(plan_id, blank_form())


@blueprint.get("/admin/plans/<uuid:plan_id>/edit")
@policy.staff(Role.ADMIN)
def edit_plan(plan_id: UUID) -> ResponseReturnValue:
    """Show what patients read of a plan, in boxes."""
    found = plan_found(plan_id)
    return _show(plan_id, filled({name: getattr(found, name) for name in _BOXES}))


@blueprint.post("/admin/plans/<uuid:plan_id>/edit")
@policy.staff(Role.ADMIN)
def save_plan(plan_id: UUID) -> ResponseReturnValue:
    """Save what patients read of a plan."""
    form = read_form(PlanWordsForm)
    if isinstance(form, FormErrors):
        return _show(plan_id, form)
    try:
        with runtime().begin(by=actor()) as session:
            actions.change_plan_words(session, plan_id, words=form.new(), version=form.version, by=actor(), now=now())
    except (Invalid, Conflict) as refusal:
        return _show(plan_id, form.refused(refusal))
    flash("Changes saved.")
    return see_other("admin.plan", plan_id=plan_id)


@blueprint.post("/admin/plans/<uuid:plan_id>/retire")
@policy.staff(Role.ADMIN)
def retire_plan(plan_id: UUID) -> ResponseReturnValue:
    """Sell the plan to nobody new; who has it keeps it."""
    form = read_form(SeenPlan)
    if isinstance(form, FormErrors):
        return _shown(plan_id, form)
    try:
        with runtime().begin(by=actor()) as session:
            actions.retire_plan(session, plan_id, version=form.version, by=actor(), now=now())
    except (Invalid, Conflict) as refusal:
        return _shown(plan_id, form.refused(refusal))
    flash("Nobody new can choose it. Who has it keeps it.")
    return see_other("admin.plan", plan_id=plan_id)


@blueprint.post("/admin/plans/<uuid:plan_id>/sell")
@policy.staff(Role.ADMIN)
def sell_plan(plan_id: UUID) -> ResponseReturnValue:
    """Sell the plan again."""
    form = read_form(SeenPlan)
    if isinstance(form, FormErrors):
        return _shown(plan_id, form)
    try:
        with runtime().begin(by=actor()) as session:
            actions.sell_plan_again(session, plan_id, version=form.version, by=actor(), now=now())
    except (Invalid, Conflict) as refusal:
        return _shown(plan_id, form.refused(refusal))
    flash("It can be chosen again.")
    return see_other("admin.plan", plan_id=plan_id)


def plan_found(plan_id: UUID) -> BillingPlan:
    """Return the plan, or raise UnknownPlan."""
    with runtime().begin(by=actor()) as session:
        return queries.plan(session, plan_id)


def _shown(plan_id: UUID, form: FormState) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        found = queries.plan(session, plan_id)
        prices, changes = queries.prices_of(session, plan_id), changes_of(session, plan_id)
        page = render_template(
            "admin/plans/plan.html",
            plan=found,
            form=form,
            prices=prices,
            members=members_at(session, [each.id for each in prices]),
            changes=[(each, queries.price(session, each.from_price_id)) for each in changes],
            announced={each.from_price_id: each.id for each in changes if each.withdrawn_at is None},
            amounts={each.id: each.amount_cents for each in prices},
            follower=queries.plan(session, found.followed_by_id) if found.followed_by_id else None,
            ceilings=ceilings_in_words(queries.entitlements_of(session, prices[0].id)),
            today=today(),
        )
    return page, form.status


def _show(plan_id: UUID, form: FormState) -> ResponseReturnValue:
    """Show the form; after a colleague's change with what is saved now, so that saving again is a decision."""
    with runtime().begin(by=actor()) as session:
        found = queries.plan(session, plan_id)
        others = [each for each in queries.all_plans(session) if each.id != plan_id and each.retired_at is None]
        page = render_template(
            "admin/plans/edit.html",
            plan=found,
            form=form,
            others=[(each.id, each.name) for each in others],
            is_changed=form.status == HTTPStatus.CONFLICT and bool(form.problems),
        )
    return page, form.status
