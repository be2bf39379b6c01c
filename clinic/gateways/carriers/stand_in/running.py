"""Starts and stops a stand-in, in this process or as the whole of it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from clinic.gateways.carriers.stand_in.app import create_app
from clinic.gateways.carriers.stand_in.provider import Provider
from clinic.gateways.carriers.stand_in.setup import Setup
from clinic.gateways.sms.stand_in.server import Server
from clinic.gateways.stopping import wait_for_interrupt
from clinic.kernel.clock import Clock, utc_now


@contextmanager
def running(setup: Setup, port: int = 0, *, clock: Clock = utc_now) -> Iterator[str]:
    """Serve in a thread and give the address for the client; what is under way at the end is dropped."""
    provider = Provider(setup, clock)
    server = Server(create_app(provider), port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"{server.url}/v2"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        provider.close()


def serve(setup: Setup, port: int, *, is_quiet: bool = False) -> None:
    """Serve until interrupted; says one line when it listens, unless it is to be quiet."""
    with suppress(KeyboardInterrupt), running(setup, port) as address:
        if not is_quiet:
            print(f"carrier stand-in ready on {address}", flush=True)  # noqa: T201 - a parent process waits for it
        wait_for_interrupt()
