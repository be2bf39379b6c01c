"""The demo's own time: events in their order, and between them the worker's jobs at the instants they were due."""

import heapq
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import SmallInteger, literal, select, text, union_all
from sqlalchemy.orm import Session, sessionmaker

from clinic.cli.demo.provider import Arrival, PastMail, PastProvider
from clinic.gateways.payments.bank import Bank
from clinic.gateways.payments.sandbox import SandboxGateway
from clinic.gateways.sms import StatusUpdate
from clinic.gateways.sms.simulator import PastText
from clinic.kernel.actor import system
from clinic.kernel.outbox import Outbox, OutboxState
from clinic.kernel.transaction import Beginner
from clinic.messaging import actions as messaging
from clinic.messaging import jobs
from clinic.messaging.models import Message
from clinic.messaging.rules.emails import EMAIL_LANE
from clinic.messaging.rules.kinds import MessageState
from clinic.reactions import ENCLOSURES, GUARDS
from clinic.runtime import Charging, Runtime
from clinic.webhooks.twilio import PROVIDER
from workers import work

Act = Callable[[], object]
Reader = Callable[[PastText], None]

_READER = system("Demo")
_AT_ONCE = 100
_MOST_PASSES = 50
_SEGMENTS_A_SECOND = 100_000.0


class StoryStuck(Exception):
    """A text or fact stays due however often its job runs; the message says which."""


@dataclass(frozen=True, slots=True)
class _Mail:
    """When the next text of a lane is due, or the next fact, which has no lane; both None when none is."""

    due_at: datetime | None = None
    lane: int | None = None


@dataclass
class PastClock:
    """A clock that only the stage moves."""

    instant: datetime

    def __call__(self) -> datetime:
        """Return the instant at which the story is."""
        return self.instant


@dataclass
class Stage:
    """Plays what is planned up to `until`; `readers` are called with each text that reaches their number."""

    runtime: Runtime
    clock: PastClock
    provider: PastProvider
    until: datetime
    readers: dict[str, Reader] = field(default_factory=dict)
    _events: list[tuple[datetime, int, Act]] = field(default_factory=list)
    _planned: int = 0

    def at(self, when: datetime, act: Act) -> None:
        """Plan an act; what lies after `until` never happens."""
        if when <= self.until:
            self._planned += 1
            heapq.heappush(self._events, (max(when, self.clock.instant), self._planned, act))

    def play(self) -> None:
        """Let everything happen that is planned, and everything that follows from it."""
        passes: Counter[_Mail] = Counter()
        while True:
            mail = self._next_mail()
            event_at = self._events[0][0] if self._events else None
            if mail.due_at is not None and mail.due_at <= (event_at or self.until):
                self._go_on_to(mail.due_at)
                self._run_job(mail)
                passes = self._count(passes, mail)
            elif event_at is not None:
                self._go_on_to(event_at)
                heapq.heappop(self._events)[2]()
            else:
                break
        self._go_on_to(self.until)

    @staticmethod
    def _count(passes: Counter[_Mail], mail: _Mail) -> Counter[_Mail]:
        """Count the looks at one instant, and give up instead of looking forever at something that does not leave."""
        if passes[mail] >= _MOST_PASSES:
            raise StoryStuck(f"What is due at {mail.due_at} in lane {mail.lane} does not leave.")
        return Counter({mail: passes[mail] + 1})

    def receive(self, phone: str, body: str, *, opt_out_type: str | None = None) -> None:
        """Let a phone text the clinic."""
        text = self.provider.write(phone, body, opt_out_type=opt_out_type)
        has_own = self.runtime.texting.has_own_opt_out_replies
        with self.runtime.begin(by=PROVIDER) as session:
            messaging.receive(session, text=text, has_own_replies=has_own, by=PROVIDER, now=self.clock.instant)

    def _go_on_to(self, instant: datetime) -> None:
        self.clock.instant = max(self.clock.instant, instant)

    def read(self) -> Session:
        """Return a session for looking only, inside the story's one transaction."""
        begin = self.runtime.begin
        assert isinstance(begin, Beginner)
        return begin.sessions()

    def _next_mail(self) -> _Mail:
        """Return when the next text or fact is due, however late it is already."""
        texts = select(Message.due_at, Message.lane).where(Message.state == MessageState.PENDING)
        facts = select(Outbox.due_at, literal(None, SmallInteger)).where(Outbox.state == OutboxState.PENDING)
        with self.read() as session:
            due = union_all(texts, facts).order_by(text("due_at, lane nulls first")).limit(1)
            found = session.execute(due).one_or_none()
        return _Mail(*found) if found and found[0] <= self.until else _Mail()

    def _run_job(self, mail: _Mail) -> None:
        if mail.lane is None:
            work.react(self.runtime)
            return
        if mail.lane == EMAIL_LANE:
            jobs.send_due_mail(self.runtime, GUARDS, ENCLOSURES, limit=_AT_ONCE)
            return
        jobs.send_due(self.runtime, GUARDS, lane=mail.lane, limit=_AT_ONCE)
        self._report(sorted(self.provider.take_arrivals(), key=lambda one: (one.text.to, one.text.body)))

    def _report(self, arrivals: list[Arrival]) -> None:
        """Take in the reports of what was just sent, and let the phones' owners read it."""
        if not arrivals:
            return
        with self.runtime.begin(by=PROVIDER) as session:
            for arrival in arrivals:
                _record(session, arrival)
        for arrival in arrivals:
            reader = self.readers.get(arrival.text.to)
            if reader is not None and arrival.text.status == "delivered":
                reader(arrival.text)


def _record(session: Session, arrival: Arrival) -> None:
    told = StatusUpdate(arrival.text.sid, arrival.text.status, arrival.text.error_code)
    messaging.record_status(session, attempt_id=arrival.attempt_id, update=told, by=PROVIDER, now=arrival.reported_at)


def in_the_past(
    runtime: Runtime, sessions: sessionmaker[Session], *, clock: PastClock, provider: PastProvider, bank: Bank
) -> Runtime:
    """Return the same clinic at another time: nothing leaves it, and no worker is poked."""
    begin = runtime.begin
    assert isinstance(begin, Beginner)
    return replace(
        runtime,
        begin=replace(begin, sessions=sessions, wake=_let_sleep),
        clock=clock,
        texting=replace(runtime.texting, gateway=provider, segments_per_second=_SEGMENTS_A_SECOND),
        mailing=replace(runtime.mailing, gateway=PastMail(provider, runtime.clinic)),
        charging=_charging(runtime.charging, bank),
    )


def _charging(present: Charging, bank: Bank) -> Charging:
    """Return the gateway of the present by name, with the bank of the past behind it."""
    name = present.name or "sandbox"
    return replace(present, name=name, gateways={name: SandboxGateway(bank, name=name)})


def _let_sleep(_queues: frozenset[str]) -> None:
    """Wake nobody: the stage runs the jobs itself."""
