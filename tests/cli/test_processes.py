import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from clinic.cli.processes import Processes, read_procfile, shell

Read = Callable[[], str]


@pytest.fixture
def running() -> Iterator[Processes]:
    processes = Processes({"PATH": "/usr/bin:/bin", "GREETING": "good morning"})
    yield processes
    processes.stop()


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Read:
    lines: list[str] = []

    def read() -> str:
        lines.append(capsys.readouterr().out)
        return "".join(lines)

    return read


def tend_until(processes: Processes, is_reached: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not is_reached() and time.monotonic() < until:
        processes.tend()
    assert is_reached()


def is_gone(pid: int) -> bool:
    status = Path(f"/proc/{pid}/status")
    return not status.exists() or "State:\tZ" in status.read_text()


def test_each_line_of_a_process_carries_its_name(running: Processes, said: Read) -> None:
    running.start("web", shell("echo $GREETING; exec sleep 60"))
    tend_until(running, lambda: "web      | good morning" in said())


def test_a_process_that_ends_is_started_again_and_said_so(running: Processes, said: Read, tmp_path: Path) -> None:
    running.start("worker", shell(f"/bin/sh -c 'echo x >> {tmp_path}/starts; exit 7'"))
    tend_until(running, lambda: (tmp_path / "starts").exists() and len((tmp_path / "starts").read_text()) == 4)
    assert "worker   | ended (status 7); starting it again in 1.0 s" in said()


def test_a_process_that_never_comes_up_is_given_up_while_opening(running: Processes) -> None:
    running.start("web", shell("false"))
    assert not running.has_given_up()
    tend_until(running, running.has_given_up)


def test_what_a_process_started_ends_with_it(running: Processes, said: Read) -> None:
    running.start("worker", ["/bin/sh", "-c", "sleep 300 & echo child $!; exit 1"])
    tend_until(running, lambda: "ended" in said())
    child = int(said().split("child ")[1].split()[0])
    tend_until(running, lambda: is_gone(child))


def test_stopping_passes_on_the_last_words(running: Processes, said: Read) -> None:
    running.start("web", ["/bin/sh", "-c", "trap 'echo good night; exit 0' TERM; echo up; while :; do sleep 0.1; done"])
    tend_until(running, lambda: "up" in said())
    running.stop()
    assert "web      | good night" in said()


def test_a_procfile_names_its_commands_in_order(tmp_path: Path) -> None:
    (tmp_path / "Procfile").write_text("# what runs\nrelease: clinic migrate\n\nweb: serve --bind 127.0.0.1:$PORT\n")
    found = read_procfile(tmp_path / "Procfile")
    assert list(found.items()) == [("release", "clinic migrate"), ("web", "serve --bind 127.0.0.1:$PORT")]


def test_a_shell_is_not_left_between_us_and_the_program() -> None:
    assert shell("serve") == ["/bin/sh", "-c", "exec serve"]
