"""Prints how much memory each process of the shipped Procfile holds after some work, and the servers beside it."""

import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import ground
import reminders
import requests

from clinic.embedded.children import Child
from clinic.kernel.transaction import Begin
from tests.faults.stage import Stage, staged
from tests.faults.web_server import Coordinator, signed_in

TEXTS, TEXTS_SHORT = 200, 40
REQUESTS, REQUESTS_SHORT = 400, 60
SHIPPED = ("web", "worker", "beat")
PATHS = ("/today", "/board", "/patients", "/book", "/healthz")
PROC = Path("/proc")


@dataclass(frozen=True)
class Held:
    """What a process holds in KiB: all that it maps, and its fair share of what it shares with others."""

    rss: int
    pss: int

    def __add__(self, other: "Held") -> "Held":
        return Held(self.rss + other.rss, self.pss + other.pss)


def held_by(pid: int) -> Held:
    """Read the kernel's own sums; a process that has ended holds nothing."""
    try:
        lines = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()[1:]
    except (FileNotFoundError, ProcessLookupError):
        return Held(0, 0)
    sums = {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines)}
    return Held(sums["Rss"], sums["Pss"])


def family(pid: int) -> Iterator[int]:
    """Return a process and everything that descends from it."""
    yield pid
    for task in sorted((PROC / str(pid) / "task").iterdir()):
        for child in (task / "children").read_text().split():
            yield from family(int(child))


def start(stage: Stage, *, seen: int) -> None:
    """Start what the Procfile ships, and wait until it answers and so many have been seen."""
    for name in SHIPPED:
        stage.play(name)
    assert stage.wait_until(lambda: requests.get(f"{address(stage)}/healthz", timeout=2).ok, seconds=60)
    assert stage.wait_until(lambda: stage.rows("select 1 from heartbeat")[seen - 1 :] != [], seconds=60)


def work(stage: Stage, begin: Begin, *, count: int, texts: int) -> None:
    """Read pages as a coordinator does, and let the worker send what is due."""
    patient_id = stage.rows("select id from patient limit 1")[0][0]
    browser = Coordinator(stage.web_port, signed_in(begin, count=1)[0], patient_id)  # type: ignore[arg-type]
    for number in range(count):
        answer = browser.get(PATHS[number % len(PATHS)])
        assert answer.status == 200, (PATHS[number % len(PATHS)], answer.status)
    browser.open_booking()
    browser.close()
    # Besides the reminders, each new patient is greeted.
    assert stage.wait_until(lambda: len(stage.sent()) >= 2 * texts, seconds=60), f"{len(stage.sent())} texts left"


def address(stage: Stage) -> str:
    return f"http://localhost:{stage.web_port}"


def report(stage: Stage) -> None:
    """Print one line for each process, and one for each server with all of its own."""
    ground.say(f"Memory after some work; {ground.load()}")
    ground.say("| process | RSS | PSS |")
    ground.say("|---|---|---|")
    whole = sum((of_program(name, stage.running[name]) for name in SHIPPED), Held(0, 0))
    line("**web, worker and beat together**", whole)
    servers = {
        "stand-in provider": stage.running["stand-in"],
        "PostgreSQL, all processes": stage.database.child,
        "Valkey": stage.queue.child,
    }
    for name, child in servers.items():
        line(name, sum(map(held_by, family(child.pid)), Held(0, 0)))


def of_program(name: str, child: Child) -> Held:
    """Print a line for each process of one line of the Procfile and return the sum."""
    members = [held_by(pid) for pid in family(child.pid)]
    for number, member in enumerate(members):
        line(f"{name}, main process" if number == 0 else f"{name}, child {number}", member)
    return sum(members, Held(0, 0))


def line(name: str, held: Held) -> None:
    ground.say(f"| {name} | {held.rss / 1024:.0f} MiB | {held.pss / 1024:.0f} MiB |")


def main() -> None:
    """Build the stage, work a little and look; `--short` works less."""
    is_short = "--short" in sys.argv
    count, texts = (REQUESTS_SHORT, TEXTS_SHORT) if is_short else (REQUESTS, TEXTS)
    with tempfile.TemporaryDirectory(prefix="clinic-bench-") as folder, staged(Path(folder), faults="") as stage:
        stage.environment["CLINIC_PUBLIC_BASE_URL"] = address(stage)
        begin = reminders.book(stage, count=texts)
        start(stage, seen=1 if is_short else 2)
        work(stage, begin, count=count, texts=texts)
        report(stage)


if __name__ == "__main__":
    sys.exit(main())
