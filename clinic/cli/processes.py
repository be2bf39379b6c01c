"""Runs the clinic's processes side by side: prefixed log lines, restarts with patience, an orderly end."""

import contextlib
import os
import selectors
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import click

from clinic.cli import terminal
from clinic.embedded import children
from clinic.embedded.children import Child, Leash

_LONGEST_PAUSE_SECONDS = 30.0
_MOST_FAILURES_WHILE_OPENING = 3
_HEALTHY_AFTER_SECONDS = 60.0
_TICK_SECONDS = 0.25
_SECONDS_TO_END = 20.0


@dataclass
class Process:
    """One line of the Procfile while it runs."""

    name: str
    argv: Sequence[str]
    prefix: str
    child: Child | None = None
    began: float = 0.0
    failures: int = 0
    next_start: float = 0.0
    rest: bytes = b""


@dataclass
class Processes:
    """All processes of one run; everything happens in the main thread, whose end ends them."""

    environment: dict[str, str]
    all: list[Process] = field(default_factory=list)
    selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)

    def start(self, name: str, argv: Sequence[str]) -> None:
        """Start one process and keep it running until `stop`."""
        process = Process(name, argv, terminal.prefix(name, len(self.all)))
        self.all.append(process)
        self._launch(process)

    def tend(self) -> None:
        """Pass on what the processes say for a moment, and restart those that ended."""
        self._listen(_TICK_SECONDS)
        for process in self.all:
            self._look_after(process)

    def has_given_up(self) -> bool:
        """Tell whether a process has failed so often since its start that it will not come up by itself."""
        return any(process.failures >= _MOST_FAILURES_WHILE_OPENING for process in self.all)

    def stop(self) -> None:
        """End the processes one by one, the youngest first, passing on their last words."""
        for process in reversed(self.all):
            if process.child is not None:
                self._end(process.child)
        self._listen(0)

    def _end(self, child: Child) -> None:
        """Ask a process to end; whoever does not listen, and whatever it started, is ended."""
        until = time.monotonic() + _SECONDS_TO_END
        with contextlib.suppress(ProcessLookupError):
            child.send_signal(signal.SIGTERM)
        while child.poll() is None and time.monotonic() < until:
            self._listen(_TICK_SECONDS)
        _end_group(child)
        child.wait()

    def _listen(self, seconds: float) -> None:
        for key, _ in self.selector.select(seconds):
            self._pass_on(key)

    def _launch(self, process: Process) -> None:
        read_end, write_end = os.pipe()
        os.set_blocking(read_end, False)
        process.child = children.start(
            process.argv, leash=Leash(signal.SIGTERM), output=write_end, environment=self.environment
        )
        os.close(write_end)
        process.began = time.monotonic()
        self.selector.register(read_end, selectors.EVENT_READ, process)

    def _pass_on(self, key: selectors.SelectorKey) -> None:
        process, descriptor = key.data, key.fd
        read = os.read(descriptor, 65_536)
        if not read:
            self.selector.unregister(descriptor)
            os.close(descriptor)
        *lines, process.rest = (process.rest + read).split(b"\n")
        for line in filter(bytes.strip, lines):
            click.echo(process.prefix + line.decode(errors="replace"))

    def _look_after(self, process: Process) -> None:
        if process.child is not None and process.child.poll() is not None:
            self._plan_restart(process, process.child)
        elif process.child is None and time.monotonic() >= process.next_start:
            self._launch(process)

    def _plan_restart(self, process: Process, child: Child) -> None:
        """A process that lived long starts again at once; one that keeps failing waits longer each time."""
        _end_group(child)
        lived = time.monotonic() - process.began
        process.failures = 0 if lived > _HEALTHY_AFTER_SECONDS else process.failures + 1
        pause = min(_LONGEST_PAUSE_SECONDS, 2.0**process.failures / 2)
        process.child, process.next_start = None, time.monotonic() + pause
        click.echo(f"{process.prefix}ended ({_how(child.returncode)}); starting it again in {pause:.1f} s")


def _how(status: int) -> str:
    return signal.Signals(-status).name if status < 0 else f"status {status}"


def _end_group(child: Child) -> None:
    """End what a process that is gone left behind in its group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)


def read_procfile(file: Path) -> dict[str, str]:
    """Return the commands of a Procfile by name, in its order."""
    lines = [line.partition(":") for line in file.read_text().splitlines() if line.strip() and line[0] != "#"]
    return {name.strip(): command.strip() for name, _, command in lines}


def shell(command: str) -> list[str]:
    """Return the argument list of a Procfile command; `exec` keeps the shell out of the process tree."""
    return ["/bin/sh", "-c", f"exec {command}"]


def quiet_programs() -> dict[str, str]:
    """Return the environment in which this Python's programs are found first and speak only when it matters."""
    return {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
        "PYTHONUNBUFFERED": "1",
        "PYTHONWARNINGS": os.environ.get("PYTHONWARNINGS", "ignore:You're running the worker with superuser"),
        "GUNICORN_CMD_ARGS": os.environ.get("GUNICORN_CMD_ARGS", "--log-level=warning"),
    }
