"""The provider's published operations on messages: create, read, list, blank, delete."""

import time
from datetime import date, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify, request

from clinic.gateways.sms.stand_in.faults import KEEPS_THE_TEXT, Fault
from clinic.gateways.sms.stand_in.forms import MESSAGES, refusal_of
from clinic.gateways.sms.stand_in.numbers import behavior_of
from clinic.gateways.sms.stand_in.provider import Provider
from clinic.gateways.sms.stand_in.server import BREAK_HEADER
from clinic.gateways.sms.stand_in.texts import Text, as_resource, new_sid

_DEFAULT_PAGE, _LARGEST_PAGE = 50, 1000
_HTTP = {20003: 401, 20404: 404, 20429: 429, 20500: 500}


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
        return jsonify(_page(provider))

    @api.get("/Messages/<sid>.json")
    def fetch(sid: str) -> Response:
        text = provider.store.get(sid)
        return jsonify(as_resource(text, provider.setup)) if text else refusal(20404)

    @api.post("/Messages/<sid>.json")
    def blank(sid: str) -> Response:
        text = provider.store.get(sid)
        if text is None or request.form.get("Body") != "":
            return refusal(20404 if text is None else 21602)
        provider.store.redact(sid)
        return jsonify(as_resource(text, provider.setup))

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
    code = refusal_of(request.form, provider.setup)
    if code is not None:
        return refusal(code)
    earlier = provider.store.next_try(request.form["To"])
    behavior = behavior_of(request.form["To"], earlier)
    if behavior.refusal is not None or provider.blocks(request.form["To"]):
        return refusal(behavior.refusal or 21610)
    fault = behavior.fault or fault
    if fault is not None and fault not in KEEPS_THE_TEXT:
        return _broken(fault)
    answer = _created(as_resource(provider.accept(request.form, earlier=earlier), provider.setup))
    if fault is Fault.ACCEPT_STALL:
        time.sleep(provider.plan.stall)
    return _broken(fault, answer) if fault else answer


def _created(resource: dict[str, Any]) -> Response:
    # The answer shows the text as it was taken, even where its first step was quicker.
    answer = jsonify(resource | {"status": "accepted", "num_segments": "0", "from": None})
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


def _page(provider: Provider) -> dict[str, Any]:
    page, size = request.args.get("Page", 0, int), request.args.get("PageSize", _DEFAULT_PAGE, int)
    size = max(1, min(size, _LARGEST_PAGE))
    found = _found(provider)
    here = found[page * size : (page + 1) * size]
    more = len(found) > (page + 1) * size
    return {
        "messages": [as_resource(text, provider.setup) for text in here],
        "page": page,
        "page_size": size,
        "start": page * size,
        "end": page * size + max(len(here) - 1, 0),
        "uri": _uri(page, size),
        "first_page_uri": _uri(0, size),
        "previous_page_uri": _uri(page - 1, size) if page else None,
        "next_page_uri": _uri(page + 1, size) if more else None,
    }


def _uri(page: int, size: int) -> str:
    kept = {key: value for key, value in request.args.items() if key not in {"Page", "PageSize", "PageToken"}}
    return f"{request.path}?{urlencode(kept | {'PageSize': size, 'Page': page, 'PageToken': f'PA{page}'})}"


def _found(provider: Provider) -> list[Text]:
    """Return what the filters let through, newest first, without what the list is still too slow to show."""
    visible_until = provider.now() - timedelta(seconds=provider.plan.list_lag)
    phone = request.args.get("To") or request.args.get("From") or ""
    known = provider.store.of_phone(phone) if phone != provider.setup.number and phone else provider.store.all()
    return [text for text in reversed(known) if text.created_at <= visible_until and _matches(text)]


def _matches(text: Text) -> bool:
    asked = request.args
    if asked.get("To", text.to) != text.to or asked.get("From", text.from_) != text.from_:
        return False
    return _sent_when_asked(text)


def _sent_when_asked(text: Text) -> bool:
    bounds = {sign: request.args.get(f"DateSent{sign}", "")[:10] for sign in ("", "<", ">")}
    if not any(bounds.values()):
        return True
    if text.changed_at is None or text.status in {"accepted", "queued"}:
        return False
    day = text.changed_at.date()
    earliest = date.fromisoformat(bounds[">"] or bounds[""] or "0001-01-01")
    latest = date.fromisoformat(bounds["<"] or bounds[""] or "9999-12-31")
    return earliest <= day <= latest
