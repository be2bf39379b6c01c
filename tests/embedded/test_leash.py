import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from clinic.embedded import children, postgres, unprivileged

PARENT = """
import sys, time
from pathlib import Path
from clinic.embedded import postgres, valkey
database = postgres.start(Path(sys.argv[1]))
queue = valkey.start(Path(sys.argv[1]))
with database.superuser("clinic") as connection:
    connection.execute("create table survived as select 42 as answer")
print(database.child.pid, queue.child.pid, flush=True)
time.sleep(60)
"""

on_linux = pytest.mark.usefixtures("_linux")


@pytest.fixture
def _linux() -> None:
    assert sys.platform == "linux", "the leash ties processes together on Linux only"


def wait_until_gone(pid: int) -> bool:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        status = Path(f"/proc/{pid}/status")
        if not status.exists() or "State:\tZ" in status.read_text():
            return True
        time.sleep(0.05)
    return False


@on_linux
def test_a_killed_parent_leaves_no_server_and_loses_no_row(tmp_path: Path) -> None:
    argv = [sys.executable, "-c", PARENT, str(tmp_path)]
    parent = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    servers = [int(pid) for pid in parent.stdout.readline().split()]
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert len(servers) == 2
    assert all(wait_until_gone(pid) for pid in servers)
    with postgres.running(tmp_path) as again:
        plain = again.url(postgres.SUPERUSER).replace("+psycopg", "")
        with psycopg.connect(plain) as connection:
            assert connection.execute("select answer from survived").fetchone() == (42,)


@on_linux
def test_a_child_started_by_a_parent_that_is_gone_does_not_start(tmp_path: Path) -> None:
    arguments = ["1", str(int(signal.SIGTERM)), "plain", "/bin/sh", "-c", f"touch {tmp_path}/started"]
    argv = [sys.executable, str(children.LEASH), *arguments]
    status = subprocess.run(argv, check=False).returncode
    assert (status, (tmp_path / "started").exists()) == (1, False)


def test_an_ordinary_user_starts_servers_as_herself(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        way = unprivileged.way_for(Path("/bin/true"), tmp_path, death_signal=signal.SIGINT)
        assert (way.leash.way, way.owner, way.prefix) == ("plain", os.geteuid(), ())


def test_root_in_an_open_directory_becomes_nobody_and_in_a_closed_one_keeps_its_files(tmp_path: Path) -> None:
    assert not unprivileged.is_open_to_others(tmp_path / "any")
    assert unprivileged.is_open_to_others(Path("/bin/sh"))
    if os.geteuid() == 0:
        opened = unprivileged.way_for(Path("/bin/true"), Path("/"), death_signal=signal.SIGINT)
        assert opened.owner == unprivileged.NOBODY
        closed = unprivileged.way_for(Path("/bin/true"), tmp_path, death_signal=signal.SIGINT)
        assert closed.leash.way == "userns" or closed.prefix
