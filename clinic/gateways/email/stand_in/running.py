"""Starts and stops a stand-in mail server, in this process or as the whole of it."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from clinic.gateways.email.stand_in.backstage import backstage
from clinic.gateways.email.stand_in.server import LOOPBACK, controller
from clinic.gateways.email.stand_in.store import Store
from clinic.gateways.sms.stand_in.server import Server
from clinic.gateways.stopping import wait_for_interrupt


@dataclass(frozen=True, slots=True)
class Setup:
    """Who may send and look, and where; port 0 takes a free one. `journal` outlives a killed process."""

    user: str
    password: str
    port: int = 0
    backstage_port: int = 0
    journal: Path | None = None


@dataclass(frozen=True, slots=True)
class Running:
    """Where a stand-in listens."""

    port: int
    backstage_url: str


@contextmanager
def running(setup: Setup, *, trust: ssl.SSLContext | None = None) -> Iterator[Running]:
    """Serve in threads; what is under way at the end is dropped."""
    store = Store(setup.journal)
    mail = controller(store, port=setup.port, user=setup.user, password=setup.password, trust=trust)
    web = Server(backstage(store, user=setup.user, password=setup.password), setup.backstage_port)
    thread = threading.Thread(target=web.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    mail.start()
    thread.start()
    try:
        yield Running(mail.port, web.url)
    finally:
        web.shutdown()
        web.server_close()
        thread.join()
        mail.stop()


def serve(setup: Setup, *, is_quiet: bool = False) -> None:
    """Serve until interrupted; says one line when it listens, unless it is to be quiet."""
    with suppress(KeyboardInterrupt), running(setup) as stand_in:
        if not is_quiet:
            print(f"mail stand-in ready on {LOOPBACK}:{stand_in.port}", flush=True)  # noqa: T201 - a parent waits for it
        wait_for_interrupt()
