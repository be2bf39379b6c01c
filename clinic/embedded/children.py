"""Child processes that do not outlive us: start on a leash, wait until ready, stop, show the last log lines."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from clinic.embedded.errors import ServerNotStarted

LEASH = Path(__file__).with_name("leash.py")
_POLL_SECONDS = 0.02

Child = subprocess.Popen[bytes]


@dataclass(frozen=True)
class Leash:
    """How a child is tied to us: the signal it gets when we end, and the way it gives up root first."""

    death_signal: signal.Signals = signal.SIGTERM
    way: str = "plain"


def start(
    argv: Sequence[str | Path],
    *,
    leash: Leash = Leash(),
    output: int | None = None,
    environment: Mapping[str, str] | None = None,
) -> Child:
    """Start a program in its own session; call from the main thread, whose end ends the child on Linux.

    `output` is a file descriptor for both standard output and standard error; None discards them.
    """
    tied = [str(os.getpid()), str(int(leash.death_signal)), leash.way, *map(str, argv)]
    return subprocess.Popen(  # noqa: S603  Every caller passes a list built by this project.
        [sys.executable, "-I", "-S", str(LEASH), *tied],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL if output is None else output,
        stderr=subprocess.STDOUT,
        env=dict(environment) if environment is not None else None,
        start_new_session=True,
    )


def run(argv: Sequence[str | Path], *, leash: Leash = Leash(), seconds: float = 120) -> tuple[int, str]:
    """Run a program to its end; return its exit status and what it said."""
    read_end, write_end = os.pipe()
    with os.fdopen(read_end, "rb") as output:
        child = start(argv, leash=leash, output=write_end)
        os.close(write_end)
        said = output.read().decode(errors="replace")
        return child.wait(seconds), said


def start_logged(argv: Sequence[str | Path], log: Path, *, leash: Leash) -> Child:
    """Start a program whose output is added to a log file that only we may read."""
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        return start(argv, leash=leash, output=descriptor)
    finally:
        os.close(descriptor)


def wait_until(is_ready: Callable[[], bool], *, child: Child, log: Path, seconds: float = 60) -> None:
    """Return when the child is ready; `ServerNotStarted` with its last words if it ends or takes too long."""
    until = time.monotonic() + seconds
    while not is_ready():
        if child.poll() is not None:
            raise ServerNotStarted(f"{log.stem} ended while starting (status {child.returncode}). {last_lines(log)}")
        if time.monotonic() > until:
            stop(child, signal.SIGTERM)
            raise ServerNotStarted(f"{log.stem} was not ready after {seconds:.0f} seconds. {last_lines(log)}")
        time.sleep(_POLL_SECONDS)


def last_lines(log: Path, count: int = 8) -> str:
    """Return the end of a log as one paragraph, with the place of the whole log."""
    lines = log.read_text(errors="replace").splitlines()[-count:] if log.exists() else []
    return "\n".join([f"Last lines of {log}:", *(f"  {line}" for line in lines)])


def stop(child: Child, how: signal.Signals, *, seconds: float = 30) -> None:
    """Ask the child to end, and end it if it does not; reaps it either way."""
    if child.poll() is not None:
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        child.send_signal(how)
    try:
        child.wait(seconds)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def is_alive(pid: int) -> bool:
    """Tell whether a process with this id exists, ours or not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
