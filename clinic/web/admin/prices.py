"""A plan's next price: typed, looked at with who pays what, and set."""

from enum import StrEnum
from typing import Annotated, ClassVar
from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from pydantic import Field

from clinic.billing.actions import prices as actions
from clinic.billing.queries import plans as queries
from clinic.billing.queries.prices import members_at
from clinic.billing.rules.entitlements import Entitlement
from clinic.billing.rules.money import cents_of, shown
from clinic.billing.rules.prices import LEAST_CENTS, MOST_CEILING
from clinic.kernel.actor import Role
from clinic.kernel.errors import Conflict, Invalid
from clinic.web.admin import blueprint
from clinic.web.admin.pharmacies import today
from clinic.web.admin.plans_words import CEILINGS, ceilings_changed
from clinic.web.frame import policy
from clinic.web.frame.display import day_text
from clinic.web.frame.forms import FormErrors, FormModel, FormState, IsoDate, Line, WholeNumber, filled, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other

Ceiling = Annotated[WholeNumber, Field(ge=0, le=MOST_CEILING)]
_NO_NUMBER = f"Enter a whole number from 0 to {MOST_CEILING}, or nothing for no limit."


class Step(StrEnum):
    """What the pressed button asks for."""

    LOOK = "look"
    SAVE = "save"
    BACK = "back"


class PriceForm(FormModel):
    """The next version of a price as typed; `based_on` is the version that the boxes came from."""

    amount: Annotated[Line, Field(max_length=20)]
    valid_from_on: IsoDate
    sessions: Ceiling | None = None
    shipments: Ceiling | None = None
    units_on_hand: Ceiling | None = None
    physician_visit_days: Ceiling | None = None
    reply_business_days: Ceiling | None = None
    group_sessions: Ceiling | None = None
    integration_sessions: Ceiling | None = None
    based_on: UUID
    step: Step

    words: ClassVar[dict[str, str]] = {
        "amount": "Enter the price of a month in dollars, such as 250 or 250.50.",
        "valid_from_on": "Enter the first day of the new price.",
        **{key.value: _NO_NUMBER for key in Entitlement},
        **{f"{key.value}.range": _NO_NUMBER for key in Entitlement},
    }

    def new(self) -> actions.NewPrice:
        """Return the price as the domain takes it, or raise AmountRefused."""
        return actions.NewPrice(
            cents=cents_of(self.amount, field="amount", least=LEAST_CENTS),
            valid_from_on=self.valid_from_on,
            entitlements={key: getattr(self, key.value) for key in Entitlement},
        )

    def boxes(self) -> dict[str, object]:
        """Return what was typed, without the button that was pressed."""
        typed = {"amount": self.amount, "valid_from_on": self.valid_from_on, "based_on": self.based_on}
        return {**typed, **{key.value: getattr(self, key.value) for key in Entitlement}}


@blueprint.get("/admin/plans/<uuid:plan_id>/price")
@policy.staff(Role.ADMIN)
def new_price(plan_id: UUID) -> ResponseReturnValue:
    """Ask what the plan is to cost, in the boxes of the newest price."""
    with runtime().begin(by=actor()) as session:
        queries.plan(session, plan_id)
        newest = queries.prices_of(session, plan_id)[0]
        ceilings = queries.entitlements_of(session, newest.id)
    boxes = {key.value: most for key, most in ceilings.items()}
    amount = shown(newest.amount_cents).removeprefix("$")
    return _show(plan_id, filled({"amount": amount, "valid_from_on": today(), "based_on": newest.id, **boxes}))


@blueprint.post("/admin/plans/<uuid:plan_id>/price")
@policy.staff(Role.ADMIN)
def set_price(plan_id: UUID) -> ResponseReturnValue:
    """Show what a price changes and for whom, or set it."""
    form = read_form(PriceForm)
    if isinstance(form, FormErrors):
        return _show(plan_id, form)
    if form.step is Step.BACK:
        return _show(plan_id, filled(form.boxes()))
    try:
        return _look(plan_id, form) if form.step is Step.LOOK else _save(plan_id, form)
    except (Invalid, Conflict) as refusal:
        return _show(plan_id, form.refused(refusal))


def _look(plan_id: UUID, form: PriceForm) -> ResponseReturnValue:
    """Show what is different and who keeps the price; whatever would refuse it later does so here."""
    new = form.new()
    with runtime().begin(by=actor()) as session:
        found = queries.plan(session, plan_id)
        prices = queries.prices_of(session, plan_id)
        newest = prices[0]
        actions.require_new(session, newest, new=new, today=today())
        return render_template(
            "admin/plans/price_preview.html",
            plan=found,
            newest=newest,
            new=new,
            members=sum(members_at(session, [each.id for each in prices]).values()),
            changes=ceilings_changed(queries.entitlements_of(session, newest.id), new.entitlements),
            fields=[(box, filled(form.boxes()).value(box)) for box in form.boxes()],
        )


def _save(plan_id: UUID, form: PriceForm) -> ResponseReturnValue:
    new = form.new()
    with runtime().begin(by=actor()) as session:
        actions.new_price(session, plan_id, new=new, based_on=form.based_on, today=today(), by=actor(), now=now())
    flash(f"{shown(new.cents)} a month from {day_text(new.valid_from_on)} on, for new members.")
    return see_other("admin.plan", plan_id=plan_id)


def _show(plan_id: UUID, form: FormState) -> ResponseReturnValue:
    """Show the form beside the price that is newest now; a colleague's price is the one that it counts from next."""
    with runtime().begin(by=actor()) as session:
        found = queries.plan(session, plan_id)
        page = render_template(
            "admin/plans/price.html",
            plan=found,
            newest=queries.prices_of(session, plan_id)[0],
            form=form,
            ceilings=list(CEILINGS.items()),
            earliest=today(),
        )
    return page, form.status
