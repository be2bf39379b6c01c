"""Threads in the worker's main process that look for work by themselves, so that Redis and beat may both be dead."""

import logging
import threading
from collections.abc import Callable

EVERY_SECONDS = 5.0
_SENDING_SECONDS = 10.0

_logger = logging.getLogger(__name__)
_stopped = threading.Event()


def start() -> threading.Thread:
    """Start ticking; the threads end with the process. E-mail and money have their own, so that they delay nothing."""
    _stopped.clear()
    threading.Thread(target=_run_mail, name="mailer", daemon=True).start()
    threading.Thread(target=_run_money, name="cashier", daemon=True).start()
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

    _again_and_again(lambda: tick(runtime(), seconds=_SENDING_SECONDS))


def _run_mail() -> None:
    from workers.process import runtime  # noqa: PLC0415
    from workers.work import tick_mail  # noqa: PLC0415

    _again_and_again(lambda: tick_mail(runtime(), seconds=_SENDING_SECONDS))


def _run_money() -> None:
    from workers.process import runtime  # noqa: PLC0415
    from workers.work import move_money  # noqa: PLC0415

    _again_and_again(lambda: move_money(runtime(), seconds=_SENDING_SECONDS))


def _again_and_again(look: Callable[[], None]) -> None:
    while not _stopped.is_set():
        try:
            look()
        except Exception as trouble:  # noqa: BLE001 - a database that is not up yet must not end the ticker
            _logger.error("tick: %s", type(trouble).__name__)  # noqa: TRY400 - a message could carry a parameter
        _stopped.wait(EVERY_SECONDS)
