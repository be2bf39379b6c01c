"""What a queue must never be used for, read off the source."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SENDING = sorted(
    [
        *ROOT.glob("workers/**/*.py"),
        *(
            path
            for name in ("messaging", "oncall", "conversations", "gateways")
            for path in ROOT.glob(f"clinic/{name}/**/*.py")
        ),
    ]
)
SCHEDULES_IN_THE_QUEUE = re.compile(r"\b(eta|countdown|autoretry_for|retry_backoff)\s*=|\.retry\(|\bapply_async\(")


@pytest.mark.parametrize("path", SENDING, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_schedule_and_no_retry_lives_in_the_queue(path: Path) -> None:
    assert SCHEDULES_IN_THE_QUEUE.findall(path.read_text()) == []


def test_tasks_take_no_arguments() -> None:
    tree = ast.parse((ROOT / "workers/tasks.py").read_text())
    tasks = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    assert len(tasks) == 6
    assert all(not ast.unparse(task.args) for task in tasks)


def test_the_queue_is_set_up_so_that_a_killed_worker_loses_nothing() -> None:
    from workers.celery import celery

    conf = celery.conf
    assert (conf.task_acks_late, conf.task_reject_on_worker_lost, conf.worker_prefetch_multiplier) == (True, True, 1)
    assert conf.task_ignore_result
    options = conf.broker_transport_options
    assert conf.task_soft_time_limit < conf.task_time_limit < options["visibility_timeout"]
    assert (options["unacked_restore_interval"], options["unacked_restore_throttle"]) == (5, 1)


def test_every_entry_of_the_timetable_is_a_task_with_a_queue_that_workers_listen_to() -> None:
    from workers import tasks
    from workers.celery import celery

    assert celery.conf.task_soft_time_limit > tasks.SECONDS
    procfile = (ROOT / "Procfile").read_text()
    queues = set(re.search(r"--queues (\S+)", procfile)[1].split(","))  # type: ignore[index]
    for entry in celery.conf.beat_schedule.values():
        assert entry["task"] in celery.tasks
        route = celery.conf.task_routes.get(entry["task"], {"queue": celery.conf.task_default_queue})
        assert route["queue"] in queues
