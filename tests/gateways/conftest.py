"""A stand-in in a thread, a clinic that only listens, and a server that answers with any bytes."""

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from uuid import UUID, uuid4

import pytest
from flask import Flask, request
from werkzeug.datastructures import MultiDict

from clinic.gateways.sms import OutgoingText
from clinic.gateways.sms.simulator import Simulator
from clinic.gateways.sms.stand_in.running import running
from clinic.gateways.sms.stand_in.server import Server
from clinic.gateways.sms.stand_in.setup import Setup
from clinic.gateways.sms.twilio import TwilioGateway

ACCOUNT, TOKEN, SERVICE = "AC" + "0" * 32, "token-for-tests", "MG" + "0" * 32


@dataclass
class Hooks:
    """Remembers each signed form, and answers with `answers` first and 204 afterwards."""

    url: str = ""
    forms: list[tuple[str, MultiDict[str, str], str]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    def statuses(self, attempt_id: UUID) -> list[str]:
        return [form["MessageStatus"] for path, form, _ in list(self.forms) if str(attempt_id) in path]

    def inbound(self) -> list[MultiDict[str, str]]:
        return [form for path, form, _ in list(self.forms) if path == "/inbound"]


@pytest.fixture
def hooks() -> Iterator[Hooks]:
    hooks = Hooks()
    app = Flask(__name__)

    @app.post("/<path:path>")
    def hear(path: str) -> tuple[str, int]:
        hooks.forms.append((f"/{path}", request.form, request.headers["X-Twilio-Signature"]))
        return "", hooks.answers.pop(0) if hooks.answers else 204

    server = Server(app)
    hooks.url = server.url
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield hooks
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def setup(hooks: Hooks) -> Setup:
    inbound = f"{hooks.url}/inbound#rc=5&rp=all"
    return Setup(ACCOUNT, TOKEN, SERVICE, inbound_url=inbound, speed=50.0, faults="stall=3")


@pytest.fixture
def start(setup: Setup) -> Iterator[Callable[..., str]]:
    """Start a stand-in with some settings of its own and give its address."""
    from contextlib import ExitStack

    with ExitStack() as stack:
        yield lambda **changes: stack.enter_context(running(replace(setup, **changes)))


@pytest.fixture
def base_url(start: Callable[..., str]) -> str:
    return start()


def simulator_at(url: str) -> Simulator:
    """Return the backstage of a stand-in at an address."""
    return Simulator(url, ACCOUNT, TOKEN)


def gateway_at(base_url: str, **options: float) -> TwilioGateway:
    return TwilioGateway(
        account_sid=ACCOUNT, auth_token=TOKEN, messaging_service_sid=SERVICE, base_url=base_url, **options
    )


@pytest.fixture
def gateway(base_url: str) -> TwilioGateway:
    return gateway_at(base_url)


@pytest.fixture
def simulator(base_url: str) -> Simulator:
    return Simulator(base_url, ACCOUNT, TOKEN)


@pytest.fixture
def text(hooks: Hooks) -> Callable[..., OutgoingText]:
    def make(to: str = "+13055550111", body: str = "Demo: your visit is tomorrow.", **changes: object) -> OutgoingText:
        attempt = uuid4()
        made = OutgoingText(to, body, attempt, f"{hooks.url}/status/{attempt}", 3600)
        return replace(made, **changes)  # type: ignore[arg-type]

    return make


def eventually(holds: Callable[[], object], seconds: float = 8.0) -> None:
    """Wait until something holds; the limit only ends a test that has failed."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it never came to hold"
        time.sleep(0.01)


@dataclass
class Canned:
    """A server on a socket that reads one request a connection and answers with fixed bytes."""

    url: str
    requests: list[bytes] = field(default_factory=list)


@pytest.fixture
def canned() -> Iterator[Callable[..., Canned]]:
    """Answer each connection with `answer`; then hang up, by reset if asked, or say nothing for `silence` seconds."""
    listeners: list[socket.socket] = []
    threads: list[threading.Thread] = []
    over = threading.Event()

    def serve(answer: bytes = b"", *, reset: bool = False, silent: bool = False) -> Canned:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)
        found = Canned(f"http://127.0.0.1:{listener.getsockname()[1]}")

        def answer_all() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    found.requests.append(_read_request(connection))
                    connection.sendall(answer)
                    if silent:
                        over.wait(10)
                    if reset:
                        linger = struct.pack("ii", 1, 0)
                        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)

        threads.append(threading.Thread(target=answer_all, daemon=True))
        threads[-1].start()
        return found

    yield serve
    over.set()
    for listener in listeners:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
    for thread in threads:
        thread.join()


def _read_request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")]
    while len(body) < int(lengths[0] if lengths else 0):
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body
