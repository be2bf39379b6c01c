"""A whole clinic in processes, as the Procfile ships it, that can be killed piece by piece."""

import base64
import contextlib
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import redis
import requests

from clinic.cli.processes import quiet_programs, read_procfile, shell
from clinic.embedded import children, keeping, postgres, valkey
from clinic.embedded.children import Child
from clinic.gateways.sms.simulator import Bubble, Simulator, SimulatorAway
from clinic.kernel.clock import utc_now
from tests.conftest import ROOT, migrate

ACCOUNT, TOKEN, SERVICE = "AC" + "1" * 32, "fault-run-token", "MG" + "1" * 32
ENCRYPTION_KEY, LINK_KEY = b"encryption key of 32 bytes only!", b"link key, also of 32 bytes only!"
LEASE, TIMEOUT, GRACE = 9.0, 1.0, 5.0


def children_of(pid: int) -> list[int]:
    """Return the processes that a process has forked and that live."""
    found: list[int] = []
    for thread in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += map(int, thread.read_text().split())
    return sorted(found)


def ring(key: bytes) -> str:
    return "t1:" + base64.b64encode(key).decode()


@dataclass
class Stage:
    """The running parts; `environment` is what every process of the clinic gets."""

    folder: Path
    database: postgres.Postgres
    queue: valkey.Valkey
    environment: dict[str, str]
    stand_in_port: int
    web_port: int
    running: dict[str, Child] = field(default_factory=dict)
    kills: dict[str, int] = field(default_factory=dict)

    @property
    def simulator(self) -> Simulator:
        return Simulator(f"http://127.0.0.1:{self.stand_in_port}", ACCOUNT, TOKEN)

    def play(self, name: str, argv: list[str] | None = None) -> None:
        """Start a process: a line of the Procfile, or a program of its own."""
        command = argv or shell(read_procfile(ROOT / "Procfile")[name.rstrip("2")])
        log = os.open(self.folder / f"{name}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            self.running[name] = children.start(command, output=log, environment=self.environment)
        finally:
            os.close(log)

    def kill(self, name: str, *, with_children: bool = False) -> None:
        """`kill -9` a process, alone or with everything it started, and start it again."""
        child = self.running.pop(name)
        self._end(child, with_children=with_children)
        self.kills[name] = self.kills.get(name, 0) + 1
        self.play(name)

    def kill_one_child(self, name: str) -> None:
        """`kill -9` one of the processes that a worker has forked, which starts another by itself."""
        forked = children_of(self.running[name].pid)
        with contextlib.suppress(ProcessLookupError):
            if forked:
                os.kill(forked[-1], signal.SIGKILL)
        self.kills[f"child of {name}"] = self.kills.get(f"child of {name}", 0) + 1

    def end(self, name: str) -> None:
        """`kill -9` a process for good."""
        self._end(self.running.pop(name), with_children=True)
        self.kills[name] = self.kills.get(name, 0) + 1

    def _end(self, child: Child, *, with_children: bool) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL) if with_children else child.kill()
        child.wait()

    def tend(self) -> None:
        """Start again what has ended by itself, as any supervisor does."""
        for name, child in list(self.running.items()):
            if name != "stand-in" and child.poll() is not None:
                self.play(name)

    def flush_queue(self) -> None:
        """Make Redis forget everything."""
        with contextlib.suppress(redis.RedisError), contextlib.closing(redis.Redis.from_url(self.queue.url)) as client:
            client.flushall()
        self.kills["flushall"] = self.kills.get("flushall", 0) + 1

    def restart_database(self, *, crash: bool) -> None:
        """Restart PostgreSQL under everybody's feet; a crash is `kill -9` of its main process."""
        if crash:
            self.database.child.kill()
            self.database.child.wait()
            time.sleep(1.0)
        else:
            self.database.stop()
        self.database = postgres.start(self.folder / "postgres")
        key = "postgres crash" if crash else "postgres restart"
        self.kills[key] = self.kills.get(key, 0) + 1

    def stop_database(self) -> None:
        """Stop the server of this moment, which need not be the first one."""
        self.database.stop()

    def rows(self, statement: str, **values: object) -> list[tuple[object, ...]]:
        """Run a statement as the superuser and return its rows, if it gives any."""
        with self.database.superuser("clinic") as connection:
            cursor = connection.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    def wait_until(self, is_so: Callable[[], bool], *, seconds: float) -> bool:
        """Wait for a condition; tell whether it came about."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            with contextlib.suppress(psycopg.Error, requests.RequestException, SimulatorAway):
                if is_so():
                    return True
            time.sleep(0.5)
        return False

    def sent(self) -> tuple[Bubble, ...]:
        """Return every text that the provider took."""
        return self.simulator.dump()

    def close(self) -> None:
        """End every process; `FAULT_LOGS` names a folder that keeps what they said."""
        for child in self.running.values():
            self._end(child, with_children=True)
        if keep := os.environ.get("FAULT_LOGS"):
            for log in [*self.folder.glob("*.log"), *self.folder.glob("postgres/*.log")]:
                shutil.copy(log, keep)


@contextmanager
def staged(folder: Path, *, faults: str, speed: float = 10.0) -> Iterator[Stage]:
    """Build the stage: servers and the stand-in run, the clinic's own processes do not yet."""
    folder.chmod(0o755)
    with contextlib.ExitStack() as ending:
        database = postgres.start(folder / "postgres")
        queue = ending.enter_context(valkey.running(folder / "valkey"))
        migrate(database.owner_url)
        stage = Stage(folder, database, queue, {}, keeping.free_port(0), keeping.free_port(0))
        ending.callback(stage.stop_database)
        ending.callback(stage.close)
        stage.environment = {**os.environ, **quiet_programs(), **_settings(stage)}
        stage.play("stand-in", _stand_in(stage, faults=faults, speed=speed))
        assert stage.wait_until(lambda: stage.sent() == (), seconds=20)
        yield stage


def _settings(stage: Stage) -> Mapping[str, str]:
    return {
        "CLINIC_ENVIRONMENT": "demo",
        "DATABASE_URL": stage.database.app_url.replace("+psycopg", ""),
        "REDIS_URL": stage.queue.url,
        "CLINIC_PUBLIC_BASE_URL": f"http://127.0.0.1:{stage.web_port}",
        "CLINIC_SECRET_KEY": "a secret for the fault run, 40 characters",
        "CLINIC_ENCRYPTION_KEYS": ring(ENCRYPTION_KEY),
        "CLINIC_LINK_KEYS": ring(LINK_KEY),
        "CLINIC_TWILIO_ACCOUNT_SID": ACCOUNT,
        "CLINIC_TWILIO_AUTH_TOKEN": TOKEN,
        "CLINIC_TWILIO_MESSAGING_SERVICE_SID": SERVICE,
        "CLINIC_TWILIO_BASE_URL": f"http://127.0.0.1:{stage.stand_in_port}",
        "CLINIC_SENDING_LEASE_SECONDS": str(LEASE),
        "CLINIC_SENDING_TIMEOUT_SECONDS": str(TIMEOUT),
        "CLINIC_SENDING_GRACE_SECONDS": str(GRACE),
        "CLINIC_MESSAGES_PER_SECOND": "200",
        "CLINIC_REQUESTS_PER_MINUTE": "100000",
        "HOST": "127.0.0.1",
        "PORT": str(stage.web_port),
        "STAND_IN_TOKEN": TOKEN,
    }


def _stand_in(stage: Stage, *, faults: str, speed: float) -> list[str]:
    return [
        *(sys.executable, "-m", "clinic.gateways.sms.stand_in", "--port", str(stage.stand_in_port)),
        *("--account-sid", ACCOUNT, "--auth-token-env", "STAND_IN_TOKEN", "--service-sid", SERVICE),
        *("--inbound-url", f"http://127.0.0.1:{stage.web_port}/webhooks/twilio/inbound"),
        *("--faults", faults, "--speed", str(speed)),
    ]


def zone_where_it_is_noon() -> str:
    """Return a zone in which it is between noon and one now, so that a test of sending may run at any hour."""
    hours = 12 - utc_now().hour
    return f"Etc/GMT{-hours:+d}" if hours else "Etc/GMT"
