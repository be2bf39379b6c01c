"""The official client against broken servers and odd answers: a definite answer, a refusal, or nobody knows."""

import json
import logging
from collections.abc import Callable
from typing import Any

import pytest

from clinic.gateways.payments import GatewayRefused, GatewayUnclear, PaymentWord, RefundWord, RefusalKind
from clinic.gateways.payments.stripe import StripeGateway
from clinic.gateways.payments.stripe_shapes import payment_in, refund_in
from tests.gateways.conftest import Canned

KEY = "sk_test_for_tests"
INTENT = {"id": "pi_1", "object": "payment_intent", "status": "succeeded", "amount": 500, "created": 1_700_000_000}
DECLINED = INTENT | {"status": "requires_payment_method", "last_payment_error": {"code": "card_declined"}}


def answer_of(status: str, body: object) -> bytes:
    said = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(said)}\r\n\r\n"
    return head.encode() + said


def charge_at(url: str, read_seconds: float = 5.0) -> Any:
    return StripeGateway(api_key=KEY, base_url=url, read_seconds=read_seconds).charge(
        customer="cus_1", method="pm_1", cents=500, reference="row", key="inv:1:a:1", is_scheduled=True
    )


def test_what_is_asked_carries_the_stored_key_and_nobodys_name(canned: Callable[..., Canned]) -> None:
    server = canned(answer_of("200 OK", INTENT))
    assert charge_at(server.url).state is PaymentWord.SUCCEEDED
    head, _, body = server.requests[0].decode().partition("\r\n\r\n")
    assert "idempotency-key: inv:1:a:1" in head.lower()
    assert "x-stripe-client-telemetry" not in head.lower()
    assert sorted(part.partition("=")[0] for part in body.split("&")) == sorted(
        [
            "amount",
            "currency",
            "customer",
            "payment_method",
            "payment_method_types[0]",
            "metadata[reference]",
            "confirm",
            "off_session",
        ]
    )


@pytest.mark.parametrize(
    ("status", "error", "kind"),
    [
        ("400 Bad Request", {"type": "invalid_request_error", "code": "amount_too_small"}, RefusalKind.REQUEST),
        ("400 Bad Request", {"type": "idempotency_error"}, RefusalKind.REQUEST),
        ("401 Unauthorized", {"type": "invalid_request_error"}, RefusalKind.KEY),
        ("403 Forbidden", {"type": "invalid_request_error"}, RefusalKind.KEY),
        ("404 Not Found", {"type": "invalid_request_error", "code": "resource_missing"}, RefusalKind.MISSING),
        (
            "400 Bad Request",
            {"type": "invalid_request_error", "code": "resource_missing", "param": "payment_method"},
            RefusalKind.MISSING,
        ),
        (
            "400 Bad Request",
            {"type": "invalid_request_error", "code": "resource_missing", "param": "customer"},
            RefusalKind.REQUEST,
        ),
        ("402 Payment Required", {"type": "card_error", "code": "card_declined"}, RefusalKind.REQUEST),
    ],
)
def test_a_refusal_is_definite_and_tells_codes_only(
    canned: Callable[..., Canned], status: str, error: dict[str, str], kind: RefusalKind
) -> None:
    server = canned(answer_of(status, {"error": error | {"message": "Customer cus_1 owes us"}}))
    with pytest.raises(GatewayRefused) as refused:
        charge_at(server.url)
    assert refused.value.kind is kind
    assert "cus_1" not in str(refused.value)


def test_the_official_client_writes_nothing_of_an_answer_to_the_log(
    canned: Callable[..., Canned], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    error = {"type": "invalid_request_error", "code": "parameter_invalid", "message": "Customer cus_1 owes us"}
    server = canned(answer_of("400 Bad Request", {"error": error}))
    with pytest.raises(GatewayRefused):
        charge_at(server.url)
    assert [each.getMessage() for each in caplog.records if each.name == "stripe"] == []


@pytest.mark.parametrize(
    "answer",
    [
        answer_of("429 Too Many Requests", {"error": {"type": "rate_limit_error"}}),
        answer_of("409 Conflict", {"error": {"type": "idempotency_error", "code": "idempotency_key_in_use"}}),
        answer_of("500 Internal Server Error", {"error": {"type": "api_error"}}),
        answer_of("502 Bad Gateway", b"<html>"),
        answer_of("200 OK", b"not json"),
        answer_of("200 OK", INTENT | {"status": "teleported"}),
        answer_of("200 OK", {"id": "pi_1"}),
        answer_of("200 OK", INTENT)[:-20],
        b"",
    ],
)
def test_whatever_else_happens_nobody_knows_and_it_is_asked_once(canned: Callable[..., Canned], answer: bytes) -> None:
    server = canned(answer)
    with pytest.raises(GatewayUnclear):
        charge_at(server.url)
    assert len(server.requests) == 1


def test_a_server_that_says_nothing_is_left_after_a_while(canned: Callable[..., Canned]) -> None:
    with pytest.raises(GatewayUnclear):
        charge_at(canned(silent=True).url, read_seconds=0.2)
    with pytest.raises(GatewayUnclear):
        charge_at("http://127.0.0.1:9")


def test_a_declined_card_is_read_from_the_error_that_carries_its_payment(canned: Callable[..., Canned]) -> None:
    error = {"type": "card_error", "code": "card_declined", "decline_code": "lost_card"}
    intent = DECLINED | {"last_payment_error": error, "metadata": {"reference": "row"}}
    found = charge_at(canned(answer_of("402 Payment Required", {"error": error | {"payment_intent": intent}})).url)
    assert (found.state, found.decline_code, found.reference) == (PaymentWord.FAILED, "lost_card", "row")


@pytest.mark.parametrize(
    ("status", "error", "state", "code"),
    [
        ("requires_payment_method", None, PaymentWord.PROCESSING, None),
        ("requires_confirmation", None, PaymentWord.PROCESSING, None),
        ("requires_capture", None, PaymentWord.PROCESSING, None),
        ("processing", {"code": "card_declined"}, PaymentWord.PROCESSING, None),
        ("requires_action", None, PaymentWord.REQUIRES_ACTION, None),
        ("requires_payment_method", {"code": "authentication_required"}, PaymentWord.REQUIRES_ACTION, None),
        (
            "requires_payment_method",
            {"code": "card_declined", "decline_code": "authentication_required"},
            PaymentWord.REQUIRES_ACTION,
            None,
        ),
        (
            "requires_payment_method",
            {"code": "payment_intent_authentication_failure"},
            PaymentWord.FAILED,
            "authentication_required",
        ),
        ("requires_payment_method", {"code": "expired_card"}, PaymentWord.FAILED, "expired_card"),
        ("canceled", None, PaymentWord.CANCELED, None),
        ("succeeded", {"code": "card_declined"}, PaymentWord.SUCCEEDED, None),
    ],
)
def test_every_word_of_a_payment_is_one_of_ours(
    status: str, error: dict[str, str] | None, state: PaymentWord, code: str | None
) -> None:
    found = payment_in(INTENT | {"status": status, "last_payment_error": error})
    assert (found.state, found.decline_code) == (state, code)


@pytest.mark.parametrize(
    ("status", "word"),
    [
        ("pending", RefundWord.PROCESSING),
        ("requires_action", RefundWord.PROCESSING),
        ("failed", RefundWord.FAILED),
        ("canceled", RefundWord.FAILED),
        ("succeeded", RefundWord.SUCCEEDED),
    ],
)
def test_every_word_of_a_refund_is_one_of_ours(status: str, word: RefundWord) -> None:
    assert refund_in({"id": "re_1", "status": status, "amount": 5, "payment_intent": "pi_1"}).state is word


def test_a_stand_in_is_reached_round_any_proxy(canned: Callable[..., Canned], monkeypatch: pytest.MonkeyPatch) -> None:
    server = canned(answer_of("200 OK", INTENT))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert charge_at(server.url).payment_id == "pi_1"
