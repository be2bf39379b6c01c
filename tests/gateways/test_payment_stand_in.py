"""The pretend gateway as a process: signed webhooks, late, twice and again; its pages; its clock; after a kill."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask, request

from clinic.gateways.payments import CardWord, PaymentWord
from clinic.gateways.payments.stand_in.running import running
from clinic.gateways.payments.stand_in.setup import Setup
from clinic.gateways.payments.stripe import StripeGateway
from clinic.gateways.payments.stripe_webhooks import event_of, verified
from clinic.gateways.sms.stand_in.server import Server
from clinic.kernel.clock import utc_now
from tests.gateways.conftest import eventually
from tests.gateways.payment_wires import BACK, KEY, SECRET, AtTheScreen, Elsewhere, localstripe

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
GOOD, SLOW = "4242424242424242", "4000000000001505"


@dataclass
class Desk:
    """Remembers what each verified webhook said and counts the others; answers with `answers` first."""

    url: str = ""
    clock: Callable[[], datetime] = lambda: NOW
    said: list[tuple[str, str]] = field(default_factory=list)
    references: set[str | None] = field(default_factory=set)
    strange: int = 0
    answers: list[int] = field(default_factory=list)

    def words(self) -> list[str]:
        return [word for _, word in list(self.said)]


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk, app = Desk(), Flask(__name__)

    @app.post("/events")
    def hear() -> tuple[str, int]:
        raw = request.get_data()
        if not verified(raw, request.headers, ["another", SECRET], now=desk.clock()):
            desk.strange += 1
            return "", 401
        found = event_of(raw)
        desk.said.append((found.event_id, found.said))
        desk.references.add(found.reference)
        return "", desk.answers.pop(0) if desk.answers else 204

    server = Server(app)
    desk.url = f"{server.url}/events"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield desk
    server.shutdown()
    server.server_close()
    thread.join()


@dataclass(frozen=True)
class StandIn:
    """A stand-in, its backstage and one customer with a card."""

    address: str

    @property
    def gateway(self) -> StripeGateway:
        return StripeGateway(api_key=KEY, base_url=self.address)

    def ask(self, path: str, **body: object) -> Any:
        verb, sent = ("POST", body) if body else ("GET", None)
        answer = requests.request(verb, f"{self.address}/_sim{path}", json=sent, auth=(KEY, ""), timeout=30)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def pay(self, number: str, key: str = "inv:1:a:1") -> Any:
        customer = self.gateway.create_customer("row", key="customer")
        card = AtTheScreen().save(self.gateway, customer, number, key=f"{key}/setup")
        return self.gateway.charge(
            customer=customer, method=card.method_id, cents=500, reference=key, key=key, is_scheduled=True
        )


Start = Callable[..., StandIn]


@pytest.fixture
def start(desk: Desk) -> Iterator[Start]:
    """Start a stand-in whose clock stands at NOW until it is moved on."""
    with ExitStack() as stack:
        setup = Setup(KEY, SECRET, webhook_url=desk.url)
        yield lambda **changes: StandIn(
            stack.enter_context(running(replace(setup, **changes), clock=lambda: NOW))  # type: ignore[arg-type]
        )


def test_what_happens_is_told_signed_once_with_our_own_marks(start: Start, desk: Desk) -> None:
    stand_in = start()
    stand_in.pay(GOOD)
    stand_in.ask("/clock", do="advance", seconds=1)
    assert sorted(desk.words()) == [
        "checkout.session.completed",
        "payment_intent.created",
        "payment_intent.succeeded",
        "payment_method.attached",
        "setup_intent.succeeded",
    ]
    assert desk.references == {None, "inv:1:a:1/setup", "inv:1:a:1"}
    assert not desk.strange


def test_what_is_not_taken_comes_again_and_what_is_doubled_has_one_id(start: Start, desk: Desk) -> None:
    desk.answers = [500, 503]
    stand_in = start(faults="doubled=1")
    stand_in.pay(GOOD)
    stand_in.ask("/clock", do="advance", seconds=60)
    assert len(set(desk.said)) == 5
    assert len(desk.said) == 12
    assert [one["status"] for one in stand_in.ask("/webhooks")].count(204) == 10


def test_a_slow_payment_ends_when_its_hour_is_over_and_is_told(start: Start, desk: Desk) -> None:
    stand_in = start()
    paid = stand_in.pay(SLOW)
    assert paid.state is PaymentWord.PROCESSING
    stand_in.ask("/clock", do="advance", seconds=3_600)
    assert stand_in.gateway.payment(paid.payment_id).state is PaymentWord.SUCCEEDED
    assert desk.words()[-1] == "payment_intent.succeeded"


def test_the_page_says_that_a_card_was_declined_and_takes_another(start: Start) -> None:
    gateway = start().gateway
    customer = gateway.create_customer("row", key="customer")
    page = gateway.begin_card(customer, key="setup", return_url=BACK)
    assert "Save a card" in requests.get(page.url, timeout=5).text
    assert "declined" in requests.post(page.url, data={"card": "4000000000000069"}, timeout=5).text
    assert gateway.card_of(page.setup_id).decline_code == "expired_card"
    taken = requests.post(page.url, data={"card": GOOD}, allow_redirects=False, timeout=5)
    assert (taken.status_code, taken.headers["Location"]) == (303, BACK)
    assert "closed" in requests.get(page.url, timeout=5).text
    assert requests.post(page.url, data={"card": GOOD}, timeout=5).status_code == 400


def test_a_bank_may_refuse_a_card_that_its_owner_does_not_confirm(start: Start) -> None:
    gateway = start().gateway
    page = gateway.begin_card(gateway.create_customer("row", key="customer"), key="setup", return_url=BACK)
    asked = requests.post(page.url, data={"number": "4000 0027 6000 3184"}, timeout=5)
    assert "Is this you?" in asked.text
    assert "declined" in requests.post(asked.url, data={"answer": "no"}, timeout=5).text
    assert gateway.card_of(page.setup_id).state is CardWord.REQUIRES_ACTION


def test_cards_change_their_mind_backstage_and_strangers_stay_before_the_door(start: Start) -> None:
    stand_in = start()
    customer = stand_in.gateway.create_customer("row", key="customer")
    card = AtTheScreen().save(stand_in.gateway, customer, GOOD, key="setup")
    stand_in.ask(f"/cards/{card.method_id}", charge_code="insufficient_funds")
    assert stand_in.pay(GOOD).decline_code is None
    asked = {"customer": customer, "method": card.method_id, "cents": 500, "reference": "r", "is_scheduled": True}
    assert stand_in.gateway.charge(**asked, key="again").decline_code == "insufficient_funds"
    assert requests.get(f"{stand_in.address}/_sim/webhooks", timeout=5).status_code == 401
    assert requests.get(f"{stand_in.address}/c/pay/cs_test_nobodys", timeout=5).status_code == 404


def test_a_killed_stand_in_knows_everything_again_and_tells_what_nobody_heard(desk: Desk, tmp_path: Path) -> None:
    desk.clock = utc_now
    desk.answers = [500] * 3
    state = tmp_path / "bank.jsonl"
    process, address = _launched(state, desk.url)
    paid = StandIn(address).pay(GOOD)
    eventually(lambda: len(desk.said) >= 3)
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    desk.answers = []
    process, address = _launched(state, desk.url)
    assert StandIn(address).gateway.payment(paid.payment_id) == paid
    eventually(lambda: len(set(desk.said)) == 5)
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    assert KEY not in state.read_text()


def _launched(state: Path, webhooks: str) -> tuple["subprocess.Popen[str]", str]:
    environment = os.environ | {"K": KEY, "S": SECRET}
    argv = [sys.executable, "-m", "clinic.gateways.payments.stand_in", "--port", "0", "--api-key-env", "K"]
    argv += ["--webhook-secret-env", "S", "--webhook-url", webhooks, "--state", str(state)]
    process = subprocess.Popen(argv, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with process.stdout as said:
        line = said.readline()
    assert line.startswith("payment stand-in ready on http://127.0.0.1:")
    return process, line.split()[-1]


def test_the_webhooks_of_the_other_pretend_gateway_verify_and_are_read(desk: Desk, tmp_path: Path) -> None:
    desk.clock = utc_now
    with localstripe(tmp_path) as address:
        hook = {"url": desk.url, "secret": SECRET, "events": ["payment_intent.succeeded"]}
        requests.post(f"{address}/_config/webhooks/clinic", data=json.dumps(hook), timeout=5).raise_for_status()
        gateway = StripeGateway(api_key=KEY, base_url=address)
        customer = gateway.create_customer("row", key="customer")
        card = Elsewhere(address).save(gateway, customer, GOOD, key="setup")
        gateway.charge(
            customer=customer, method=card.method_id, cents=500, reference="payment", key="key", is_scheduled=True
        )
        eventually(lambda: desk.references == {"payment"})
    assert not desk.strange
