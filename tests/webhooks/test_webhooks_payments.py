"""Reports of money through the application: signed over the bytes or refused, asked again, and then one effect."""

import json
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic.billing.models import Invoice
from clinic.gateways.payments.stripe_webhooks import SIGNATURE_HEADER, signature_of
from clinic.kernel.tables import Inbox
from tests.domains.billing.payment_makers import Till

SECRET = "test-secret-of-payments"
PATH = "/webhooks/stripe/events"
TAKES_AN_HOUR = "4000000000001505"


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def till(session, begin, clock) -> Till:
    return Till(session, begin, clock, name="stripe")


@pytest.fixture
def invoice(till: Till) -> Invoice:
    """Return an invoice whose money the bank has, and of which nobody here has heard yet."""
    invoice = till.owing(TAKES_AN_HOUR)
    till.work()
    till.clock.advance(hours=2)
    till.bank.settle()
    return invoice


def post(client: FlaskClient, till: Till, body: bytes, *, signed: str | None = None, late: int = 0) -> int:
    header = signature_of(body, SECRET, at=till.clock() - timedelta(seconds=late)) if signed is None else signed
    answer = client.post(PATH, data=body, headers={SIGNATURE_HEADER: header}, content_type="application/json")
    return answer.status_code


def told(till: Till, kind: str = "payment_intent.succeeded") -> bytes:
    """Return the last report of a kind as the bank sends it."""
    return json.dumps([each for each in till.bank.events if each["type"] == kind][-1]).encode()


def kept(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Inbox)) or 0


def test_a_signed_report_makes_a_worker_ask_again_and_has_one_effect_however_often_it_comes(client, till, invoice):
    assert [post(client, till, told(till)) for _ in range(3)] == [204, 204, 204]
    assert "money" in till.clock.wakes
    till.work()
    assert (till.states(invoice), invoice.state, kept(till.session)) == (["succeeded"], "paid", 1)
    assert post(client, till, told(till, "payment_intent.processing")) == 204
    till.work()
    assert (till.states(invoice), till.charged()) == (["succeeded"], [25_000])


@pytest.mark.parametrize("signed", ["", "t=1,v1=00", "v1=00"])
def test_a_forged_or_replayed_report_is_refused_before_it_is_read(client, till, invoice, signed):
    body = told(till)
    assert post(client, till, body, signed=signed) == 403
    assert post(client, till, body, signed=signature_of(body, "another secret", at=till.clock())) == 403
    assert post(client, till, body + b" ", signed=signature_of(body, SECRET, at=till.clock())) == 403
    assert post(client, till, body, late=301) == 403
    till.work()
    assert kept(till.session) == 0


def test_a_report_that_is_not_true_is_not_believed(client, till, session):
    invoice = till.owing()
    till.gateway.faults.append("before")
    till.work()
    payment = till.payment(invoice)
    thing = {"id": "pi_lie", "object": "payment_intent", "status": "succeeded", "amount": 25_000}
    thing |= {"metadata": {"reference": str(payment.id), "clinic_reference": str(payment.id)}}
    body = {"id": "evt_lie", "object": "event", "type": "payment_intent.succeeded", "data": {"object": thing}}
    assert post(client, till, json.dumps(body).encode()) == 204
    session.expire_all()
    assert (payment.state, invoice.state) == ("processing", "open")


def test_another_installations_payment_is_taken_and_ignored_and_a_person_told(client, till, session):
    thing = {"id": "pi_theirs", "object": "payment_intent", "status": "succeeded", "metadata": {"order": "7"}}
    body = {"id": "evt_theirs", "object": "event", "type": "payment_intent.succeeded", "data": {"object": thing}}
    assert post(client, till, json.dumps(body).encode()) == 204
    assert (kept(session), till.tasks()) == (1, ["payment_unmatched"])


def test_a_report_of_no_sense_changes_nothing(client, till, session):
    assert [post(client, till, body) for body in (b"{}", b"not json", b"\xff")] == [400, 400, 400]
    assert post(client, till, b"{" + b" " * 1_000_001 + b"}") == 413
    assert kept(session) == 0
