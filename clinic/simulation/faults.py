"""What jobs report as failed while a simulation runs: they go on by design, so only their log tells of a mistake."""

import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from clinic.simulation.truths.asking import Found

_NAMES = ("clinic", "workers")


@dataclass
class JobFaults:
    """Counts errors in the logs of the product by their logger and message."""

    found: Counter[str] = field(default_factory=Counter)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Listen while the block runs."""
        ear = _Ear(self.found)
        loggers = [logging.getLogger(name) for name in _NAMES]
        for logger in loggers:
            logger.addHandler(ear)
        try:
            yield
        finally:
            for logger in loggers:
                logger.removeHandler(ear)


def no_job_fails(faults: JobFaults) -> Found:
    """No job of a worker fails."""
    found = tuple(f"{fault} (x{count})" for fault, count in sorted(faults.found.items()))
    return Found(faults.found.total(), found)


class _Ear(logging.Handler):
    def __init__(self, found: Counter[str]) -> None:
        super().__init__(logging.ERROR)
        self._found = found

    def emit(self, record: logging.LogRecord) -> None:
        kinds = [type(one).__name__ if isinstance(one, BaseException) else str(one) for one in _args(record)]
        self._found[f"{record.name}: {record.msg} ({kinds[-1] if kinds else ''})"] += 1


def _args(record: logging.LogRecord) -> tuple[object, ...]:
    return record.args if isinstance(record.args, tuple) else ()
