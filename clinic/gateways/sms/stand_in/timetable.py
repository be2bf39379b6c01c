"""Things to do a little later by the stand-in's own clock, in a few threads or, while the clock is moved, in order."""

import heapq
import itertools
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from clinic.gateways.sms.stand_in.clock import VirtualClock

Call = Callable[[], None]

_THREADS = 8
_LONGEST_NAP = 3600.0


class Timetable:
    """Calls each function once when the clock reaches its instant; order among equal instants is that of asking."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self._due: list[tuple[datetime, int, Call]] = []
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        self._closed = False
        self._is_moving = False
        self._under_way = 0
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="stand-in")
        self._clerk = threading.Thread(target=self._run, name="stand-in-clerk", daemon=True)
        self._clerk.start()

    def after(self, seconds: float, call: Call) -> None:
        """Ask for a call some seconds from now."""
        self.at(self._clock() + timedelta(seconds=seconds), call)

    def at(self, instant: datetime, call: Call) -> None:
        """Ask for a call; asked of a closed timetable it is dropped."""
        with self._changed:
            heapq.heappush(self._due, (instant, next(self._numbers), call))
            self._changed.notify_all()

    def stop_clock(self) -> None:
        """Let time stand still; what is due already still happens."""
        with self._changed:
            self._clock.stop()

    def run_clock(self) -> None:
        """Let time pass again, from where it stands."""
        with self._changed:
            self._clock.run()
            self._changed.notify_all()

    def advance(self, seconds: float) -> None:
        """Move the clock on: what is due on the way has happened, in order and at its own instant, on return."""
        was_stopped = self._begin_moving()
        try:
            until = self._clock() + timedelta(seconds=seconds)
            while (call := self._take_until(until)) is not None:
                call()
        finally:
            self._end_moving(was_stopped=was_stopped)

    def go_home(self) -> None:
        """Show real time again; what is planned keeps its distance from now."""
        with self._changed:
            moved = self._clock.go_home()
            self._due = [(instant + moved, number, call) for instant, number, call in self._due]
            self._changed.notify_all()

    def close(self) -> None:
        """Stop; calls that are not yet due are dropped."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._clerk.join()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _begin_moving(self) -> bool:
        """Wait until nothing is under way and keep the clerk from starting more; return whether time stood still."""
        with self._changed:
            self._changed.wait_for(lambda: not self._is_moving)
            self._is_moving = True
            self._changed.wait_for(lambda: self._under_way == 0)
            was_stopped = self._clock.is_stopped
            self._clock.stop()
            return was_stopped

    def _take_until(self, until: datetime) -> Call | None:
        """Go on to the next call's instant and return it; at the end go on to `until` and return None."""
        with self._changed:
            is_next = bool(self._due) and self._due[0][0] <= until
            self._clock.show(max(self._clock(), self._due[0][0]) if is_next else until)
            return heapq.heappop(self._due)[2] if is_next else None

    def _end_moving(self, *, was_stopped: bool) -> None:
        with self._changed:
            self._is_moving = False
            if not was_stopped:
                self._clock.run()
            self._changed.notify_all()

    def _run(self) -> None:
        while (call := self._next()) is not None:
            self._pool.submit(self._do, call)

    def _do(self, call: Call) -> None:
        try:
            call()
        finally:
            with self._changed:
                self._under_way -= 1
                self._changed.notify_all()

    def _next(self) -> Call | None:
        with self._changed:
            while not self._closed:
                wait = self._seconds_to_next()
                if wait is not None and wait <= 0:
                    self._under_way += 1
                    return heapq.heappop(self._due)[2]
                self._changed.wait(wait)
            return None

    def _seconds_to_next(self) -> float | None:
        """Return how long to wait for the next call; None for as long as nobody changes anything."""
        if self._is_moving or not self._due:
            return None
        wait = (self._due[0][0] - self._clock()).total_seconds()
        return None if wait > 0 and self._clock.is_stopped else min(wait, _LONGEST_NAP)
