"""Things to do a little later, in a few threads of their own."""

import heapq
import itertools
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

_THREADS = 8


class Timetable:
    """Calls each function once after its delay in seconds; order among equal instants is the order of asking."""

    def __init__(self) -> None:
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        self._closed = False
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="stand-in")
        self._clerk = threading.Thread(target=self._run, name="stand-in-clerk", daemon=True)
        self._clerk.start()

    def after(self, seconds: float, call: Callable[[], None]) -> None:
        """Ask for a call; asked of a closed timetable it is dropped."""
        with self._changed:
            heapq.heappush(self._due, (time.monotonic() + seconds, next(self._numbers), call))
            self._changed.notify()

    def close(self) -> None:
        """Stop; calls that are not yet due are dropped."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._clerk.join()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _run(self) -> None:
        while (call := self._next()) is not None:
            self._pool.submit(call)

    def _next(self) -> Callable[[], None] | None:
        with self._changed:
            while not self._closed:
                wait = self._due[0][0] - time.monotonic() if self._due else None
                if wait is not None and wait <= 0:
                    return heapq.heappop(self._due)[2]
                self._changed.wait(wait)
            return None
