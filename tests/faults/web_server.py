"""The web process of the shipped Procfile over a given database, and coordinators' browsers that speak plain HTTP."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from html.parser import HTMLParser
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode
from uuid import UUID

from clinic.access.actions import accept_invitation, invite_staff, start_session
from clinic.access.rules import hasher_of
from clinic.embedded import keeping, valkey
from clinic.kernel.actor import Role, system
from clinic.kernel.clock import utc_now
from clinic.kernel.transaction import Begin
from clinic.runtime import SigningIn

ROOT = Path(__file__).resolve().parents[2]
OPERATOR = system("Operator")
KEYS = {
    "CLINIC_SECRET_KEY": "test-only-secret-key-of-forty-characters",
    "CLINIC_ENCRYPTION_KEYS": "t1:ZW5jcnlwdGlvbiBrZXkgb2YgMzIgYnl0ZXMgb25seSE=",
    "CLINIC_LINK_KEYS": "t1:bGluayBrZXksIGFsc28gb2YgMzIgYnl0ZXMgb25seSE=",
}


def procfile(process: str) -> str:
    """Return the command line of one process type."""
    lines = (ROOT / "Procfile").read_text().splitlines()
    return next(line.partition(": ")[2] for line in lines if line.startswith(f"{process}: "))


@contextmanager
def serving(database_url: str, folder: Path, **settings: str) -> Iterator[int]:
    """Run the Procfile's web process while the block runs, and give its port."""
    port = keeping.free_port()
    with valkey.running(folder / "valkey") as queue, (folder / "web.log").open("wb") as log:
        environment = os.environ | KEYS | settings
        environment |= {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "CLINIC_ENVIRONMENT": "demo",
            "CLINIC_PUBLIC_BASE_URL": f"http://localhost:{port}",
            "CLINIC_REQUESTS_PER_MINUTE": "1000000",
            "DATABASE_URL": database_url,
            "REDIS_URL": queue.url,
            "HOST": "127.0.0.1",
            "PORT": str(port),
        }
        command = ["bash", "-c", f"exec {procfile('web')}"]
        web = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)
        try:
            _wait_until_open(port, web, folder / "web.log")
            yield port
        finally:
            web.send_signal(signal.SIGTERM)
            web.wait(timeout=30)


def _wait_until_open(port: int, web: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until and web.poll() is None:
        with closing(HTTPConnection("localhost", port, timeout=5)) as connection, suppress(OSError):
            connection.request("GET", "/sign-in")
            connection.getresponse().read()
            return
        time.sleep(0.1)
    raise AssertionError(log.read_text()[-4000:])


def signed_in(begin: Begin, *, count: int) -> list[str]:
    """Return session tokens of so many coordinators, each an account of their own."""
    hasher = hasher_of(SigningIn(memory_kib=8, time_cost=1, may_skip_second_factor=False))
    tokens = []
    for number in range(count):
        with begin(by=OPERATOR) as session:
            now = utc_now()
            account, token = invite_staff(
                session,
                email=f"coordinator{number}@example.org",
                full_name="Dana Reyes",
                roles=frozenset({Role.COORDINATOR}),
                by=OPERATOR,
                now=now,
            )
            password = "seven purple lanterns drift"
            accept_invitation(session, token=token, password=password, now=now, hasher=hasher)
            tokens.append(start_session(session, account_id=account.id, by=OPERATOR, now=now))
    return tokens


class _Forms(HTMLParser):
    """Collects the hidden boxes and time buttons of each form by the name of the form."""

    def __init__(self) -> None:
        super().__init__()
        self.boxes: dict[str, dict[str, str]] = {}
        self.buttons: dict[str, list[str]] = {}
        self._form = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = given.get("name", "")
        elif tag == "input" and given.get("type") == "hidden":
            self.boxes.setdefault(self._form, {})[given["name"]] = given["value"]
        elif tag == "button" and given.get("name") == "slot":
            self.buttons.setdefault(self._form, []).append(given["value"])


@dataclass
class Answer:
    """What came back: the status, where it leads, the page and its forms."""

    status: int
    location: str
    page: str

    @cached_property
    def near(self) -> list[str]:
        """Return the times offered instead of the one that is gone."""
        return self._forms().buttons.get("hold-near", [])

    def box(self, name: str) -> str:
        """Return a hidden box of any form."""
        return next(boxes[name] for boxes in self._forms().boxes.values() if name in boxes)

    def _forms(self) -> _Forms:
        forms = _Forms()
        forms.feed(self.page)
        return forms


@dataclass
class Coordinator:
    """A signed-in browser with one connection and one patient in mind."""

    port: int
    token: str
    patient_id: UUID
    cookies: dict[str, str] = field(default_factory=dict)
    csrf: str = ""

    def __post_init__(self) -> None:
        self.connection = HTTPConnection("localhost", self.port, timeout=60)
        self.cookies["__Host-sid"] = self.token

    def close(self) -> None:
        """Hang up."""
        self.connection.close()

    def open_booking(self) -> Answer:
        """Read the booking page, and keep its form token for every later press."""
        page = self.get(f"/book?patient={self.patient_id}&type=follow_up")
        assert page.status == 200, (page.status, page.page[:2000])
        self.csrf = page.box("csrf_token")
        return page

    def hold(self, slot: str) -> Answer:
        """Press one time."""
        return self.post("/book/hold", patient=str(self.patient_id), type="follow_up", slot=slot)

    def press(self, path: str, **fields: str) -> Answer:
        """Press a button of a visit's page."""
        return self.post(path, **fields)

    def get(self, path: str) -> Answer:
        return self._ask("GET", path, None)

    def post(self, path: str, **fields: str) -> Answer:
        return self._ask("POST", path, urlencode(fields | {"csrf_token": self.csrf}))

    def _ask(self, method: str, path: str, body: str | None) -> Answer:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            response = self._answer(method, path, body, headers)
        except (ConnectionError, OSError):  # The server may close a connection that was idle for two seconds.
            self.connection.close()
            response = self._answer(method, path, body, headers)
        return response

    def _answer(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> Answer:
        self.connection.request(method, path, body=body, headers=headers)
        response = self.connection.getresponse()
        page = response.read().decode()
        for header in response.headers.get_all("Set-Cookie") or []:
            name, _, value = header.partition(";")[0].partition("=")
            self.cookies[name] = value
        return Answer(response.status, response.headers.get("Location", ""), page)


def deadlocks_in_log(data_directory: str) -> list[str]:
    """Return the lines of PostgreSQL's log that tell of a deadlock."""
    log = Path(data_directory).with_name("postgres.log")
    return [line for line in log.read_text().splitlines() if "deadlock detected" in line]
