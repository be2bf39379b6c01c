"""The stand-in's own clock, which can be stopped, moved on and put right again."""

from datetime import datetime, timedelta

from clinic.kernel.clock import Clock


class VirtualClock:
    """Shows real time and a difference, or one instant while it is stopped; `off_by` seconds is how wrong it always is.

    Its owner guards it against threads.
    """

    def __init__(self, real: Clock, off_by: float = 0.0) -> None:
        self._real = real
        self._always_off_by = self._off_by = timedelta(seconds=off_by)
        self._stopped_at: datetime | None = None

    def __call__(self) -> datetime:
        """Return the instant that the clock shows."""
        return self._stopped_at or self._real() + self._off_by

    @property
    def is_stopped(self) -> bool:
        """Whether time stands still."""
        return self._stopped_at is not None

    @property
    def is_real(self) -> bool:
        """Whether the clock shows what it would if nobody had touched it."""
        return not self.is_stopped and self._off_by == self._always_off_by

    def stop(self) -> None:
        """Let time stand still."""
        self._stopped_at = self()

    def show(self, instant: datetime) -> None:
        """Stand still at another instant."""
        self._stopped_at = instant

    def run(self) -> None:
        """Go on from the instant shown."""
        self._off_by = self() - self._real()
        self._stopped_at = None

    def go_home(self) -> timedelta:
        """Show real time again; return how far that moved the clock, which may be backward."""
        before = self()
        self._stopped_at, self._off_by = None, self._always_off_by
        return self() - before
