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
from clinic.people.models import Phone, SmsConsent
from clinic.runtime import Runtime
from clinic.worklist.models import WorkItem

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


@pytest.mark.parametrize(
    "changed", [{"From": "+13055\x00550142"}, {"To": "+1500555\x000006"}, {"From": " +13055550142 "}]
)
def test_odd_signs_in_a_number_do_no_harm(
    client: FlaskClient, sessions: sessionmaker[Session], changed: dict[str, str]
) -> None:
    assert post(client, INBOUND, (dict(TEXT) | changed).items()).status_code == 200
    with sessions() as session:
        assert session.scalars(select(InboundText.to_e164)).one() == "+15005550006"
        assert session.scalars(select(Phone.e164)).one() == "+13055550142"


def test_a_text_without_a_body_is_taken_in(client: FlaskClient, sessions: sessionmaker[Session]) -> None:
    assert post(client, INBOUND, TEXT[:3]).status_code == 200
    assert count(sessions, InboundText) == 1


def test_a_get_is_not_an_answer(client: FlaskClient) -> None:
    assert client.get(INBOUND).status_code in {403, 405}


def words(sessions: sessionmaker[Session]) -> str:
    with sessions() as session:
        return str(session.scalars(select(InboundText)).one().body)


def tasks(sessions: sessionmaker[Session]) -> list[tuple[str, str]]:
    with sessions() as session:
        return [(item.kind, str(item.reason)) for item in session.scalars(select(WorkItem).order_by(WorkItem.kind))]


def test_a_picture_without_words_is_kept_as_such_and_read_by_a_person(
    client: FlaskClient, sessions: sessionmaker[Session]
) -> None:
    picture = [
        *TEXT[:3],
        ("Body", ""),
        ("NumMedia", "1"),
        ("MediaUrl0", "https://media.example/1"),
        ("MessageSid", SID),
    ]
    assert post(client, INBOUND, picture).status_code == 200
    assert words(sessions) == "(A picture came, which is not kept.)"
    ((kind, reason),) = tasks(sessions)
    assert (kind, "A picture came" in reason) == ("reply_unclear", True)


def test_a_one_with_two_pictures_is_still_a_one(client: FlaskClient, sessions: sessionmaker[Session]) -> None:
    pairs = [*TEXT[:4], ("NumMedia", "2")]
    assert post(client, INBOUND, pairs).status_code == 200
    assert words(sessions) == "1 (Pictures came, which are not kept.)"
    assert tasks(sessions) == []


def test_a_text_of_1600_characters_is_kept_whole_and_its_beginning_stands_in_the_task(
    client: FlaskClient, sessions: sessionmaker[Session]
) -> None:
    long = "My visit " * 177 + "is late"
    assert len(long) == 1600
    assert (
        post(client, INBOUND, [*TEXT[:3], ("Body", long), ("NumMedia", "0"), ("NumSegments", "11")]).status_code == 200
    )
    assert words(sessions) == long
    ((_, reason),) = tasks(sessions)
    assert long[:300] in reason
    assert long not in reason


def test_a_forged_text_is_forbidden_and_leaves_no_trace(client: FlaskClient, sessions: sessionmaker[Session]) -> None:
    forged = [*TEXT[:3], ("Body", "STOP"), ("NumMedia", "0")]
    assert post(client, INBOUND, forged, signed=signature(BASE + INBOUND, forged, token="guess")).status_code == 403
    assert (count(sessions, InboundText), tasks(sessions)) == (0, [])


def test_a_replayed_text_opens_no_second_task(client: FlaskClient, sessions: sessionmaker[Session]) -> None:
    asking = [*TEXT[:3], ("Body", "Can my sister join?"), ("NumMedia", "0")]
    for _ in range(3):
        assert post(client, INBOUND, asking).status_code == 200
    assert (count(sessions, InboundText), len(tasks(sessions))) == (1, 1)


def test_a_number_that_nobody_knows_is_heard_and_named_so(client: FlaskClient, sessions: sessionmaker[Session]) -> None:
    pairs = [*TEXT[:3], ("Body", "Is this the bakery?"), ("NumMedia", "0")]
    assert post(client, INBOUND, pairs).status_code == 200
    assert "from a number of no patient" in tasks(sessions)[0][1]


def test_reports_about_texts_that_were_never_sent_from_here_are_told_once(
    client: FlaskClient, sessions: sessionmaker[Session]
) -> None:
    for _ in range(3):
        assert post(client, f"/webhooks/twilio/status/{new_id()}", report()).status_code == 204
    ((kind, reason),) = tasks(sessions)
    assert (kind, "was not sent from here" in reason) == ("stray_report", True)


def test_a_clock_of_the_provider_that_is_off_by_an_hour_changes_nothing(
    client: FlaskClient, attempt: MessageAttempt, sessions: sessionmaker[Session]
) -> None:
    for status, done in (("sent", "2611230001"), ("delivered", "2611222201")):
        pairs = [*report(status), ("RawDlrDoneDate", done)]
        assert (
            post(
                client, f"/webhooks/twilio/status/{attempt.id}", pairs, Date="Mon, 23 Nov 2026 09:00:00 GMT"
            ).status_code
            == 204
        )
    assert state(sessions) == "delivered"


def test_danger_and_stop_in_one_text_are_both_in_force_when_the_answer_goes_out(
    client: FlaskClient, sessions: sessionmaker[Session]
) -> None:
    pairs = [*TEXT[:3], ("Body", "Stop texting me. I want to die"), ("NumMedia", "0")]
    assert post(client, INBOUND, pairs).status_code == 200
    with sessions() as session:
        planned = set(session.scalars(select(Message.template_key).where(Message.state == "pending")))
        opted_out = session.scalars(select(SmsConsent.opted_out_at)).one()
    assert (planned, opted_out is not None) == ({"CRISIS_REPLY"}, True)
    assert [kind for kind, _ in tasks(sessions)] == ["danger_suspected"]
