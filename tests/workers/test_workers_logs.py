"""What workers write down: the clinic's own shape, and never the words of an error."""

import logging
import sys
from collections.abc import Callable, Iterator

import pytest

from clinic.messaging import jobs
from workers.celery import celery, task

Read = Callable[[], list[str]]


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Read]:
    root = logging.getLogger()
    kept = (root.handlers[:], root.level)
    monkeypatch.setenv("CLINIC_LOG_LEVEL", "INFO")
    monkeypatch.setattr(celery.log, "already_setup", False)

    def read() -> list[str]:
        return capsys.readouterr().err.splitlines()

    yield read
    root.handlers[:], root.level = kept[0], kept[1]


def test_a_task_that_fails_is_written_with_its_class_and_place_and_without_its_words(lines: Read) -> None:
    @task("test.fails")
    def fails() -> None:
        raise LookupError("Ana Reyes, born 1984-03-12")

    celery.log.setup(loglevel=logging.WARNING)
    celery.tasks["test.fails"].apply()
    celery.tasks.unregister("test.fails")
    (line,) = lines()
    assert "task test.fails failed" in line
    assert "error=LookupError" in line
    assert "test_workers_logs.py" in line
    assert "1984" not in line


def test_celery_adds_no_handlers_of_its_own_and_keeps_its_chatter(lines: Read) -> None:
    stdout = sys.stdout
    celery.log.setup(loglevel=logging.INFO, redirect_stdouts=True)
    assert [type(handler) for handler in logging.getLogger().handlers] == [logging.StreamHandler]
    assert sys.stdout is stdout
    logging.getLogger("celery.worker").info("Task received")
    logging.getLogger("celery.worker").warning("broker is away")
    logging.getLogger(jobs.__name__).info("three left")
    assert [line.split('"')[1] for line in lines()] == ["broker is away", "three left"]
