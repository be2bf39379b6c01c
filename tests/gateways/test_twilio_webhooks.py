"""Signatures by the published rule, written out here apart from the official client, and forms as they come."""

import base64
import hashlib
import hmac

import pytest
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

from clinic.gateways.sms import InboundText, StatusUpdate, UnreadableWebhook
from clinic.gateways.sms.twilio_webhooks import parse_inbound, parse_status, signature_ok

TOKEN = "12345"
URL = "https://clinic.example.org/webhooks/twilio/status/1?foo=1&bar=2"
PLAIN = [("CallSid", "CA1234567890ABCDE"), ("Digits", "1234"), ("From", "+14158675309"), ("To", "+18005551212")]
SID = "SM" + "a" * 32


def published_rule(url: str, pairs: list[tuple[str, str]], token: str = TOKEN) -> str:
    signed = url + "".join(key + value for key, value in sorted(set(pairs)))
    return base64.b64encode(hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()).decode()


def is_ok(url: str, pairs: list[tuple[str, str]], signature: str | None, *tokens: str) -> bool:
    return signature_ok(url, MultiDict(pairs), signature=signature, tokens=tokens or (TOKEN,))


@pytest.mark.parametrize(
    ("received_at", "signed_as"),
    [
        (URL, URL),
        ("https://clinic.example.org/a", "https://clinic.example.org:443/a"),
        ("https://clinic.example.org:1234/a", "https://clinic.example.org/a"),
        ("http://127.0.0.1:8000/a", "http://127.0.0.1:8000/a"),
        ("http://clinic.example.org/a", "http://clinic.example.org:80/a"),
    ],
)
@pytest.mark.parametrize(
    "pairs",
    [
        PLAIN,
        [],
        [*PLAIN, ("ErrorCode", "")],
        [*PLAIN, ("MediaUrl", "b"), ("MediaUrl", "a"), ("MediaUrl", "a")],
        [("Body", "Voy mañana \U0001f44d & más=1")],
    ],
)
def test_a_signature_by_the_published_rule_is_good(
    received_at: str, signed_as: str, pairs: list[tuple[str, str]]
) -> None:
    assert is_ok(received_at, pairs, published_rule(signed_as, pairs))


def test_the_documented_example_is_good() -> None:
    pairs = [*PLAIN, ("Caller", "+14158675309")]
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert published_rule(url, pairs) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="
    assert is_ok(url, pairs, "RSOYDt4T1cUTdK1PDd93/VVr8B8=")


def test_the_official_client_and_the_published_rule_agree() -> None:
    form = MultiDict([*PLAIN, ("Body", ""), ("Body", "x")])
    pairs = list(form.items(multi=True))
    assert RequestValidator(TOKEN).compute_signature(URL, form) == published_rule(URL, pairs)


@pytest.mark.parametrize("signature", [None, "", "RSOYDt4T1cUTdK1PDd93/VVr8B8=", "é", "x" * 10_000])
def test_a_missing_or_foreign_signature_is_refused_without_a_fuss(signature: str | None) -> None:
    assert not is_ok(URL, PLAIN, signature)


def test_anything_changed_on_the_way_spoils_the_signature() -> None:
    good = published_rule(URL, PLAIN)
    assert not is_ok(URL + "/", PLAIN, good)
    assert not is_ok(URL.replace("foo=1", "foo=2"), PLAIN, good)
    assert not is_ok(URL, [*PLAIN, ("New", "")], good)
    assert not is_ok(URL, PLAIN[1:], good)
    assert not is_ok(URL, [("Digits", "12345"), *PLAIN[2:], PLAIN[0]], good)


def test_two_tokens_stand_side_by_side_while_one_is_replaced() -> None:
    assert is_ok(URL, PLAIN, published_rule(URL, PLAIN, "old"), "new", "old")
    assert is_ok(URL, PLAIN, published_rule(URL, PLAIN, "new"), "new", "old")
    assert not is_ok(URL, PLAIN, published_rule(URL, PLAIN, "older"), "new", "old")


def test_without_a_token_nothing_is_good() -> None:
    assert not signature_ok(URL, {}, signature=published_rule(URL, [], ""), tokens=[""])
    assert not signature_ok(URL, {}, signature=published_rule(URL, [], ""), tokens=[])


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({"MessageSid": SID, "MessageStatus": "delivered"}, StatusUpdate(SID, "delivered", None)),
        ({"MessageSid": SID, "MessageStatus": "sent", "ErrorCode": ""}, StatusUpdate(SID, "sent", None)),
        ({"MessageSid": SID, "MessageStatus": "sent", "ErrorCode": "0"}, StatusUpdate(SID, "sent", None)),
        (
            {"MessageSid": SID, "MessageStatus": "undelivered", "ErrorCode": "30005"},
            StatusUpdate(SID, "undelivered", 30005),
        ),
        ({"SmsSid": SID, "SmsStatus": "Sent", "ErrorCode": "what"}, StatusUpdate(SID, "sent", None)),
    ],
)
def test_a_delivery_report_is_read(form: dict[str, str], expected: StatusUpdate) -> None:
    assert parse_status(MultiDict(form)) == expected
    assert parse_status(form) == expected


@pytest.mark.parametrize(
    "pairs",
    [
        [],
        [("MessageSid", SID)],
        [("MessageStatus", "sent")],
        [("MessageSid", "SM1/../.."), ("MessageStatus", "sent")],
        [("MessageSid", SID), ("MessageStatus", "sent"), ("MessageStatus", "delivered")],
        [("MessageSid", SID), ("MessageStatus", "s\x00nt")],
    ],
)
def test_a_report_that_says_nothing_or_two_things_is_unreadable(pairs: list[tuple[str, str]]) -> None:
    with pytest.raises(UnreadableWebhook):
        parse_status(MultiDict(pairs))


def test_a_value_that_comes_twice_the_same_is_one_value() -> None:
    pairs = [("MessageSid", SID), ("MessageStatus", "sent"), ("MessageStatus", "sent")]
    assert parse_status(MultiDict(pairs)).status == "sent"


def test_a_text_from_a_phone_is_read() -> None:
    form = {"MessageSid": SID, "From": "+13055550111", "To": "+15005550006", "Body": "1", "NumSegments": "1"}
    expected = InboundText(SID, "+13055550111", "+15005550006", "1", None, 1)
    assert parse_inbound(MultiDict(form)) == expected


@pytest.mark.parametrize(("given", "read"), [("STOP", "STOP"), ("start", "START"), ("", None), ("NEW", None)])
def test_the_opt_out_type_is_one_of_three_or_none(given: str, read: str | None) -> None:
    form = {"MessageSid": SID, "From": "+13055550111", "To": "+15005550006", "Body": "x", "OptOutType": given}
    assert parse_inbound(form).opt_out_type == read


def test_a_text_may_be_empty_and_loses_what_no_column_takes() -> None:
    form = {"MessageSid": SID, "From": "+13055550111", "To": "+15005550006"}
    assert not parse_inbound(form).body
    assert parse_inbound(form | {"Body": "a\x00b"}).body == "ab"


@pytest.mark.parametrize("missing", ["MessageSid", "From", "To"])
def test_a_text_without_a_side_is_unreadable(missing: str) -> None:
    form = {"MessageSid": SID, "From": "+13055550111", "To": "+15005550006", "Body": "x"}
    with pytest.raises(UnreadableWebhook):
        parse_inbound({key: value for key, value in form.items() if key != missing})
