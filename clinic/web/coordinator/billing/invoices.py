"""One invoice as the desk sees it, its file, and two things that help when it is open: another try, and a link."""

from collections.abc import Callable
from datetime import date
from typing import NamedTuple
from uuid import UUID

from flask import Response, flash, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic.billing.actions.telling import send_link
from clinic.billing.jobs.charging import pay_now
from clinic.billing.queries.balances import creditable_cents
from clinic.billing.queries.invoice_pages import InvoicePage, invoice_page
from clinic.billing.queries.invoices import can_be_lost
from clinic.billing.queries.invoices import invoice as invoice_by_id
from clinic.billing.queries.payments import card_seen, refundable_cents
from clinic.billing.rules.line_words import days_text
from clinic.billing.rules.payments import UNDER_WAY, PaymentState, decline
from clinic.kernel import journal
from clinic.kernel.actor import Role
from clinic.kernel.errors import Conflict, Invalid
from clinic.kernel.localtime import in_zone
from clinic.people import queries as people
from clinic.people.models import Patient
from clinic.web.coordinator import blueprint
from clinic.web.coordinator.billing.words import (
    CREDIT_KINDS,
    INVOICE_KINDS,
    INVOICE_LOOKS,
    PAYMENT_LOOKS,
    REFUND_LOOKS,
)
from clinic.web.documents.invoice_pdf import invoice_file_name, invoice_pdf
from clinic.web.frame import policy
from clinic.web.frame.forms import NoFields, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.frame.telling import told

LOOKS = {
    "invoice": INVOICE_LOOKS,
    "payment": PAYMENT_LOOKS,
    "refund": REFUND_LOOKS,
    "kind": INVOICE_KINDS,
    "credit": CREDIT_KINDS,
}
_AFTER_TRY = {
    PaymentState.SUCCEEDED: ("The card has paid.", "message"),
    PaymentState.REQUIRES_ACTION: ("The bank wants a step from the patient. Send the link.", "error"),
}
_UNDECIDED = "The bank has not decided yet. We ask again by ourselves; nothing is charged twice.", "message"


class Pressed(NamedTuple):
    """What a button did: the invoice to show, what is told about it, and whether that is good news."""

    invoice_id: UUID
    said: str
    tone: str


@blueprint.get("/invoices/<uuid:invoice_id>")
@policy.staff(Role.COORDINATOR, audit="invoice.viewed")
def invoice(invoice_id: UUID) -> str:
    """Show what was asked for, line by line, what came in and what went back."""
    with runtime().begin(by=actor()) as session:
        page, patient = seen_invoice(session, invoice_id)
        return render_template(
            "coordinator/billing/invoice.html",
            invoice=page,
            patient=patient,
            contact=people.contact_of(session, patient),
            card=card_seen(session, patient.id),
            row=page.row,
            refundable_cents=refundable_now(session, page),
            creditable_cents=creditable_cents(session, invoice_id),
            can_be_lost=can_be_lost(session, invoice_by_id(session, invoice_id)),
            is_under_way=any(PaymentState(each.state) in UNDER_WAY for each in page.payments),
            reason_of=lambda code: decline(code).staff,
            looks=LOOKS,
            days_text=days_text,
        )


@blueprint.get("/invoices/<uuid:invoice_id>/invoice.pdf")
@policy.staff(Role.COORDINATOR, audit="invoice.exported")
def invoice_file(invoice_id: UUID) -> Response:
    """Return the invoice as the file that the patient can have, in the patient's language."""
    with runtime().begin(by=actor()) as session:
        page, patient = seen_invoice(session, invoice_id, action="invoice.exported")
        content = invoice_pdf(page, language=patient.language, clinic=runtime().clinic, today=_today())
    headers = {"Content-Disposition": f'attachment; filename="{invoice_file_name(page)}"'}
    return Response(content, mimetype="application/pdf", headers=headers)


@blueprint.post("/invoices/<uuid:invoice_id>/try")
@policy.staff(Role.COORDINATOR)
def try_again(invoice_id: UUID) -> ResponseReturnValue:
    """Ask the card now for what is open, whenever the next attempt would have been."""
    read_form(NoFields)
    return _pressed(invoice_id, _tried)


@blueprint.post("/invoices/<uuid:invoice_id>/link")
@policy.staff(Role.COORDINATOR)
def send_payment_link(invoice_id: UUID) -> ResponseReturnValue:
    """Text the patient the way to the card and to the bank's step once more."""
    read_form(NoFields)
    return _pressed(invoice_id, _sent)


def seen_invoice(session: Session, invoice_id: UUID, *, action: str = "invoice.viewed") -> tuple[InvoicePage, Patient]:
    """Return an invoice and whose it is, and note that it was seen."""
    page = invoice_page(session, invoice_id)
    patient = people.patient_for(session, actor=actor(), patient_id=page.patient_id, now=now())
    journal.note(session, action, subject_kind="invoice", subject_id=invoice_id, at=now(), patient_ids=(patient.id,))
    return page, patient


def _today() -> date:
    return in_zone(now(), runtime().clinic.zone).date()


def refundable_now(session: Session, page: InvoicePage) -> int:
    """Return the cents that can go back to a card: of what it brought, and of what the invoice still stands for."""
    return min(refundable_cents(session, page.row.id), creditable_cents(session, page.row.id))


def _pressed(invoice_id: UUID, press: Callable[[UUID], Pressed]) -> ResponseReturnValue:
    """Do what a button says, and tell on the invoice's page how it went."""
    try:
        done = press(invoice_id)
    except (Invalid, Conflict) as refusal:
        done = Pressed(invoice_id, told(refusal), "error")
    flash(done.said, done.tone)
    return see_other("coordinator.invoice", invoice_id=done.invoice_id)


def _tried(invoice_id: UUID) -> Pressed:
    """Ask the card; of a suspended membership a fresh invoice takes the place of this one."""
    payment = pay_now(runtime().begin, runtime().charging.gateways, invoice_id, clock=now, by=actor())
    if payment is None:
        return Pressed(invoice_id, "The patient\u2019s credit or discount paid it. No card was asked.", "message")
    state = PaymentState(payment.state)
    if state is PaymentState.FAILED:
        return Pressed(payment.invoice_id, decline(payment.decline_code).staff, "error")
    said, tone = _AFTER_TRY.get(state, _UNDECIDED)
    return Pressed(payment.invoice_id, said, tone)


def _sent(invoice_id: UUID) -> Pressed:
    with runtime().begin(by=actor()) as session:
        patient_id = invoice_by_id(session, invoice_id).patient_id
        is_sent = send_link(session, patient_id, ring=runtime().link_ring, by=actor(), now=now()) is not None
    if is_sent:
        return Pressed(invoice_id, "The text is on its way, with a link that works.", "message")
    return Pressed(invoice_id, "There is nothing to text about this invoice now. Call the patient.", "error")
