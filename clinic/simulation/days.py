"""Simulated time: acts on one heap, and after each minute with one a worker's look at what is due."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session, sessionmaker

from clinic.cli.demo.stage import Stage, StoryStuck
from clinic.kernel.actor import system
from clinic.kernel.transaction import Beginner
from clinic.messaging import jobs
from clinic.messaging.rules.emails import EMAIL_LANE
from clinic.monitoring.jobs import work_on_check_ins
from clinic.reactions import ENCLOSURES, GUARDS
from clinic.runtime import Runtime
from workers import work

Stops = Callable[[], bool]

_MINUTE = timedelta(minutes=1)
_CHECK_INS_EVERY = timedelta(minutes=20)
_AT_ONCE = 200
_MOST_LOOKS = 100
_LANES = (1, 2, 3, EMAIL_LANE)
_FACTS, _CHECK_INS, _PAGES = "facts", "check_ins", "pages"
_NAMES: tuple[str | int, ...] = (_FACTS, _PAGES, _CHECK_INS, *_LANES)
_LANE = """(select min(due_at) from message where state = 'pending' and lane = {lane} and expires_at > :now
  and not exists (select from message_lane where number = {lane} and paused_at is not null))"""
# As text, since it is asked after every act: building it anew each time would cost more than its answer.
_NEXT = text(
    f"""
    select (select min(due_at) from outbox where state = 'pending'),
      (select min(next_step_at) from on_call_page where acknowledged_at is null),
      least((select min(opens_at) from check_in where state = 'planned'),
        (select min(closes_at) from check_in where state = 'open')),
      {", ".join(_LANE.format(lane=lane) for lane in _LANES)}
    """  # noqa: S608 - constants
)
_NEVER = datetime.max.replace(tzinfo=UTC)
_LONG = 600.0
_WATCHER = system("Watch")


def never() -> bool:
    """Stop for nobody."""
    return False


@dataclass
class Days(Stage):
    """Plays days one after the other; a worker looks when something is due and never for nothing."""

    check_ins_at: datetime | None = None
    due: dict[str | int, datetime] = field(default_factory=dict)
    looks: int = 0

    def __post_init__(self) -> None:
        self.enter(self.runtime)

    def __getstate__(self) -> dict[str, object]:
        """Leave out the clinic in which the days are played: another process enters its own."""
        return {name: value for name, value in self.__dict__.items() if name not in {"runtime", "_looking"}}

    def enter(self, runtime: Runtime) -> None:
        """Go on in a clinic that has the same clock, provider and bank."""
        self.runtime = runtime
        begin = runtime.begin
        assert isinstance(begin, Beginner)
        engine = begin.sessions.kw["bind"].execution_options(isolation_level="AUTOCOMMIT")
        self._looking = sessionmaker(engine, expire_on_commit=False)

    def read(self) -> Session:
        """Return a session for looking only; with no transaction to take back, prepared statements stay prepared."""
        return self._looking()

    def play_to(self, instant: datetime, *, stops: Stops = never) -> bool:
        """Let everything happen up to an instant, and everything that follows; tell whether it came so far.

        Asked to stop, it does so where nothing is half done: an act and what the workers do about it belong together.
        """
        with self.read() as session:  # One connection for all questions: taking one costs more than an answer.
            return self._play(instant, session.connection(), stops)

    def _play(self, instant: datetime, asking: Connection, stops: Stops) -> bool:
        while not stops():
            event_at = self._events[0][0] if self._events else _NEVER
            due_at = min(self.due.values(), default=_NEVER)
            at = min(event_at, due_at)
            if at > instant:
                self._go_on_to(instant)
                return True
            self._go_on_to(at)
            while self._events and self._events[0][0] <= self.clock.instant + _MINUTE:
                when, _, act = heapq.heappop(self._events)
                self._go_on_to(when)
                act()
            self._look(asking)
        return False

    def _look(self, asking: Connection) -> None:
        """Do what is due, what follows from it too, and note when something will be due again."""
        for _ in range(_MOST_LOOKS):
            self.due = self._ask(asking)
            now = self.clock.instant
            ready = [name for name, at in self.due.items() if at <= now]
            if not ready:
                return
            for name in ready:
                self._do(name)
        raise StoryStuck(f"What is due at {self.clock.instant} does not get done: {self.due}")

    def _do(self, name: str | int) -> None:
        self.looks += 1
        if name == _FACTS:
            work.react(self.runtime)
        elif name == _PAGES:
            work.call_people(self.runtime)
        elif name == _CHECK_INS:
            self.check_ins_at = self.clock.instant
            begin, ring = self.runtime.begin, self.runtime.link_ring
            work_on_check_ins(begin, clock=self.clock, ring=ring, by=_WATCHER, seconds=_LONG)
        elif name == EMAIL_LANE:
            jobs.send_due_mail(self.runtime, GUARDS, ENCLOSURES, limit=_AT_ONCE)
        else:
            jobs.send_due(self.runtime, GUARDS, lane=int(name), limit=_AT_ONCE)
            self._report(sorted(self.provider.take_arrivals(), key=lambda one: (one.text.to, one.text.body[:60])))

    def _ask(self, asking: Connection) -> dict[str | int, datetime]:
        """Return when each kind of work is due next; what is not due is left out."""
        found = asking.execute(_NEXT, {"now": self.clock.instant}).one()
        named = {name: at for name, at in zip(_NAMES, found, strict=True) if at is not None}
        if _CHECK_INS in named and self.check_ins_at is not None:
            named[_CHECK_INS] = max(named[_CHECK_INS], self.check_ins_at + _CHECK_INS_EVERY)
        return named
