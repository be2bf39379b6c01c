"""Discounts with a code: the list, a new one, and giving one to nobody new."""

from enum import StrEnum
from http import HTTPStatus
from typing import Annotated, ClassVar
from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from pydantic import Field

from clinic.billing.actions import discounts as actions
from clinic.billing.errors import DiscountRefused
from clinic.billing.queries import discounts as queries
from clinic.billing.rules.money import cents_of
from clinic.kernel.actor import Role
from clinic.kernel.errors import Conflict, Invalid
from clinic.web.admin import blueprint
from clinic.web.admin.pharmacies import today
from clinic.web.admin.plans_words import limit_in_words, rebate_in_words
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormModel, FormState, IsoDate, Line, WholeNumber, blank_form, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other

_BASIS_POINTS = 100


class Kind(StrEnum):
    """What a discount is counted in."""

    PERCENT = "percent"
    AMOUNT = "amount"


class DiscountForm(FormModel):
    """A discount as typed."""

    code: Annotated[Line, Field(max_length=20)]
    name: Annotated[Line, Field(max_length=60)]
    kind: Kind
    percent: WholeNumber | None = None
    amount: Annotated[Line, Field(max_length=20)] | None = None
    periods: WholeNumber | None = None
    most_redemptions: WholeNumber | None = None
    valid_from_on: IsoDate
    valid_until_on: IsoDate | None = None

    words: ClassVar[dict[str, str]] = {
        "code": "Enter 3 to 20 letters and numbers, such as SPRING25.",
        "code.long": "Enter 3 to 20 letters and numbers, such as SPRING25.",
        "name": "Enter what stands on the invoice.",
        "name.long": "This is too long. Use at most 60 letters.",
        "kind": "Choose a share or an amount.",
        "percent": "Enter a whole number from 1 to 100.",
        "amount": "Enter an amount in dollars, such as 50 or 12.50.",
        "periods": "Enter a whole number of months, or nothing.",
        "most_redemptions": "Enter a whole number, or nothing.",
        "valid_from_on": "Enter the first day on which it can be given.",
        "valid_until_on": "Enter the last day, or nothing.",
    }

    def new(self) -> actions.NewDiscount:
        """Return the discount as the domain takes it; raises AmountRefused and DiscountRefused at a box."""
        return actions.NewDiscount(
            code=self.code,
            name=self.name,
            basis_points=self._share(),
            amount_cents=self._cents(),
            periods=self.periods,
            most_redemptions=self.most_redemptions,
            valid_from_on=self.valid_from_on,
            valid_until_on=self.valid_until_on,
        )

    def _share(self) -> int | None:
        if self.kind is not Kind.PERCENT:
            return None
        if self.percent is None:
            raise DiscountRefused(self.words["percent"], field="percent")
        return self.percent * _BASIS_POINTS

    def _cents(self) -> int | None:
        return cents_of(self.amount or "", field="amount", least=1) if self.kind is Kind.AMOUNT else None


class SeenDiscount(FormModel):
    """The discount as it was shown."""

    version: WholeNumber


@blueprint.get("/admin/discounts")
@policy.staff(Role.ADMIN)
def discounts() -> ResponseReturnValue:
    """List the discounts that have a code."""
    return _list(blank_form())


@blueprint.get("/admin/discounts/new")
@policy.staff(Role.ADMIN)
def new_discount() -> ResponseReturnValue:
    """Ask what the discount gives."""
    return _show(blank_form(kind=Kind.PERCENT, valid_from_on=today()))


@blueprint.post("/admin/discounts/new")
@policy.staff(Role.ADMIN)
def add_discount() -> ResponseReturnValue:
    """Make the discount; coordinators give it by its code."""
    form = read_form(DiscountForm)
    if isinstance(form, FormErrors):
        return _show(form)
    try:
        with runtime().begin(by=actor()) as session:
            code = actions.new_discount(session, new=form.new(), by=actor(), now=now()).code
    except (Invalid, Conflict) as refusal:
        return _show(form.refused(refusal))
    flash(f"{code} can be given.")
    return see_other("admin.discounts")


@blueprint.post("/admin/discounts/<uuid:discount_id>/end")
@policy.staff(Role.ADMIN)
def end_discount(discount_id: UUID) -> ResponseReturnValue:
    """Give it to nobody new after today."""
    form = read_form(SeenDiscount)
    if isinstance(form, FormErrors):
        return _list(form)
    try:
        with runtime().begin(by=actor()) as session:
            actions.end_discount(session, discount_id, today=today(), version=form.version, by=actor(), now=now())
    except (Invalid, Conflict) as refusal:
        return _list(form.refused(refusal))
    flash("Nobody new gets it after today. Who has it keeps it.")
    return see_other("admin.discounts")


def _list(form: FormState) -> ResponseReturnValue:
    on = today()
    with runtime().begin(by=actor()) as session:
        rows = [
            (row, rebate_in_words(queries.rebate_of(row)), limit_in_words(row, given))
            for row, given in queries.codes(session)
        ]
        page = render_template("admin/discounts/index.html", rows=rows, today=on, form=form)
    return page, form.status if form.has_errors else HTTPStatus.OK


def _show(form: FormState) -> ResponseReturnValue:
    kinds = [(Kind.PERCENT.value, "A share of the price"), (Kind.AMOUNT.value, "An amount in dollars")]
    return render_template("admin/discounts/new.html", form=form, kinds=kinds), form.status
