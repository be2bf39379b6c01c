"""An invoice that nobody will pay: written off with a reason, once nothing is collected for it any more."""

from typing import Annotated, ClassVar
from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from pydantic import Field

from clinic.billing.actions.voiding import write_off
from clinic.billing.queries.invoices import can_be_lost
from clinic.billing.queries.invoices import invoice as invoice_by_id
from clinic.billing.rules.money import shown
from clinic.kernel.actor import Role
from clinic.kernel.errors import Conflict, Invalid
from clinic.people import queries as people
from clinic.web.coordinator import blueprint
from clinic.web.coordinator.billing.invoices import seen_invoice
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormModel, FormState, Line, blank_form, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other


class LossForm(FormModel):
    """Why nobody will pay."""

    reason: Annotated[Line, Field(max_length=200)]

    words: ClassVar[dict[str, str]] = {
        "reason": "Write in a few neutral words why nobody will pay it.",
        "reason.long": "Write at most 200 characters.",
    }


@blueprint.get("/invoices/<uuid:invoice_id>/write-off")
@policy.staff(Role.COORDINATOR, fresh_mfa=True, audit="invoice.viewed")
def ask_write_off(invoice_id: UUID) -> ResponseReturnValue:
    """Say what writing it off means, and ask why."""
    return _page(invoice_id, blank_form())


@blueprint.post("/invoices/<uuid:invoice_id>/write-off")
@policy.staff(Role.COORDINATOR, fresh_mfa=True, audit="invoice.viewed")
def lose_invoice(invoice_id: UUID) -> ResponseReturnValue:
    """Write an invoice off as a loss; one that is settled meanwhile or may yet be paid is left as it is."""
    form = read_form(LossForm)
    if isinstance(form, FormErrors):
        return _page(invoice_id, form)
    try:
        with runtime().begin(by=actor()) as session:
            page, _ = seen_invoice(session, invoice_id)
            write_off(session, invoice_id, reason=form.reason, by=actor(), now=now())
    except (Invalid, Conflict) as refusal:
        return _page(invoice_id, form.refused(refusal))
    flash(f"{shown(page.row.open_cents)} are written off.")
    return see_other("coordinator.invoice", invoice_id=invoice_id)


def _page(invoice_id: UUID, form: FormState) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        page, patient = seen_invoice(session, invoice_id)
        shown_page = render_template(
            "coordinator/billing/give_up.html",
            form=form,
            row=page.row,
            can_be_lost=can_be_lost(session, invoice_by_id(session, invoice_id)),
            patient=patient,
            contact=people.contact_of(session, patient),
        )
    return shown_page, form.status
