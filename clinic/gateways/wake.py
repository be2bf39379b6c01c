"""Poking workers after a commit: quick to give up, because a lost poke only delays until their next look."""

import logging
import time
from collections.abc import Callable, Mapping
from types import MappingProxyType

from celery import Celery

_logger = logging.getLogger(__name__)

TASKS: Mapping[str, str] = MappingProxyType(
    {
        "texts": "clinic.send_texts",
        "default": "clinic.run_outbox",
        "money": "clinic.move_money",
        "maintenance": "clinic.work_on_imports",
    }
)
"""Names of the tasks that look for work, by queue."""

_QUIET_SECONDS = 5.0
_QUICK = {
    "socket_connect_timeout": 0.3,
    "socket_timeout": 0.5,
    "retry_on_timeout": False,
    "max_retries": 0,
    "socket_keepalive": True,
}


def waker(redis_url: str, *, monotonic: Callable[[], float] = time.monotonic) -> Callable[[frozenset[str]], None]:
    """Return the function that pokes the workers of queues; it never raises and never waits for long.

    After a failure it stays silent for some seconds, so that requests do not queue up behind a dead Redis.
    """
    app = _producer(redis_url)
    silent_until = [0.0]

    def wake(queues: frozenset[str]) -> None:
        if monotonic() < silent_until[0]:
            return
        try:
            for queue in sorted(queues & TASKS.keys()):
                app.send_task(TASKS[queue], queue=queue, retry=False, ignore_result=True)  # type: ignore[no-untyped-call]
        except Exception as trouble:  # noqa: BLE001 - whatever keeps a poke from leaving, the work itself is committed
            silent_until[0] = monotonic() + _QUIET_SECONDS
            _logger.warning("workers not poked: %s", type(trouble).__name__)

    return wake


def _producer(redis_url: str) -> Celery:
    app = Celery("clinic-wake", broker=redis_url, set_as_current=False)  # type: ignore[no-untyped-call]
    app.conf.update(
        task_serializer="json",
        broker_transport_options=_QUICK,
        broker_connection_timeout=0.3,
        broker_connection_retry=False,
        broker_pool_limit=2,
        task_publish_retry=False,
        task_publish_retry_policy={"max_retries": 0},
    )
    return app
