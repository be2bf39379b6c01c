"""The provider's published operations on messages: create, read, cancel, blank, delete."""

import time
from http import HTTPStatus

from flask import Blueprint, Response, jsonify, request

from clinic.gateways.sms.stand_in.faults import KEEPS_THE_TEXT, Fault
from clinic.gateways.sms.stand_in.forms import MESSAGES, refusal_of
from clinic.gateways.sms.stand_in.listing import page_of
from clinic.gateways.sms.stand_in.numbers import behavior_of
from clinic.gateways.sms.stand_in.provider import Provider
from clinic.gateways.sms.stand_in.server import BREAK_HEADER
from clinic.gateways.sms.stand_in.texts import as_resource, new_sid

_HTTP = {20003: 401, 20404: 404, 20429: 429, 20500: 500}
_NOT_COUNTED = {"num_segments": "0", "from": None}


def refusal(code: int) -> Response:
    """Return an error in the provider's shape."""
    status = _HTTP.get(code, HTTPStatus.BAD_REQUEST)
    body = {
        "code": code,
        "message": MESSAGES[code],
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": int(status),
    }
    answer = jsonify(body)
    answer.status_code = int(status)
    return answer


def messages_api(provider: Provider) -> Blueprint:
    """Return the routes below one account."""
    api = Blueprint("messages", __name__, url_prefix=f"/2010-04-01/Accounts/{provider.setup.account_sid}")

    @api.post("/Messages.json")
    def create() -> Response:
        return _create(provider)

    @api.get("/Messages.json")
    def listing() -> Response:
        return jsonify(page_of(provider, request.args, path=request.path))

    @api.get("/Messages/<sid>.json")
    def fetch(sid: str) -> Response:
        text = provider.store.get(sid)
        return jsonify(as_resource(text, provider.setup)) if text else refusal(20404)

    @api.post("/Messages/<sid>.json")
    def update(sid: str) -> Response:
        return _updated(provider, sid)

    @api.delete("/Messages/<sid>.json")
    def delete(sid: str) -> Response:
        if provider.store.get(sid) is None:
            return refusal(20404)
        provider.store.remove(sid)
        return Response(status=204)

    return api


def _create(provider: Provider) -> Response:
    fault = provider.plan.draw()
    if fault is not None and fault not in KEEPS_THE_TEXT:
        return _broken(fault)
    code = refusal_of(request.form, provider.setup, now=provider.now())
    if code is not None:
        return refusal(code)
    earlier = provider.store.next_try(request.form["To"])
    behavior = behavior_of(request.form["To"], earlier)
    code = behavior.refusal or provider.refuses(request.form)
    if code is not None:
        return refusal(code)
    fault = behavior.fault or fault
    if fault is not None and fault not in KEEPS_THE_TEXT:
        return _broken(fault)
    answer = _created(provider, earlier=earlier)
    if fault is Fault.ACCEPT_STALL:
        time.sleep(provider.plan.stall)
    return _broken(fault, answer) if fault else answer


def _updated(provider: Provider, sid: str) -> Response:
    """Blank the body of a text, or call back one that still waits."""
    text = provider.store.get(sid)
    if text is None:
        return refusal(20404)
    if request.form.get("Status") == "canceled":
        canceled = provider.cancel(sid)
        return jsonify(as_resource(canceled, provider.setup)) if canceled else refusal(30409)
    if request.form.get("Body") != "":
        return refusal(21602)
    provider.store.redact(sid)
    return jsonify(as_resource(text, provider.setup))


def _created(provider: Provider, *, earlier: int) -> Response:
    text = provider.accept(request.form, earlier=earlier)
    # The answer shows the text as it was taken, even where its first step was quicker.
    has_service = bool(request.form.get("MessagingServiceSid"))
    status = "scheduled" if text.send_at else "accepted" if has_service else "queued"
    answer = jsonify(as_resource(text, provider.setup) | {"status": status} | (_NOT_COUNTED if has_service else {}))
    answer.status_code = 201
    return answer


def _broken(fault: Fault, answer: Response | None = None) -> Response:
    match fault:
        case Fault.BUSY:
            busy = refusal(20429)
            busy.headers["Retry-After"] = "1"
            return busy
        case Fault.BEFORE_500 | Fault.ACCEPT_500:
            return refusal(20500)
        case Fault.BEFORE_503:
            return Response("upstream connect error", status=503)
        case Fault.ACCEPT_STALL:
            assert answer is not None
            return answer
        case _:
            broken = answer or Response(new_sid())
            broken.headers[BREAK_HEADER] = fault.value
            return broken
