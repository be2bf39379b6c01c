"""Delivery reports and texts from phones, as Twilio posts them."""

from http import HTTPStatus
from uuid import UUID

from flask import Blueprint, Response, abort, current_app, request
from flask.typing import ResponseReturnValue

from clinic.gateways.sms import UnreadableWebhook
from clinic.gateways.sms.twilio_webhooks import parse_inbound, parse_status, signature_ok
from clinic.kernel.actor import Actor, ActorKind
from clinic.messaging import actions
from clinic.runtime import Runtime

blueprint = Blueprint("webhooks", __name__, url_prefix="/webhooks/twilio")

PROVIDER = Actor(kind=ActorKind.PROVIDER, name="Text provider")
_NOTHING_TO_SAY = '<?xml version="1.0" encoding="UTF-8"?><Response/>'


@blueprint.before_request
def require_signature() -> None:
    """Refuse before anything is read unless the provider signed this form for the configured address.

    The address is put together from the configured one, not from headers, which a proxy may have changed.
    """
    runtime = _runtime()
    address = f"{runtime.clinic.public_base_url}{request.path}"
    if request.query_string:
        address += "?" + request.query_string.decode("ascii", errors="replace")
    signature = request.headers.get("X-Twilio-Signature")
    if not signature_ok(address, request.form, signature=signature, tokens=runtime.texting.webhook_tokens):
        abort(HTTPStatus.FORBIDDEN)


@blueprint.post("/status/<uuid:attempt_id>")
def twilio_status(attempt_id: UUID) -> ResponseReturnValue:
    """Store one delivery report; a report that repeats or says nothing new changes nothing."""
    runtime = _runtime()
    try:
        update = parse_status(request.form)
    except UnreadableWebhook:
        abort(HTTPStatus.BAD_REQUEST)
    with runtime.begin(by=PROVIDER) as session:
        actions.record_status(session, attempt_id=attempt_id, update=update, by=PROVIDER, now=runtime.clock())
    return "", HTTPStatus.NO_CONTENT


@blueprint.post("/inbound")
def twilio_inbound() -> ResponseReturnValue:
    """Take in one text from a phone; answers leave through the message table, so the body here says nothing."""
    runtime = _runtime()
    try:
        text = parse_inbound(request.form)
    except UnreadableWebhook:
        abort(HTTPStatus.BAD_REQUEST)
    has_own, zone = runtime.texting.has_own_opt_out_replies, runtime.clinic.zone
    with runtime.begin(by=PROVIDER) as session:
        actions.receive(session, text=text, has_own_replies=has_own, clinic_zone=zone, by=PROVIDER, now=runtime.clock())
    return Response(_NOTHING_TO_SAY, mimetype="text/xml")


def _runtime() -> Runtime:
    runtime: Runtime = current_app.extensions["clinic"]
    return runtime
