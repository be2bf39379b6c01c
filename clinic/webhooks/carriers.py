"""Reports about parcels, as EasyPost posts them."""

from http import HTTPStatus

from flask import Blueprint, abort, current_app, request
from flask.typing import ResponseReturnValue

from clinic.gateways.carriers import UnreadableEvent
from clinic.gateways.carriers.easypost_webhooks import SIGNATURE_HEADER, report_of, verified
from clinic.kernel.actor import Actor, ActorKind
from clinic.medication.actions.reports import take_report
from clinic.runtime import Runtime

blueprint = Blueprint("carrier_webhooks", __name__, url_prefix="/webhooks/easypost")

CARRIER = Actor(kind=ActorKind.PROVIDER, name="Carrier service")
_LARGEST = 1_000_000


@blueprint.post("/parcels")
def parcel_report() -> ResponseReturnValue:
    """Take one signed report; one that comes again, or is about no parcel of ours, changes nothing.

    The signature is over the bytes as they came, so nothing is parsed before it is verified.
    """
    runtime: Runtime = current_app.extensions["clinic"]
    if (request.content_length or 0) > _LARGEST:
        abort(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    raw = request.get_data(cache=False)
    signature = {SIGNATURE_HEADER: request.headers.get(SIGNATURE_HEADER, "")}
    if not verified(raw, signature, runtime.supplying.webhook_secrets):
        abort(HTTPStatus.FORBIDDEN)
    try:
        report = report_of(raw)
    except UnreadableEvent:
        abort(HTTPStatus.BAD_REQUEST)
    with runtime.begin(by=CARRIER) as session:
        take_report(session, report=report, by=CARRIER, now=runtime.clock())
    return "", HTTPStatus.NO_CONTENT
