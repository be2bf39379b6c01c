"""The published operations that the clinic uses, each known by its path, behind idempotency keys and faults."""

import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, jsonify, request

from clinic.gateways.payments.bank.vault import BankRefusal, Thing, shown
from clinic.gateways.payments.stand_in.forms import is_on, number_in, tree_of
from clinic.gateways.payments.stand_in.provider import Provider
from clinic.gateways.sms.stand_in.faults import KEEPS_THE_TEXT, Fault
from clinic.gateways.sms.stand_in.server import BREAK_HEADER

_PAGE = 10


def refusal(status: HTTPStatus, message: str) -> Response:
    """Return an error in the provider's shape."""
    return _error(status, {"type": "invalid_request_error", "message": message})


def _error(status: HTTPStatus, error: Thing) -> Response:
    answer = jsonify({"error": error})
    answer.status_code = int(status)
    return answer


def stripe_api(provider: Provider) -> Blueprint:
    """Return the routes below `/v1`."""
    api = Blueprint("stripe", __name__, url_prefix="/v1")
    api.register_error_handler(BankRefusal, lambda refused: _error(refused.status, refused.error))
    _add_changes(api, provider)
    _add_looks(api, provider)
    return api


def _add_changes(api: Blueprint, provider: Provider) -> None:
    cards, money = provider.bank.cards, provider.bank.money

    @api.post("/customers")
    def create_customer() -> Response:
        return _change(provider, lambda key, asked: cards.create_customer(key, asked.get("metadata") or {}))

    @api.post("/checkout/sessions")
    def create_page() -> Response:
        return _change(provider, cards.create_page)

    @api.post("/payment_methods/<method_id>/detach")
    def detach(method_id: str) -> Response:
        return _change(provider, lambda _key, _asked: cards.detach(method_id))

    @api.post("/payment_intents")
    def create_payment() -> Response:
        return _change(provider, lambda key, asked: money.create_payment(key, _typed(asked)))

    @api.post("/payment_intents/<payment_id>/confirm")
    def confirm(payment_id: str) -> Response:
        return _change(provider, lambda _key, asked: money.confirm_payment(payment_id, _typed(asked)))

    @api.post("/payment_intents/<payment_id>/cancel")
    def cancel(payment_id: str) -> Response:
        return _change(provider, lambda _key, _asked: money.cancel_payment(payment_id))

    @api.post("/refunds")
    def refund() -> Response:
        return _change(provider, lambda key, asked: money.create_refund(key, _typed(asked)))


def _add_looks(api: Blueprint, provider: Provider) -> None:
    bank = provider.bank

    @api.get("/checkout/sessions/<page_id>")
    def page(page_id: str) -> Response:
        bank.settle()
        return jsonify(bank.cards.page(page_id))

    @api.get("/setup_intents/<setup_id>")
    def setup(setup_id: str) -> Response:
        return jsonify(bank.cards.setup(setup_id))

    @api.get("/payment_intents/<thing_id>", defaults={"kind": "payment_intent"})
    @api.get("/refunds/<thing_id>", defaults={"kind": "refund"})
    def one(thing_id: str, kind: str) -> Response:
        bank.settle()
        return jsonify(shown(bank.vault.get(thing_id, kind)))

    @api.get("/payment_intents")
    def payments() -> Response:
        bank.settle()
        asked = tree_of(request.args)
        since = number_in((asked.get("created") or {}).get("gte"))
        return _listed(bank.money.payments(customer=asked.get("customer"), since=since))

    @api.get("/refunds")
    def refunds() -> Response:
        bank.settle()
        return _listed(bank.money.refunds(request.args.get("payment_intent")))


def _listed(rows: list[Thing]) -> Response:
    """Return one page of rows, as many as asked for after the one that was named."""
    after, most = request.args.get("starting_after"), number_in(request.args.get("limit")) or _PAGE
    ids = [row["id"] for row in rows]
    first = ids.index(after) + 1 if after in ids else 0
    page = rows[first : first + most]
    has_more = first + most < len(rows)
    return jsonify({"object": "list", "url": request.path, "has_more": has_more, "data": page})


def _typed(asked: Thing) -> Thing:
    typed = dict(asked)
    if "amount" in asked:
        typed["amount"] = number_in(asked["amount"])
    for name in {"confirm", "off_session"} & asked.keys():
        typed[name] = is_on(asked[name])
    return typed


def _change(provider: Provider, act: Callable[[str, Thing], Thing]) -> Response:
    """Do something under the request's key, with what the plan of faults lets go wrong before or after it."""
    fault = provider.plan.draw()
    if fault is not None and fault not in KEEPS_THE_TEXT:
        return _broken(provider, fault)
    key, asked = request.headers.get("Idempotency-Key", ""), tree_of(request.form)
    provider.bank.settle()
    try:
        answer = jsonify(provider.bank.vault.once(key, {"path": request.path, **asked}, lambda: act(key, asked)))
    except BankRefusal as refused:
        answer = _error(refused.status, refused.error)
    return _broken(provider, fault, answer) if fault else answer


def _broken(provider: Provider, fault: Fault, answer: Any = None) -> Response:  # noqa: ANN401 - an answer or none
    match fault:
        case Fault.BUSY:
            return refusal(HTTPStatus.TOO_MANY_REQUESTS, "Too many requests.")
        case Fault.BEFORE_500 | Fault.ACCEPT_500:
            return refusal(HTTPStatus.INTERNAL_SERVER_ERROR, "An unknown error occurred.")
        case Fault.BEFORE_503:
            return Response("upstream connect error", status=503)
        case Fault.ACCEPT_STALL:
            time.sleep(provider.plan.stall)
            return answer or Response("upstream request timeout", status=504)
        case _:
            broken: Response = answer or Response("{}")
            broken.headers[BREAK_HEADER] = fault.value
            return broken
