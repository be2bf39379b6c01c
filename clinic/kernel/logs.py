"""Logs that cannot carry what they should not: one line an event, and only keys that are known to be harmless."""

import logging
import sys
from collections.abc import MutableMapping
from pathlib import Path
from traceback import extract_tb
from typing import Any

import structlog
from structlog.typing import Processor

ALLOWED = frozenset(
    {
        "event",
        "level",
        "timestamp",
        "logger",
        "request_id",
        "endpoint",
        "method",
        "status",
        "milliseconds",
        "error",
        "where",
        "queue",
        "count",
        "seconds",
    }
)
"""Keys that a log line may have; everything else is dropped, so patient data cannot slip in by a new argument."""

_LIBRARIES = ("amqp", "celery", "kombu", "redis", "urllib3")


def only_allowed(_logger: object, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Keep the allowed keys of an event."""
    return {key: value for key, value in event.items() if key in ALLOWED or key.startswith("_")}


def without_message(_logger: object, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace a traceback by its error's class and innermost places: messages and locals may hold what was typed."""
    found = event.pop("exc_info", None)
    event.pop("stack_info", None)
    kind, _, trace = found if isinstance(found, tuple) else sys.exc_info() if found else (None, None, None)
    if kind is not None:
        event["error"] = kind.__name__
        event["where"] = " < ".join(f"{Path(at.filename).name}:{at.lineno}" for at in extract_tb(trace)[:-4:-1])
    return event


def configure(level: str) -> None:
    """Write every logger's lines to standard error in one shape; called once by each process.

    Libraries speak from WARNING on, unless the level is DEBUG.
    """
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        without_message,
        only_allowed,
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"], drop_missing=True),
            ],
        )
    )
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for library in _LIBRARIES:
        logging.getLogger(library).setLevel(logging.NOTSET if level.upper() == "DEBUG" else logging.WARNING)
