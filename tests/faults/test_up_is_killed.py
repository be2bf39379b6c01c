"""Kills `clinic up` with the processes of the shipped Procfile and looks for what it left behind."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from clinic.embedded import keeping, postgres

pytestmark = pytest.mark.fault

ROOT = Path(__file__).resolve().parents[2]
SERVERS = ("postgres", "valkey-server", "gunicorn", "celery", "stand_in")


class Clinic:
    """A clinic that runs in a directory of its own."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.log = directory / "up.log"
        self.port = keeping.free_port()

    def environment(self) -> dict[str, str]:
        """Return an environment without the demo, whose loading is tried elsewhere."""
        return os.environ | {"PORT": str(self.port), "PYTHONPATH": str(ROOT), "CLINIC_ENVIRONMENT": "test"}

    def open(self) -> subprocess.Popen[bytes]:
        with self.log.open("wb") as log:
            up = subprocess.Popen(
                [sys.executable, "-m", "clinic.cli.main", "up"],
                cwd=self.directory,
                env=self.environment(),
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        wait_until(lambda: "The clinic is open" in self.log.read_text() or up.poll() is not None)
        assert up.poll() is None, self.log.read_text()[-4000:]
        return up

    def open_another(self) -> subprocess.CompletedProcess[str]:
        """Try to open a second clinic in the same directory, at any port."""
        argv = [sys.executable, "-m", "clinic.cli.main", "up"]
        environment = {name: value for name, value in self.environment().items() if name != "PORT"}
        return subprocess.run(argv, cwd=self.directory, env=environment, capture_output=True, text=True, check=False)

    def processes(self) -> set[int]:
        """Return the living processes that were started from this directory."""
        return {int(path.name) for path in Path("/proc").glob("[0-9]*") if self._is_ours(path)}

    def _is_ours(self, process: Path) -> bool:
        try:
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            here = str((process / "cwd").readlink())
        except OSError:
            return False
        is_server = any(name in command for name in SERVERS)
        return is_server and (here.startswith(str(self.directory)) or str(self.directory) in command)


def wait_until(is_reached: Callable[[], bool], seconds: float = 90) -> None:
    until = time.monotonic() + seconds
    while not is_reached() and time.monotonic() < until:
        time.sleep(0.1)
    assert is_reached()


@pytest.fixture
def clinic(tmp_path: Path) -> Iterator[Clinic]:
    running = Clinic(tmp_path)
    yield running
    for pid in running.processes():
        os.kill(pid, signal.SIGKILL)


def has_worked(directory: Path) -> bool:
    """Tell whether the worker of a running clinic has written its first heartbeat."""
    kept = keeping.remembered(directory / ".run" / "postgres.json")
    who = {"host": keeping.LOOPBACK, "port": kept["port"], "user": postgres.OWNER, "password": kept[postgres.OWNER]}
    with psycopg.connect(**who, dbname="clinic") as connection:
        return connection.execute("select from heartbeat where name = 'worker'").fetchone() is not None


def times_survived(directory: Path) -> int:
    """Count one more visit to the database, as the owner while nobody else is there."""
    with postgres.running(directory / ".run") as server:
        plain = server.owner_url.replace("+psycopg", "")
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute("create table if not exists survived (at int)")
            connection.execute("insert into survived values (1)")
            row = connection.execute("select count(*) from survived join heartbeat on name = 'worker'").fetchone()
    assert row is not None
    return int(row[0])


def test_a_killed_clinic_leaves_no_process_keeps_its_rows_and_opens_again(clinic: Clinic) -> None:
    up = clinic.open()
    assert len(clinic.processes()) >= 8
    wait_until(lambda: has_worked(clinic.directory))
    up.kill()
    up.wait()
    wait_until(lambda: not clinic.processes())
    assert times_survived(clinic.directory) == 1
    again = clinic.open()
    again.send_signal(signal.SIGINT)
    assert again.wait(60) == 0
    assert not clinic.processes()
    assert times_survived(clinic.directory) == 2
    assert "Everything is saved" in clinic.log.read_text()


def test_a_second_clinic_is_refused_in_one_line_and_a_killed_web_or_worker_process_is_started_again(
    clinic: Clinic,
) -> None:
    up = clinic.open()
    second = clinic.open_another()
    assert second.returncode == 1
    assert len(second.stderr.strip().splitlines()) == 1
    assert "already running" in second.stderr
    for name in ("gunicorn", "celery"):
        for pid in sorted(clinic.processes()):
            command = Path(f"/proc/{pid}/cmdline").read_bytes().decode()
            if name in command and Path(f"/proc/{pid}/stat").read_text().split()[3] == str(up.pid):
                os.kill(pid, signal.SIGKILL)
                break
    said = re.compile(r"ended \(SIGKILL\); starting it again in 1\.0 s")
    wait_until(lambda: len(said.findall(clinic.log.read_text())) == 2)
    time.sleep(3)
    assert up.poll() is None
    up.terminate()
    assert up.wait(60) == 0
    assert not clinic.processes()
