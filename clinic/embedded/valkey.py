"""A Valkey server of our own: a queue that may forget, because PostgreSQL is the only truth."""

import contextlib
import os
import signal
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from clinic.embedded import binaries, children, keeping
from clinic.embedded.children import Leash


@dataclass(frozen=True)
class Valkey:
    """A running server: its child process, its port and its password."""

    child: children.Child
    port: int
    password: str

    @property
    def url(self) -> str:
        """The address for Redis clients, database 0."""
        return f"redis://:{self.password}@{keeping.LOOPBACK}:{self.port}/0"

    def stop(self) -> None:
        """End the server; nothing in it needs saving."""
        children.stop(self.child, signal.SIGTERM)


@contextlib.contextmanager
def running(directory: Path) -> Iterator[Valkey]:
    """Serve from a directory while the block runs."""
    server = start(directory)
    try:
        yield server
    finally:
        server.stop()


def start(directory: Path) -> Valkey:
    """Start the server and wait until it answers; port and password are kept in `directory/valkey.json` (0600).

    A port that is taken, be it by an earlier server that has not ended yet, is left alone: the next start
    simply takes another one, because nothing in the old one is needed.
    """
    directory.mkdir(parents=True, exist_ok=True)
    directory = directory.resolve()
    kept = keeping.remembered(directory / "valkey.json")
    port = keeping.free_port(int(kept.get("port", 0)))
    kept = {"password": keeping.new_password(), **kept, "port": str(port)}
    keeping.keep(directory / "valkey.json", kept)
    configuration = _configure(directory, port=port, password=kept["password"])
    argv = [binaries.valkey_program(), configuration]
    log = directory / "valkey.log"
    child = children.start_logged(argv, log, leash=Leash(signal.SIGTERM))
    children.wait_until(lambda: _answers(port, kept["password"]), child=child, log=log, seconds=20)
    return Valkey(child, port, kept["password"])


def _configure(directory: Path, *, port: int, password: str) -> Path:
    """Write the configuration file: on the command line the password would be seen in `ps`."""
    file = directory / "valkey.conf"
    lines = [
        f"bind {keeping.LOOPBACK}",
        f"port {port}",
        "protected-mode yes",
        f"requirepass {password}",
        'save ""',
        "appendonly no",
        f'dir "{directory}"',
    ]
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as target:
        target.write("\n".join(lines) + "\n")
    return file


def _answers(port: int, password: str) -> bool:
    """Ask `PING` in the wire protocol; another server on the port would refuse our password."""
    try:
        with socket.create_connection((keeping.LOOPBACK, port), timeout=1) as connection:
            connection.sendall(f"AUTH {password}\r\nPING\r\n".encode())
            answer = connection.recv(64)
            while b"PONG" not in answer and not answer.startswith(b"-"):
                more = connection.recv(64)
                if not more:
                    return False
                answer += more
            return b"PONG" in answer
    except OSError:
        return False
