"""Every way a provider call can fail ends as one of three kinds, against real sockets."""

import json
import logging
import socket
import ssl
from collections.abc import Callable

import pytest
import requests
import urllib3

from clinic.gateways.sms import Ambiguous, OutgoingText, Rejected, Scope, SmsFailure, Unavailable
from clinic.gateways.sms.twilio_http import _sorted_break
from tests.gateways.conftest import ACCOUNT, Canned, gateway_at

Text = Callable[..., OutgoingText]
Serve = Callable[..., Canned]
SID = "SM" + "1" * 32


def answer(status: str, body: object = "", *headers: str) -> bytes:
    text = body if isinstance(body, str) else json.dumps(body)
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(text)}", "Content-Type: application/json", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n" + text).encode()


def refused(code: int, status: int = 400) -> bytes:
    number = "+13055550111"
    return answer(f"{status} REFUSED", {"code": code, "message": f"The number {number} is no good", "status": status})


def failure_of(url: str, text: OutgoingText) -> SmsFailure:
    with pytest.raises(SmsFailure) as caught:
        gateway_at(url, connect_seconds=1.0, read_seconds=0.3).send(text)
    return caught.value


def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def test_a_refused_connection_may_be_tried_again(text: Text) -> None:
    assert isinstance(failure_of(f"http://127.0.0.1:{unused_port()}", text()), Unavailable)


def test_a_host_that_has_no_address_may_be_tried_again(text: Text) -> None:
    assert isinstance(failure_of("http://no-such-host.invalid:1", text()), Unavailable)


def test_a_certificate_that_is_not_trusted_may_be_tried_again_because_nothing_was_said(text: Text) -> None:
    untrusted = urllib3.exceptions.SSLError(ssl.SSLCertVerificationError(1, "self-signed"))
    wrapped = requests.exceptions.SSLError(urllib3.exceptions.MaxRetryError(None, "/", untrusted))  # type: ignore[arg-type]
    assert isinstance(_sorted_break(wrapped, writes=True), Unavailable)
    other = requests.exceptions.SSLError(
        urllib3.exceptions.MaxRetryError(None, "/", urllib3.exceptions.SSLError("bad record"))  # type: ignore[arg-type]
    )
    assert isinstance(_sorted_break(other, writes=True), Ambiguous)


def test_a_reset_before_the_answer_is_ambiguous(canned: Serve, text: Text) -> None:
    assert isinstance(failure_of(canned(reset=True).url, text()), Ambiguous)


def test_a_hang_up_without_an_answer_is_ambiguous(canned: Serve, text: Text) -> None:
    assert isinstance(failure_of(canned().url, text()), Ambiguous)


@pytest.mark.parametrize("reset", [True, False])
def test_an_answer_cut_off_in_the_middle_is_ambiguous(canned: Serve, text: Text, *, reset: bool) -> None:
    half = b'HTTP/1.1 201 CREATED\r\nContent-Length: 500\r\n\r\n{"sid": "SM1'
    assert isinstance(failure_of(canned(half, reset=reset).url, text()), Ambiguous)


def test_silence_after_the_request_is_ambiguous(canned: Serve, text: Text) -> None:
    assert isinstance(failure_of(canned(silent=True).url, text()), Ambiguous)


def test_silence_in_the_middle_of_the_answer_is_ambiguous(canned: Serve, text: Text) -> None:
    half = b'HTTP/1.1 201 CREATED\r\nContent-Length: 500\r\n\r\n{"sid": "SM1'
    assert isinstance(failure_of(canned(half, silent=True).url, text()), Ambiguous)


def test_too_many_requests_says_when_to_come_back(canned: Serve, text: Text) -> None:
    busy = answer("429 Too Many Requests", {"code": 20429}, "Retry-After: 7")
    failure = failure_of(canned(busy).url, text())
    assert isinstance(failure, Unavailable)
    assert (failure.retry_after, failure.code, failure.http_status) == (7.0, 20429, 429)


@pytest.mark.parametrize("header", ["Retry-After: Wed, 21 Oct 2026 07:28:00 GMT", "Retry-After: -3", "X: y"])
def test_too_many_requests_without_plain_seconds_leaves_the_wait_to_us(canned: Serve, text: Text, header: str) -> None:
    failure = failure_of(canned(answer("429 Too Many Requests", "", header)).url, text())
    assert isinstance(failure, Unavailable)
    assert failure.retry_after is None


@pytest.mark.parametrize("status", ["500 Oops", "502 Bad Gateway", "503 Away", "504 Late", "408 Late", "302 Found"])
def test_an_answer_that_leaves_open_what_happened_is_ambiguous(canned: Serve, text: Text, status: str) -> None:
    server = canned(answer(status, "<html>", "Location: /elsewhere", "Retry-After: 1"))
    failure = failure_of(server.url, text())
    assert isinstance(failure, Ambiguous)
    assert failure.http_status == int(status[:3])
    assert len(server.requests) == 1  # neither followed nor repeated


@pytest.mark.parametrize("body", ["", "not json", "[]", "null", "{}", '{"sid": null}', '{"sid": "SM12"}', '{"sid": 7}'])
def test_an_acceptance_that_cannot_be_read_is_ambiguous(canned: Serve, text: Text, body: str) -> None:
    assert isinstance(failure_of(canned(answer("201 CREATED", body)).url, text()), Ambiguous)


@pytest.mark.parametrize(
    ("code", "status", "scope"),
    [
        (21211, 400, Scope.NUMBER),
        (21614, 400, Scope.NUMBER),
        (21635, 400, Scope.NUMBER),
        (21610, 400, Scope.OPTED_OUT),
        (21408, 403, Scope.MESSAGE),
        (21606, 400, Scope.MESSAGE),
        (21612, 400, Scope.MESSAGE),
        (21617, 400, Scope.MESSAGE),
        (35118, 400, Scope.MESSAGE),
        (20003, 401, Scope.ACCOUNT),
        (20005, 403, Scope.ACCOUNT),
        (30002, 400, Scope.ACCOUNT),
        (30034, 400, Scope.ACCOUNT),
        (20404, 404, Scope.ACCOUNT),
        (99999, 400, Scope.MESSAGE),
        (99999, 403, Scope.ACCOUNT),
    ],
)
def test_a_definite_refusal_says_what_it_is_about(
    *, canned: Serve, text: Text, code: int, status: int, scope: Scope
) -> None:
    failure = failure_of(canned(refused(code, status)).url, text())
    assert isinstance(failure, Rejected)
    assert (failure.code, failure.http_status, failure.scope) == (code, status, scope)


def test_a_full_queue_is_not_a_refusal(canned: Serve, text: Text) -> None:
    failure = failure_of(canned(refused(21611)).url, text())
    assert isinstance(failure, Unavailable)
    assert failure.code == 21611


@pytest.mark.parametrize(
    ("status", "scope"), [("403 No", Scope.ACCOUNT), ("407 No", Scope.ACCOUNT), ("413 No", Scope.MESSAGE)]
)
def test_a_refusal_by_something_on_the_way_has_no_code(*, canned: Serve, text: Text, status: str, scope: Scope) -> None:
    failure = failure_of(canned(answer(status, "<html>")).url, text())
    assert isinstance(failure, Rejected)
    assert (failure.code, failure.scope) == (None, scope)


@pytest.mark.parametrize("raw", [refused(21211), answer("500 Oops", "+13055550111"), b"", answer("201 CREATED", "x")])
def test_no_failure_and_no_log_tells_the_number_or_the_text(
    *, canned: Serve, text: Text, raw: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    failure = failure_of(canned(raw).url, text(body="secret words"))
    told = f"{failure!r} {failure} {failure.__cause__} {failure.reason} {caplog.text}"
    assert "5550111" not in told
    assert "secret" not in told
    assert failure.__suppress_context__ or failure.__context__ is None


def test_looking_up_is_never_ambiguous_because_it_changes_nothing(canned: Serve) -> None:
    for raw in (b"", answer("500 Oops"), answer("200 OK", "not json"), answer("200 OK", "{}"), answer("302 Found")):
        url = canned(raw).url
        for ask in (lambda at: at.fetch(SID), lambda at: at.sent_to("+13055550111")):
            with pytest.raises(Unavailable):
                ask(gateway_at(url, read_seconds=0.3))


def test_looking_up_what_the_provider_has_not_is_a_refusal_of_that_text_only(canned: Serve) -> None:
    with pytest.raises(Rejected) as caught:
        gateway_at(canned(refused(20404, 404)).url).fetch(SID)
    assert caught.value.scope is Scope.MESSAGE


def test_only_an_id_reaches_the_address(canned: Serve) -> None:
    server = canned(answer("200 OK", "{}"))
    with pytest.raises(ValueError, match="not a message id"):
        gateway_at(server.url).fetch(f"../{ACCOUNT}")
    assert not server.requests
