import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from clinic.embedded import valkey


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[valkey.Valkey]:
    with valkey.running(tmp_path_factory.mktemp("queue")) as server:
        yield server


def test_the_queue_answers_who_knows_the_password(running: valkey.Valkey) -> None:
    with redis.Redis.from_url(running.url) as client:
        assert client.ping()


def test_the_queue_refuses_who_does_not(running: valkey.Valkey) -> None:
    with socket.create_connection(("127.0.0.1", running.port)) as connection:
        connection.sendall(b"PING\r\n")
        assert connection.recv(64).startswith(b"-NOAUTH")


def test_the_password_is_seen_neither_in_the_process_list_nor_by_others(running: valkey.Valkey, tmp_path: Path) -> None:
    command = Path(f"/proc/{running.child.pid}/cmdline")
    assert not command.exists() or running.password.encode() not in command.read_bytes()
    with valkey.running(tmp_path) as other:
        assert other.port != running.port
        files = [path for path in tmp_path.iterdir() if path.is_file()]
        assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_a_port_that_another_server_took_is_left_to_it(tmp_path: Path) -> None:
    with valkey.running(tmp_path) as first, valkey.running(tmp_path) as second:
        assert first.port != second.port
