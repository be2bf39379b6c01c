"""Twilio's webhooks through the application: signed for the configured address or refused, and then one effect."""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.test import TestResponse

from clinic.kernel.actor import system
from clinic.kernel.ids import new_id
from clinic.messaging.models import InboundText, Message, MessageAttempt, MessageEvent
from clinic.messaging.rules.kinds import RecipientKind
from clinic.people import actions as people
from clinic.runtime import Runtime

TOKEN = "test-token-12345"
BASE = "http://localhost"
SID = "SM" + "a" * 32
INBOUND = "/webhooks/twilio/inbound"
TEXT = [("MessageSid", SID), ("From", "+13055550142"), ("To", "+15005550006"), ("Body", "1"), ("NumMedia", "0")]

Pairs = Iterable[tuple[str, str]]


def signature(url: str, pairs: Pairs, token: str = TOKEN) -> str:
    """Sign by the published rule, written out here apart from the official client."""
    signed = url + "".join(key + value for key, value in sorted(set(pairs)))
    return base64.b64encode(hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()).decode()


def post(client: FlaskClient, path: str, pairs: Pairs, *, signed: str | None = None, **headers: str) -> TestResponse:
    pairs = list(pairs)
    given = {"X-Twilio-Signature": signature(BASE + path, pairs) if signed is None else signed, **headers}
    from werkzeug.datastructures import MultiDict

    return client.post(path, data=MultiDict(pairs), headers={key: value for key, value in given.items() if value})


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def attempt(runtime: Runtime, now: datetime) -> MessageAttempt:
    """A text that the provider has been handed, seen from our side."""
    by = system("Test")
    with runtime.begin(by=by) as session:
        phone = people.keep_phone(session, e164="+13055550142", now=now)
        message = Message(
            id=new_id(),
            dedupe_key="test",
            address_id=phone.id,
            recipient_kind=RecipientKind.STRANGER,
            subject_kind="inbound_text",
            subject_id=new_id(),
            template_key="HELP_REPLY",
            template_version=1,
            language="en",
            zone="America/New_York",
            lane=1,
            policy="AMO",
            category="auto",
            due_at=now,
            expires_at=now + timedelta(hours=1),
            state="sending",
            fence=1,
            created_at=now,
            updated_at=now,
        )
        message.variables_json = "{}"
        session.add(message)
        session.flush()
        attempt = MessageAttempt(
            id=new_id(), message_id=message.id, number=1, fence=1, started_at=now, body_digest=b"x" * 32
        )
        session.add(attempt)
    return attempt


def report(status: str = "delivered", **more: str) -> list[tuple[str, str]]:
    return [("MessageSid", SID), ("MessageStatus", status), ("AccountSid", "AC" + "0" * 32), *more.items()]


def count(sessions: sessionmaker[Session], table: type) -> int:
    with sessions() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def state(sessions: sessionmaker[Session]) -> str:
    with sessions() as session:
        return session.scalars(select(Message.state)).one()


def test_a_signed_report_is_taken_in(
    client: FlaskClient, attempt: MessageAttempt, sessions: sessionmaker[Session]
) -> None:
    answer = post(client, f"/webhooks/twilio/status/{attempt.id}", report())
    assert (answer.status_code, answer.data) == (204, b"")
    assert state(sessions) == "delivered"


def test_a_replayed_report_has_no_effect(
    client: FlaskClient, attempt: MessageAttempt, sessions: sessionmaker[Session]
) -> None:
    for _ in range(3):
        assert post(client, f"/webhooks/twilio/status/{attempt.id}", report("sent")).status_code == 204
    assert count(sessions, MessageEvent) == 1


def test_a_blank_error_code_is_part_of_what_is_signed(client: FlaskClient, attempt: MessageAttempt) -> None:
    pairs = [*report("sent"), ("ErrorCode", ""), ("RawDlrDoneDate", "")]
    assert post(client, f"/webhooks/twilio/status/{attempt.id}", pairs).status_code == 204


def test_parameters_that_are_new_or_repeat_do_not_break_the_signature(client: FlaskClient) -> None:
    pairs = [*TEXT, ("NewThing", "b"), ("NewThing", "a"), ("NewThing", "a")]
    assert post(client, INBOUND, pairs).status_code == 200


def test_a_query_is_signed_as_it_stands(client: FlaskClient) -> None:
    path = f"{INBOUND}?foo=1&bar=a%20b"
    assert post(client, path, TEXT).status_code == 200


def test_the_address_is_the_configured_one_whatever_a_proxy_says(client: FlaskClient) -> None:
    forwarded = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}
    assert post(client, INBOUND, TEXT, **forwarded).status_code == 200


@pytest.mark.parametrize("signed", ["", "AAAA", "kein-base64-\u00e9".encode("latin-1").decode("latin-1")])
def test_without_a_good_signature_nothing_is_read(
    client: FlaskClient, sessions: sessionmaker[Session], signed: str
) -> None:
    assert post(client, INBOUND, TEXT, signed=signed).status_code == 403
    assert count(sessions, InboundText) == 0


@pytest.mark.parametrize(
    "signed",
    [
        signature(BASE + INBOUND, TEXT, token="another token"),
        signature(BASE + INBOUND + "/", TEXT),
        signature(BASE + INBOUND + "#rc=5", TEXT),
        signature("https://localhost" + INBOUND, TEXT),
        signature(BASE + INBOUND, [pair for pair in TEXT if pair[0] != "NumMedia"]),
        signature(BASE + INBOUND, [*TEXT[:3], ("Body", "2"), ("NumMedia", "0")]),
    ],
    ids=["token", "slash", "fragment", "scheme", "dropped parameter", "changed body"],
)
def test_a_signature_for_something_else_is_refused(client: FlaskClient, signed: str) -> None:
    assert post(client, INBOUND, TEXT, signed=signed).status_code == 403


def test_a_signed_form_that_lacks_what_every_form_has_is_a_bad_request(
    client: FlaskClient, attempt: MessageAttempt
) -> None:
    assert post(client, INBOUND, [("Body", "1")]).status_code == 400
    assert post(client, f"/webhooks/twilio/status/{attempt.id}", [("MessageSid", SID)]).status_code == 400


def test_a_report_about_an_unknown_attempt_is_taken_and_ignored(
    client: FlaskClient, sessions: sessionmaker[Session]
) -> None:
    assert post(client, f"/webhooks/twilio/status/{new_id()}", report()).status_code == 204
    assert count(sessions, MessageEvent) == 0


def test_an_address_without_an_attempt_is_not_found(client: FlaskClient) -> None:
    assert post(client, "/webhooks/twilio/status/17", report()).status_code in {403, 404}


def test_a_text_is_stored_once_and_answered_with_nothing(client: FlaskClient, sessions: sessionmaker[Session]) -> None:
    for _ in range(2):
        answer = post(client, INBOUND, TEXT)
        assert answer.status_code == 200
        assert answer.mimetype == "text/xml"
        assert answer.text.endswith("<Response/>")
    assert count(sessions, InboundText) == 1


def test_nul_and_bidi_characters_in_a_text_do_no_harm(client: FlaskClient, sessions: sessionmaker[Session]) -> None:
    pairs = [*TEXT[:3], ("Body", "hi\x00 \u202eabc \ufeff"), ("NumMedia", "0")]
    assert post(client, INBOUND, pairs).status_code == 200
    assert count(sessions, InboundText) == 1


def test_a_get_is_not_an_answer(client: FlaskClient) -> None:
    assert client.get(INBOUND).status_code in {403, 405}
