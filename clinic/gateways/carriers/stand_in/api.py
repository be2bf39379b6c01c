"""The published operations on trackers: create, read, list."""

import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, jsonify, request

from clinic.gateways.carriers import known_carrier, looks_like
from clinic.gateways.carriers.resources import as_tracker
from clinic.gateways.carriers.stand_in.provider import Provider
from clinic.gateways.sms.stand_in.faults import KEEPS_THE_TEXT, Fault
from clinic.gateways.sms.stand_in.server import BREAK_HEADER

MAGIC: Mapping[str, Fault] = {
    "96": Fault.BEFORE_500,
    "97": Fault.ACCEPT_500,
    "98": Fault.ACCEPT_DROP,
    "99": Fault.BUSY,
}
"""What goes wrong with every request to follow a number with these last digits; 95 is refused for good."""
_UNKNOWN_TO_CARRIER = "95"


def refusal(status: HTTPStatus, code: str, message: str) -> Response:
    """Return an error in the provider's shape."""
    answer = jsonify({"error": {"code": code, "message": message, "errors": []}})
    answer.status_code = int(status)
    return answer


def trackers_api(provider: Provider) -> Blueprint:
    """Return the routes of trackers."""
    api = Blueprint("trackers", __name__, url_prefix="/v2")

    @api.post("/trackers")
    def create() -> Response:
        return _create(provider)

    @api.get("/trackers/<tracker_id>")
    def retrieve(tracker_id: str) -> Response:
        fault = provider.plan.draw()
        if fault is not None:
            return _broken(provider, fault)
        parcel = provider.store.get(tracker_id)
        if parcel is None:
            return refusal(HTTPStatus.NOT_FOUND, "NOT_FOUND", "The requested resource could not be found.")
        return jsonify(as_tracker(parcel, provider.now()))

    @api.get("/trackers")
    def listing() -> Response:
        asked = request.args.get("tracking_code")
        found = [parcel for parcel in provider.store.all() if asked in {None, parcel.tracking_number}]
        trackers = [as_tracker(parcel, provider.now()) for parcel in reversed(found)]
        return jsonify({"trackers": trackers, "has_more": False})

    return api


def _create(provider: Provider) -> Response:
    asked = _asked(request.get_json(silent=True))
    carrier, number = asked.get("carrier", ""), asked.get("tracking_code", "")
    fault = MAGIC.get(number[-2:]) or provider.plan.draw()
    if fault is not None and fault not in KEEPS_THE_TEXT:
        return _broken(provider, fault)
    known = known_carrier(carrier)
    if known is None or not looks_like(known, number) or number.endswith(_UNKNOWN_TO_CARRIER):
        return refusal(
            HTTPStatus.UNPROCESSABLE_ENTITY, "TRACKER.CREATE.ERROR", "The tracking code is not one of this carrier's."
        )
    answer = jsonify(as_tracker(provider.follow(known, number), provider.now()))
    answer.status_code = int(HTTPStatus.CREATED)
    return _broken(provider, fault, answer) if fault else answer


def _asked(body: Any) -> dict[str, str]:  # noqa: ANN401 - JSON
    tracker = body.get("tracker") if isinstance(body, dict) else None
    return {key: str(value) for key, value in tracker.items()} if isinstance(tracker, dict) else {}


def _broken(provider: Provider, fault: Fault, answer: Response | None = None) -> Response:
    match fault:
        case Fault.BUSY:
            return refusal(HTTPStatus.TOO_MANY_REQUESTS, "RATE_LIMITED", "Too many requests.")
        case Fault.BEFORE_500 | Fault.ACCEPT_500:
            return refusal(HTTPStatus.INTERNAL_SERVER_ERROR, "INTERNAL_SERVER_ERROR", "Something went wrong.")
        case Fault.BEFORE_503:
            return Response("upstream connect error", status=503)
        case Fault.ACCEPT_STALL:
            time.sleep(provider.plan.stall)
            return answer or Response("upstream request timeout", status=504)
        case _:
            broken = answer or Response("{}")
            broken.headers[BREAK_HEADER] = fault.value
            return broken
