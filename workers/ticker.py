"""A thread in the worker's main process that looks for work by itself, so that Redis and beat may both be dead."""

import logging
import threading

EVERY_SECONDS = 5.0
_SENDING_SECONDS = 10.0

_logger = logging.getLogger(__name__)
_stopped = threading.Event()


def start() -> threading.Thread:
    """Start ticking; the thread ends with the process."""
    _stopped.clear()
    thread = threading.Thread(target=_run, name="ticker", daemon=True)
    thread.start()
    return thread


def stop() -> None:
    """Let the present look end and start no other."""
    _stopped.set()


def _run() -> None:
    # Imported here: beat and the task producer import the Celery app, and need neither database nor settings.
    from workers.process import runtime  # noqa: PLC0415
    from workers.work import tick  # noqa: PLC0415

    while not _stopped.is_set():
        try:
            tick(runtime(), seconds=_SENDING_SECONDS)
        except Exception as trouble:  # noqa: BLE001 - a database that is not up yet must not end the ticker
            _logger.error("tick: %s", type(trouble).__name__)  # noqa: TRY400 - a message could carry a parameter
        _stopped.wait(EVERY_SECONDS)
