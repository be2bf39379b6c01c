"""News of money, as Stripe posts them."""

from http import HTTPStatus

from flask import Blueprint, abort, current_app, request
from flask.typing import ResponseReturnValue

from clinic.billing.actions.news import take_news
from clinic.gateways.payments import UnreadableEvent
from clinic.gateways.payments.stripe_webhooks import SIGNATURE_HEADER, event_of, verified
from clinic.kernel.actor import Actor, ActorKind
from clinic.runtime import Runtime

blueprint = Blueprint("payment_webhooks", __name__, url_prefix="/webhooks/stripe")

GATEWAY = Actor(kind=ActorKind.PROVIDER, name="Payment gateway")
SOURCE = "stripe"
_LARGEST = 1_000_000


@blueprint.post("/events")
def payment_event() -> ResponseReturnValue:
    """Take one signed report; one that comes again, or is about nothing of ours, changes nothing.

    The signature is over the bytes as they came, so nothing is parsed before it is verified. What a report is about
    is asked of the gateway again by a worker.
    """
    runtime: Runtime = current_app.extensions["clinic"]
    if (request.content_length or 0) > _LARGEST:
        abort(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    raw = request.get_data(cache=False)
    signature = {SIGNATURE_HEADER: request.headers.get(SIGNATURE_HEADER, "")}
    if not verified(raw, signature, runtime.charging.webhook_secrets, now=runtime.clock()):
        abort(HTTPStatus.FORBIDDEN)
    try:
        event = event_of(raw)
    except UnreadableEvent:
        abort(HTTPStatus.BAD_REQUEST)
    with runtime.begin(by=GATEWAY) as session:
        take_news(session, event=event, source=SOURCE, by=GATEWAY, now=runtime.clock())
    return "", HTTPStatus.NO_CONTENT
