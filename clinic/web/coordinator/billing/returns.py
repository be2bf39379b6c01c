"""Money of an invoice that goes back: to the card, onto the patient's credit, or off what is open; looked at first."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, ClassVar, NamedTuple
from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from pydantic import Field
from sqlalchemy.orm import Session

from clinic.billing.actions.credits import issue_credit_note
from clinic.billing.actions.locks import lock_invoice
from clinic.billing.actions.refunds import refund_invoice
from clinic.billing.errors import RefundRefused
from clinic.billing.queries.balances import creditable_cents
from clinic.billing.queries.invoice_pages import InvoicePage
from clinic.billing.rules.documents import CreditKind, InvoiceState
from clinic.billing.rules.money import cents_of, shown
from clinic.kernel.actor import Role
from clinic.kernel.errors import ChangedMeanwhile, Conflict, Invalid
from clinic.people import queries as people
from clinic.people.models import Patient
from clinic.web.coordinator import blueprint
from clinic.web.coordinator.billing.invoices import refundable_now, seen_invoice
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormModel, FormState, Line, WholeNumber, blank_form, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other


class ReturnForm(FormModel):
    """How much goes back and why; what could go back as it was shown, and the amount that was looked at already."""

    amount: Line
    reason: Annotated[Line, Field(max_length=200)]
    left_cents: WholeNumber
    seen_cents: WholeNumber | None = None

    words: ClassVar[dict[str, str]] = {
        "amount": "Write how much goes back, such as 25 or 25.50.",
        "reason": "Write in a few neutral words why.",
        "reason.long": "Write at most 200 characters.",
    }


class Wanted(NamedTuple):
    """How many cents go back, and why."""

    amount_cents: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way back: its words, the most that can go, and what is done; `said` is told afterwards."""

    endpoint: str
    title: str
    goes_to: str
    limit: Callable[[Session, InvoicePage], int]
    give: Callable[[Session, InvoicePage, Wanted], object]
    said: str


def _most_credit(session: Session, page: InvoicePage) -> int:
    return page.row.open_cents if page.row.state == InvoiceState.OPEN else creditable_cents(session, page.row.id)


def _refund(session: Session, page: InvoicePage, wanted: Wanted) -> object:
    return refund_invoice(session, page.row.id, **wanted._asdict(), by=actor(), now=now())


def _credit(session: Session, page: InvoicePage, wanted: Wanted) -> object:
    kind = CreditKind.OFFSET if page.row.state is InvoiceState.OPEN else CreditKind.CREDIT
    return issue_credit_note(session, page.row.id, kind=kind, **wanted._asdict(), by=actor(), now=now())


_REFUND = Way(
    endpoint="coordinator.refund",
    title="Refund to the card",
    goes_to="Back to the card that paid",
    limit=refundable_now,
    give=_refund,
    said="{} go back to the card. Banks take up to ten days.",
)
_OFF = Way(
    endpoint="coordinator.credit",
    title="Take something off",
    goes_to="Off what is open",
    limit=_most_credit,
    give=_credit,
    said="{} are not asked for any more.",
)
_ON_BALANCE = Way(
    endpoint="coordinator.credit",
    title="Credit for the next invoice",
    goes_to="On the patient\u2019s credit, which the next invoice uses",
    limit=_most_credit,
    give=_credit,
    said="{} are on the patient\u2019s credit. The next invoice uses it.",
)


@blueprint.get("/invoices/<uuid:invoice_id>/refund")
@policy.staff(Role.COORDINATOR, fresh_mfa=True, audit="invoice.viewed")
def ask_refund(invoice_id: UUID) -> ResponseReturnValue:
    """Ask how much goes back to the card, and say how much can."""
    return _page(invoice_id, lambda _: _REFUND, blank_form())


@blueprint.post("/invoices/<uuid:invoice_id>/refund")
@policy.staff(Role.COORDINATOR, fresh_mfa=True, audit="invoice.viewed")
def refund(invoice_id: UUID) -> ResponseReturnValue:
    """Show what would go back; the same amount pressed once more sends it."""
    return _given(invoice_id, lambda _: _REFUND)


@blueprint.get("/invoices/<uuid:invoice_id>/credit")
@policy.staff(Role.COORDINATOR, fresh_mfa=True, audit="invoice.viewed")
def ask_credit(invoice_id: UUID) -> ResponseReturnValue:
    """Ask how much is taken off, or put on the patient's credit."""
    return _page(invoice_id, _credit_way, blank_form())


@blueprint.post("/invoices/<uuid:invoice_id>/credit")
@policy.staff(Role.COORDINATOR, fresh_mfa=True, audit="invoice.viewed")
def credit(invoice_id: UUID) -> ResponseReturnValue:
    """Show what it would change; the same amount pressed once more writes it."""
    return _given(invoice_id, _credit_way)


def _credit_way(page: InvoicePage) -> Way:
    return _OFF if page.row.state == InvoiceState.OPEN else _ON_BALANCE


def _given(invoice_id: UUID, way_of: Callable[[InvoicePage], Way]) -> ResponseReturnValue:
    form = read_form(ReturnForm)
    if isinstance(form, FormErrors):
        return _page(invoice_id, way_of, form)
    try:
        with runtime().begin(by=actor()) as session:
            lock_invoice(session, invoice_id)
            page, _ = seen_invoice(session, invoice_id)
            way = way_of(page)
            cents = _amount(form, limit=way.limit(session, page))
            is_seen = form.seen_cents == cents
            if is_seen:
                way.give(session, page, Wanted(cents, form.reason))
    except (Invalid, Conflict) as refusal:
        if refusal.field not in {"amount", "reason"}:
            refusal.field = None
        return _page(invoice_id, way_of, form.refused(refusal))
    if not is_seen:
        return _page(invoice_id, way_of, blank_form(amount=form.amount, reason=form.reason), seen_cents=cents)
    flash(way.said.format(shown(cents)))
    return see_other("coordinator.invoice", invoice_id=invoice_id)


def _amount(form: ReturnForm, *, limit: int) -> int:
    """Return the cents that were typed; what could go back must be what the page showed, so that nothing goes twice."""
    if form.left_cents != limit:
        raise ChangedMeanwhile(
            f"Something of this invoice changed since the page was shown: {shown(limit)} can go back now. "
            "Look at it as it is, then press again if it is still needed."
        )
    cents = cents_of(form.amount, field="amount", least=1)
    if cents > limit:
        raise RefundRefused(
            f"At most {shown(limit)} of this invoice can go back; {shown(cents)} is more. Write a smaller amount.",
            field="amount",
        )
    return cents


def _page(
    invoice_id: UUID, way_of: Callable[[InvoicePage], Way], form: FormState, *, seen_cents: int | None = None
) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        page, patient = seen_invoice(session, invoice_id)
        way = way_of(page)
        shown_page = render_template(
            "coordinator/billing/return.html",
            form=form,
            seen_cents=seen_cents,
            way=way,
            limit=way.limit(session, page),
            invoice=page,
            **_about(session, patient),
        )
    return shown_page, form.status


def _about(session: Session, patient: Patient) -> dict[str, object]:
    return {"patient": patient, "contact": people.contact_of(session, patient)}
