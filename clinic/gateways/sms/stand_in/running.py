"""Starts and stops a stand-in, in this process or as the whole of it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from clinic.gateways.sms.stand_in.app import create_app
from clinic.gateways.sms.stand_in.provider import Provider
from clinic.gateways.sms.stand_in.server import Server
from clinic.gateways.sms.stand_in.setup import Setup
from clinic.kernel.clock import utc_now


@contextmanager
def running(setup: Setup, port: int = 0) -> Iterator[str]:
    """Serve in a thread and give the address; what is under way at the end is dropped."""
    provider = Provider(setup, utc_now)
    server = Server(create_app(provider), port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server.url
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        provider.close()


def serve(setup: Setup, port: int, *, is_quiet: bool = False) -> None:
    """Serve until interrupted; says one line when it listens, unless it is to be quiet."""
    provider = Provider(setup, utc_now)
    server = Server(create_app(provider), port)
    try:
        if not is_quiet:
            print(f"stand-in ready on {server.url}", flush=True)  # noqa: T201 - the line a parent process waits for
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()
        provider.close()
