"""How a stand-in that is a process of its own waits for its end."""

import time

_NAP_SECONDS = 0.2


def wait_for_interrupt() -> None:
    """Wait until the main thread is interrupted.

    It wakes now and then: a signal that the system gives to another thread interrupts nobody who only waits.
    """
    while True:
        time.sleep(_NAP_SECONDS)
