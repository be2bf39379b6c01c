"""The card: asked for on the gateway's own page, so that its number never comes here, and kept as a token."""

from http import HTTPStatus
from uuid import UUID

from flask import flash, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from clinic.billing.actions.cards import setup
from clinic.billing.errors import UnknownSetup
from clinic.billing.jobs.cards import Started, begin_card, look_at_card
from clinic.billing.models import CardSetup
from clinic.billing.rules.payments import decline
from clinic.gateways.payments import GatewayRefused, GatewayUnclear
from clinic.web.frame import policy
from clinic.web.frame.forms import NoFields, read_form
from clinic.web.frame.requests import actor, runtime, see_other
from clinic.web.patient import blueprint
from clinic.web.patient.billing.finding import HOME, PURPOSE, SEEN, address_of, named, nowhere, require_living, seen
from clinic.web.patient.billing.overview import show_refusal
from clinic.web.patient.billing.wording import GatewayAway
from clinic.web.patient.deliveries.finding import reader


@blueprint.post("/my-plan/card")
@policy.patient_link(PURPOSE, audit=SEEN)
def begin_own_card() -> ResponseReturnValue:
    """Lead to the page that asks for a card."""
    read_form(NoFields)
    return lead_to_card()


def lead_to_card() -> ResponseReturnValue:
    """Return the page with the way to the gateway's, or the plan's page where the gateway does not answer."""
    try:
        started = _begun()
    except GatewayAway as refusal:
        return show_refusal(refusal)
    return render_template(
        "patient/billing/leave.html",
        heading=_("Enter your card"),
        sentences=[
            _("You enter your card on our payment company's own page. Its number never reaches us."),
            _("Nothing is charged by entering it."),
        ],
        url=started.url,
        label=_("Go to the card page"),
    )


def _begun() -> Started:
    with runtime().begin(by=actor()) as session:
        patient = reader(session)
        require_living(session, patient)
    gateway = runtime().charging.gateway
    if gateway is None:
        raise GatewayAway("No gateway is set up.")
    try:
        return begin_card(
            runtime().begin,
            gateway,
            patient.id,
            return_url_of=lambda setup_id: address_of(url_for("patient.card_back", setup_id=setup_id)),
            clock=runtime().clock,
            by=actor(),
        )
    except (GatewayUnclear, GatewayRefused) as error:
        raise GatewayAway("The gateway did not begin a card.") from error


@blueprint.get("/my-plan/card/<uuid:setup_id>")
@policy.patient_link(PURPOSE, audit=SEEN)
def card_back(setup_id: UUID) -> ResponseReturnValue:
    """Show the last press after the gateway's page; opening it asks and changes nothing."""
    with runtime().begin(by=actor()) as session:
        if _own(session, setup_id).state == "succeeded":
            return see_other(HOME)
    return _back(setup_id, None)


@blueprint.post("/my-plan/card/<uuid:setup_id>")
@policy.patient_link(PURPOSE, audit=SEEN)
def take_card(setup_id: UUID) -> ResponseReturnValue:
    """Ask the gateway what came of its page, and keep the card."""
    read_form(NoFields)
    with runtime().begin(by=actor()) as session:
        _own(session, setup_id)
    found = look_at_card(runtime().begin, runtime().charging.gateways, setup_id, clock=runtime().clock, by=actor())
    if found.state == "succeeded":
        flash(_("Thank you. Your card is saved."))
        return see_other(HOME)
    if found.state == "failed" or found.decline_code:
        said = decline(found.decline_code)
        return _back(setup_id, named(said.en, said.es))
    return _back(setup_id, None, is_missing=True)


def _own(session: Session, setup_id: UUID) -> CardSetup:
    """Return the asking for a card if it is the reader's own."""
    patient = seen(session)
    try:
        found = setup(session, setup_id)
    except UnknownSetup as error:
        raise nowhere() from error
    if found.patient_id != patient.id:
        raise nowhere()
    return found


def _back(setup_id: UUID, problem: str | None, *, is_missing: bool = False) -> ResponseReturnValue:
    page = render_template("patient/billing/card_back.html", setup_id=setup_id, problem=problem, is_missing=is_missing)
    return page, HTTPStatus.UNPROCESSABLE_ENTITY if problem or is_missing else HTTPStatus.OK
