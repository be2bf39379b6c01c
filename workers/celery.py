"""The Celery app: it only wakes workers; what is to be done stands in PostgreSQL."""

import logging
import os
from collections.abc import Callable
from importlib import import_module
from typing import Any

from celery import Celery
from celery.signals import (
    celeryd_init,
    setup_logging,
    task_failure,
    worker_process_init,
    worker_ready,
    worker_shutting_down,
)

from clinic.kernel import logs
from workers import ticker

_logger = logging.getLogger(__name__)

TICK_SECONDS = 15.0
"""How often beat asks for a look; the ticker in each worker looks more often by itself."""

celery: Any = Celery("clinic", broker=os.environ.get("REDIS_URL"))  # type: ignore[no-untyped-call]

celery.conf.update(
    task_serializer="json",
    accept_content=["json"],
    task_ignore_result=True,
    task_store_errors_even_if_ignored=False,
    # Tasks only claim rows, so running one twice is harmless and losing one only delays.
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_time_limit=60,
    task_soft_time_limit=45,
    worker_prefetch_multiplier=1,
    worker_soft_shutdown_timeout=30.0,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    worker_send_task_events=False,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    broker_transport_options={
        "visibility_timeout": 300,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        "socket_timeout": 30,
        "socket_connect_timeout": 5,
        "socket_keepalive": True,
        "health_check_interval": 25,
    },
    task_default_queue="default",
    task_create_missing_queues=True,
    task_routes={
        "clinic.send_texts": {"queue": "texts"},
        "clinic.move_money": {"queue": "money"},
        "clinic.sweep": {"queue": "maintenance"},
        "clinic.work_on_imports": {"queue": "maintenance"},
        "clinic.beat_seen": {"queue": "maintenance"},
    },
    timezone="UTC",
    # Nothing in the timetable needs to remember when it last ran, so beat keeps no file.
    beat_scheduler="celery.beat:Scheduler",
    beat_max_loop_interval=5,
    beat_schedule={
        name: {"task": f"clinic.{name}", "schedule": TICK_SECONDS, "options": {"expires": TICK_SECONDS}}
        for name in ("send_texts", "run_outbox", "move_money", "sweep", "beat_seen")
    },
)


def task(name: str) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Return the decorator that registers a task of that name."""
    register: Callable[[Callable[[], None]], Callable[[], None]] = celery.task(name=name)
    return register


def _learn_tasks(**_: object) -> None:
    """Import the tasks, and the whole clinic with them, in a worker before it forks; beat only names them."""
    import_module("workers.tasks")


def _set_up_logs(**_: object) -> None:
    """Log in the clinic's own shape; that this handler exists keeps Celery from adding its own."""
    logs.configure(os.environ.get("CLINIC_LOG_LEVEL") or "INFO")
    # Celery writes an error's words, in which anything may stand; `_report_failure` writes its class instead.
    logging.getLogger("celery.app.trace").setLevel(logging.CRITICAL)


def _report_failure(sender: Any = None, exception: BaseException | None = None, **_: object) -> None:  # noqa: ANN401
    """Write which task failed and the class and place of its error."""
    _logger.error("task %s failed", getattr(sender, "name", "?"), exc_info=exception)


def _start_child(**_: object) -> None:
    """Leave the parent's connections alone: a child opens its own."""
    from workers.process import forget_runtime  # noqa: PLC0415 - beat imports this module and needs no clinic

    forget_runtime()


def _start_ticker(**_: object) -> None:
    """Start looking for work without the broker, once, in the worker's main process."""
    ticker.start()


def _stop_ticker(**_: object) -> None:
    ticker.stop()


_HANDLERS: tuple[tuple[Any, Callable[..., None]], ...] = (
    (celeryd_init, _learn_tasks),
    (setup_logging, _set_up_logs),
    (task_failure, _report_failure),
    (worker_process_init, _start_child),
    (worker_ready, _start_ticker),
    (worker_shutting_down, _stop_ticker),
)
for _signal, _handler in _HANDLERS:
    _signal.connect(_handler, weak=False)
