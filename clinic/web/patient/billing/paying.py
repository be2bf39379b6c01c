"""Paying an open invoice: now with the card on file, or by confirming it at the bank."""

from uuid import UUID

from flask import flash, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from clinic.billing.errors import PaymentUnderWay
from clinic.billing.jobs.charging import confirm_payment as begin_confirming
from clinic.billing.jobs.charging import look_at_payment, pay_now
from clinic.billing.queries.payments import newest_payment
from clinic.billing.rules.payments import UNDER_WAY, PaymentState
from clinic.gateways.payments import GatewayRefused, GatewayUnclear
from clinic.kernel.errors import DomainError
from clinic.web.frame import policy
from clinic.web.frame.forms import NoFields, read_form
from clinic.web.frame.requests import actor, runtime, see_other
from clinic.web.patient import blueprint
from clinic.web.patient.billing.finding import HOME, PURPOSE, SEEN, address_of, nowhere, require_living, seen
from clinic.web.patient.billing.invoices import require_own
from clinic.web.patient.billing.overview import show_refusal
from clinic.web.patient.billing.wording import BankSilent
from clinic.web.patient.deliveries.finding import reader

_S = PaymentState


@blueprint.post("/my-plan/pay")
@policy.patient_link(PURPOSE, audit=SEEN)
def pay_own_invoice() -> ResponseReturnValue:
    """Charge the card on file for what is open; pressing twice charges once."""
    read_form(NoFields)
    try:
        with runtime().begin(by=actor()) as session:
            invoice_id = require_living(session, reader(session)).open_invoice_id
        if invoice_id is not None:
            say(collect(invoice_id))
    except DomainError as refusal:
        return show_refusal(refusal)
    return see_other(HOME)


@blueprint.post("/my-plan/invoices/<uuid:invoice_id>/confirm")
@policy.patient_link(PURPOSE, audit=SEEN)
def confirm_payment(invoice_id: UUID) -> ResponseReturnValue:
    """Lead to the bank's page where a payment is confirmed; one that ended meanwhile is told of."""
    read_form(NoFields)
    payment_id = _newest_of(invoice_id)
    back = address_of(url_for("patient.payment_back", invoice_id=invoice_id))
    charging = runtime().charging
    try:
        url = begin_confirming(
            runtime().begin, charging.gateways, payment_id, return_url=back, clock=runtime().clock, by=actor()
        )
    except (GatewayUnclear, GatewayRefused):
        return show_refusal(BankSilent("The gateway did not lead to the bank."))
    if url is None:
        return see_other(HOME)
    return render_template(
        "patient/billing/leave.html",
        heading=_("Confirm at your bank"),
        sentences=[_("Your bank wants to be sure that it is you. It asks on its own page.")],
        url=url,
        label=_("Go to my bank's page"),
    )


@blueprint.get("/my-plan/invoices/<uuid:invoice_id>/confirm")
@policy.patient_link(PURPOSE, audit=SEEN)
def payment_back(invoice_id: UUID) -> ResponseReturnValue:
    """Show the last press after the bank's page; opening it asks and changes nothing."""
    with runtime().begin(by=actor()) as session:
        require_own(session, seen(session), invoice_id)
        tried = newest_payment(session, invoice_id)
        if tried is None or tried.state not in UNDER_WAY:
            return see_other(HOME)
    return render_template("patient/billing/payment_back.html", invoice_id=invoice_id)


@blueprint.post("/my-plan/invoices/<uuid:invoice_id>/look")
@policy.patient_link(PURPOSE, audit=SEEN)
def look_at_own_payment(invoice_id: UUID) -> ResponseReturnValue:
    """Ask the gateway what became of the payment."""
    read_form(NoFields)
    payment_id = _newest_of(invoice_id)
    gateways = runtime().charging.gateways
    payment = look_at_payment(runtime().begin, gateways, payment_id, clock=runtime().clock, by=actor())
    say(PaymentState(payment.state))
    return see_other(HOME)


def collect(invoice_id: UUID) -> PaymentState:
    """Ask the card for an open invoice at once and return what came of it; a payment may be on its way already."""
    try:
        payment = pay_now(runtime().begin, runtime().charging.gateways, invoice_id, clock=runtime().clock, by=actor())
    except PaymentUnderWay:
        return _S.PROCESSING
    return _S.SUCCEEDED if payment is None else _S(payment.state)


def say(state: PaymentState) -> None:
    """Tell what became of an attempt; a card that was declined is told of beside the open amount."""
    if state is _S.SUCCEEDED:
        flash(_("Thank you. It is paid."))
    elif state is _S.REQUIRES_ACTION:
        flash(_("Your bank wants you to confirm this payment."))
    elif state in UNDER_WAY:
        flash(_("Thank you. The payment is on its way."))
    else:
        flash(_("The payment did not work. Nothing was charged."), "error")


def _newest_of(invoice_id: UUID) -> UUID:
    """Return the newest payment of one of the reader's own invoices."""
    with runtime().begin(by=actor()) as session:
        require_own(session, seen(session), invoice_id)
        found = newest_payment(session, invoice_id)
        if found is None:
            raise nowhere()
        return found.id
