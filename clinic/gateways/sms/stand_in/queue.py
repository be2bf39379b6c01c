"""The line in which texts wait for our number, which sends so many segments a second."""

import threading
from datetime import UTC, datetime, timedelta

LONGEST = timedelta(hours=10)
"""How much may wait for one number; what comes on top is refused, or fails at once behind a messaging service."""


class Queue:
    """Gives each text the instant at which it may leave; with a rate of 0 there is no line."""

    def __init__(self, segments_per_second: float) -> None:
        self._rate = segments_per_second
        self._free_at = datetime.min.replace(tzinfo=UTC)
        self._lock = threading.Lock()

    def wait(self, now: datetime) -> timedelta:
        """Return how long a text that comes now would wait."""
        return max(self._free_at - now, timedelta())

    def place(self, segments: int, now: datetime) -> datetime | None:
        """Put a text in line, unless the line is too long already, and return when it may leave; None for at once."""
        if not self._rate:
            return None
        with self._lock:
            leaves_at = max(self._free_at, now)
            if leaves_at - now <= LONGEST:
                self._free_at = leaves_at + timedelta(seconds=segments / self._rate)
            return leaves_at
