"""Three ways to a gateway behind the one port, each with the person who enters cards and answers her bank."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any, Protocol

import requests

from clinic.embedded.keeping import free_port
from clinic.gateways.payments import GatewayCard, PaymentGateway
from clinic.gateways.payments.bank import Bank
from clinic.gateways.payments.sandbox import SandboxGateway
from clinic.gateways.payments.stand_in.running import running
from clinic.gateways.payments.stand_in.setup import Setup
from clinic.gateways.payments.stripe import StripeGateway
from tests.gateways.given_cards import given_card

KEY, SECRET, BACK = "sk_test_for_tests", "secret-of-webhooks", "https://clinic.example.org/my-plan"
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
_LOCALSTRIPE = Path(os.environ.get("LOCALSTRIPE", Path(sys.prefix) / "localstripe")) / "bin" / "python"
# Its own start listens on every interface and keeps what it knows in the temporary folder of everybody.
_ON_LOOPBACK = "import sys; from aiohttp import web; from localstripe.server import app; "
_SERVE = "web.run_app(app, host='127.0.0.1', port=int(sys.argv[1]), access_log=None, print=None)"


class Person(Protocol):
    """Who enters cards and answers her bank."""

    def save(self, gateway: PaymentGateway, customer: str, number: str, *, key: str) -> GatewayCard:
        """Save a card, with whatever the bank asks for."""

    def answer(self, gateway: PaymentGateway, payment_id: str, method: str, *, is_confirmed: bool) -> None:
        """Answer the bank's question about a payment."""


@dataclass
class Wire:
    """A gateway and its person; `new` is another name for everything that is made once."""

    gateway: PaymentGateway
    person: Person
    address: str = ""
    _numbers: "count[int]" = field(default_factory=count)

    def new(self, kind: str) -> str:
        return f"{kind}-{next(self._numbers)}"

    def customer(self) -> str:
        name = self.new("customer")
        return self.gateway.create_customer(name, key=name)

    def saved(self, number: str) -> tuple[str, GatewayCard]:
        customer = self.customer()
        return customer, self.person.save(self.gateway, customer, number, key=self.new("setup"))


@dataclass
class AtTheDesk:
    """Goes to the bank itself."""

    bank: Bank

    def save(self, gateway: PaymentGateway, customer: str, number: str, *, key: str) -> GatewayCard:
        return given_card(gateway, self.bank, customer=customer, number=number, key=key)

    def answer(self, gateway: PaymentGateway, payment_id: str, method: str, *, is_confirmed: bool) -> None:
        gateway.confirm(payment_id, method=method, key=f"{payment_id}:c", return_url=BACK)
        self.bank.answer_challenge(payment_id, is_confirmed=is_confirmed)


class AtTheScreen:
    """Fills the pages in and goes where they lead."""

    def save(self, gateway: PaymentGateway, customer: str, number: str, *, key: str) -> GatewayCard:
        started = gateway.begin_card(customer, key=key, return_url=BACK)
        answer = requests.post(started.url, data={"number": number}, allow_redirects=False, timeout=10)
        if "/3ds/" in answer.headers["Location"]:
            answer = requests.post(
                answer.headers["Location"], data={"answer": "yes"}, allow_redirects=False, timeout=10
            )
        assert answer.headers["Location"] == BACK
        card = gateway.card_of(started.setup_id).card
        assert card is not None
        return card

    def answer(self, gateway: PaymentGateway, payment_id: str, method: str, *, is_confirmed: bool) -> None:
        url = gateway.confirm(payment_id, method=method, key=f"{payment_id}:c", return_url=BACK).action_url
        assert url is not None
        said = {"answer": "yes" if is_confirmed else "no"}
        assert requests.post(url, data=said, allow_redirects=False, timeout=10).headers["Location"] == BACK


@dataclass
class Elsewhere:
    """Does with a pretend Stripe of another make what its pages would do, which it does not have."""

    address: str

    def save(self, gateway: PaymentGateway, customer: str, number: str, *, key: str) -> GatewayCard:
        card = {"number": number, "exp_month": "11", "exp_year": "2030", "cvc": "123"}
        method = self._post("/v1/payment_methods", {"type": "card", "card": card})
        self._post(f"/v1/payment_methods/{method['id']}/attach", {"customer": customer})
        setup = self._post("/v1/setup_intents", {"customer": customer, "metadata": {"reference": key}})
        self._post(f"/v1/setup_intents/{setup['id']}/confirm", {"payment_method": method["id"]})
        self._post(f"/v1/setup_intents/{setup['id']}/confirm", {})
        found = gateway.card_of(setup["id"]).card
        assert found is not None
        return found

    def answer(
        self,
        gateway: PaymentGateway,  # noqa: ARG002 - as everybody else
        payment_id: str,
        method: str,  # noqa: ARG002
        *,
        is_confirmed: bool,
    ) -> None:
        secret = requests.get(f"{self.address}/v1/payment_intents/{payment_id}", auth=(KEY, ""), timeout=10).json()
        said = {"client_secret": secret["client_secret"], "success": is_confirmed}
        self._post(f"/v1/payment_intents/{payment_id}/_authenticate", said, may_be_declined=True)

    def _post(self, path: str, body: dict[str, Any], *, may_be_declined: bool = False) -> dict[str, Any]:
        answer = requests.post(self.address + path, json=body, auth=(KEY, ""), timeout=10)
        assert answer.ok or may_be_declined, answer.text
        found: dict[str, Any] = answer.json()
        return found


@contextmanager
def wire_of(kind: str, directory: Path) -> Iterator[Wire]:
    """Give one of the three ways, by name."""
    if kind == "sandbox":
        bank = Bank(lambda: NOW)
        yield Wire(SandboxGateway(bank), AtTheDesk(bank))
    elif kind == "stand-in":
        with running(Setup(KEY, SECRET)) as address:
            yield Wire(StripeGateway(api_key=KEY, base_url=address), AtTheScreen(), address)
    else:
        with localstripe(directory) as address:
            yield Wire(StripeGateway(api_key=KEY, base_url=address), Elsewhere(address), address)


@contextmanager
def localstripe(directory: Path) -> Iterator[str]:
    """Run the other pretend Stripe as a process on loopback, with a temporary folder of its own."""
    assert _LOCALSTRIPE.exists(), f"{_LOCALSTRIPE} is missing; `make .venv/.ready-localstripe` makes it"
    port = free_port()
    environment = {"PATH": os.environ["PATH"], "TMPDIR": str(directory)}
    process = subprocess.Popen([_LOCALSTRIPE, "-c", _ON_LOOPBACK + _SERVE, str(port)], env=environment)
    try:
        yield _awaited(f"http://127.0.0.1:{port}", process)
    finally:
        process.terminate()
        process.wait(10)


def _awaited(address: str, process: "subprocess.Popen[bytes]") -> str:
    until = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < until:
        try:
            requests.get(f"{address}/v1/customers", auth=(KEY, ""), timeout=1)
        except requests.ConnectionError:
            time.sleep(0.05)
        else:
            return address
    raise AssertionError("the other pretend Stripe does not answer")
