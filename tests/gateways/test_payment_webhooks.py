"""Webhooks about money: which signatures count, for how long, and what an event is about."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import stripe
from werkzeug.datastructures import Headers

from clinic.gateways.payments import EventKind, UnreadableEvent
from clinic.gateways.payments.stripe_webhooks import SIGNATURE_HEADER, event_of, signature_of, verified
from tests.gateways.published_stripe import BODY, SECRET, SUCCEEDED

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


def headers(signature: str) -> Headers:
    return Headers({"stripe-signature": signature})


def is_verified(signature: str, *, body: bytes = BODY, secrets: tuple[str, ...] = (SECRET,)) -> bool:
    return verified(body, headers(signature), secrets, now=NOW)


def event(said: str = "payment_intent.succeeded", **thing: object) -> bytes:
    whole = {"id": "pi_1", "object": "payment_intent"} | thing
    return json.dumps({"id": "evt_1", "object": "event", "type": said, "data": {"object": whole}}).encode()


def test_the_header_is_the_one_that_the_official_client_makes_and_takes() -> None:
    made = signature_of(BODY, SECRET, at=NOW)
    theirs = stripe.WebhookSignature.generate_signature_header(BODY.decode(), SECRET, timestamp=int(NOW.timestamp()))
    assert made == theirs
    assert stripe.WebhookSignature.verify_header(BODY.decode(), made, SECRET)
    assert is_verified(made)


@pytest.mark.parametrize(("seconds", "counts"), [(-301, False), (-300, True), (0, True), (300, True), (301, False)])
def test_a_signature_counts_for_five_minutes_before_and_after(seconds: int, *, counts: bool) -> None:
    assert is_verified(signature_of(BODY, SECRET, at=NOW + timedelta(seconds=seconds))) is counts


def test_while_a_secret_is_replaced_both_sign_and_a_blank_one_never_does() -> None:
    old, new = (signature_of(BODY, secret, at=NOW) for secret in ("old secret", "new secret"))
    both = f"{old},{new.partition(',')[2]}"
    assert is_verified(old, secrets=("", "new secret", "old secret"))
    assert is_verified(both, secrets=("new secret",))
    assert not is_verified(old, secrets=("new secret",))
    assert not is_verified(signature_of(BODY, "", at=NOW), secrets=("",))
    assert not is_verified(old, secrets=())


@pytest.mark.parametrize(
    "forge",
    [
        lambda _right: "",
        lambda right: right.replace("v1=", "v0="),
        lambda right: right[:-1],
        lambda right: right.replace("t=", "t=1"),
        lambda right: right.replace("t=", "t=-"),
        lambda right: right + "," + right,
        lambda right: "t=" + "9" * 5_000 + "," + right.partition(",")[2],
        lambda right: "t=\u0661,v1=" + right.partition("v1=")[2],
        lambda right: right.partition("v1=")[0] + "v1=s\u00e9cret",
        lambda right: right.partition("v1=")[0] + "v1=\udce9",
    ],
)
def test_a_forged_signature_is_refused_whatever_it_is_made_of(forge: Callable[[str], str]) -> None:
    assert not verified(BODY, {SIGNATURE_HEADER: forge(signature_of(BODY, SECRET, at=NOW))}, [SECRET], now=NOW)


def test_one_changed_byte_is_another_body() -> None:
    right = signature_of(SUCCEEDED, SECRET, at=NOW)
    assert is_verified(right, body=SUCCEEDED)
    assert not is_verified(right, body=SUCCEEDED.replace(b"25000", b"25001"))
    assert not is_verified(right, body=SUCCEEDED + b"\n")


def test_the_published_event_names_its_payment_and_our_row() -> None:
    found = event_of(SUCCEEDED)
    assert (found.kind, found.said) == (EventKind.PAYMENT, "payment_intent.succeeded")
    assert found.payment_id == "pi_3PgafmB7WZ01zgkW1PCHoE7N"
    assert found.reference == "01890000-0000-7000-8000-000000000000"


def test_each_kind_of_event_names_what_it_is_about() -> None:
    refund = event_of(event("refund.updated", id="re_1", object="refund", payment_intent="pi_7"))
    assert (refund.kind, refund.refund_id, refund.payment_id) == (EventKind.REFUND, "re_1", "pi_7")
    page = event_of(event("checkout.session.completed", id="cs_1", object="checkout.session"))
    assert (page.kind, page.setup_id, page.reference) == (EventKind.CARD, "cs_1", None)
    dispute = event_of(event("charge.dispute.created", id="du_1", object="dispute", payment_intent={"id": "pi_7"}))
    assert (dispute.kind, dispute.dispute_id, dispute.payment_id) == (EventKind.DISPUTE, "du_1", "pi_7")
    other = event_of(event("plan.created", id="plan_1", object="plan"))
    assert (other.kind, other.said, other.payment_id) == (EventKind.OTHER, "plan.created", None)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"null",
        b"[]",
        b"{}",
        b"[" * 100_000,
        BODY,
        event(id=""),
        event(id="pi_\u00e9"),
        event(id="pi_" + "1" * 100),
        event("payment_intent\x00"),
        json.dumps({"id": "evt_1", "type": "x", "data": {"object": 7}}).encode(),
        event(metadata=7),
    ],
)
def test_a_body_that_is_no_event_is_one_plain_refusal(body: bytes) -> None:
    with pytest.raises(UnreadableEvent):
        event_of(body)
