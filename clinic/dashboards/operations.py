"""What runs and what stands still: workers, queues of texts, sweeps and background work."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic.kernel.outbox import Outbox, OutboxState
from clinic.kernel.tables import Heartbeat
from clinic.messaging.models import Lane, Message, SweepRun
from clinic.messaging.rules.kinds import WAITING

SILENT_AFTER = timedelta(seconds=90)
"""A worker or the beat that was not heard for so long is probably not running."""

_MOST_PARKED = 100
_HEARD = select(Heartbeat.name, Heartbeat.seen_at)

_EXPECTED = {
    "worker": "The worker that sends texts",
    "beat": "The timekeeper that wakes the workers",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """One process that should be alive; `seen_at` is None when it was never heard."""

    name: str
    label: str
    seen_at: datetime | None
    is_silent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneRow:
    """One queue of texts; `waiting` counts all that are planned, `late` those due and not yet sent."""

    number: int
    name: str
    paused_at: datetime | None
    pause_reason: str | None
    waiting: int
    late: int
    oldest_due_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkedFact:
    """One fact that was given up; `error` is the kind of the last failure."""

    id: UUID
    topic: str
    attempts: int
    error: str | None
    parked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Operations:
    """The state of everything that runs beside the pages."""

    pulses: list[Pulse]
    lanes: list[LaneRow]
    sweeps: list[tuple[str, datetime]]
    pending_facts: int
    parked_facts: int


def operations(session: Session, *, now: datetime) -> Operations:
    """Return what an administrator looks at when texts do not arrive."""
    return Operations(
        pulses=pulses(session, now=now),
        lanes=_lanes(session, now=now),
        sweeps=[
            (row.name, row.ran_at)
            for row in session.execute(select(SweepRun.name, SweepRun.ran_at).order_by(SweepRun.name))
        ],
        pending_facts=_facts(session, OutboxState.PENDING),
        parked_facts=_facts(session, OutboxState.PARKED),
    )


def pulses(session: Session, *, now: datetime) -> list[Pulse]:
    """Return when each process that should run was last heard."""
    heard = session.execute(_HEARD).all()
    found = []
    for name, label in _EXPECTED.items():
        seen_at = max((row.seen_at for row in heard if row.name.startswith(name)), default=None)
        is_silent = seen_at is None or now - seen_at > SILENT_AFTER
        found.append(Pulse(name=name, label=label, seen_at=seen_at, is_silent=is_silent))
    return found


def warnings(session: Session, *, now: datetime) -> list[str]:
    """Return what staff should read on every page: which process is silent."""
    return [
        f"{pulse.label} is not running. Texts may leave late. Tell an administrator."
        for pulse in pulses(session, now=now)
        if pulse.is_silent and pulse.name == "worker"
    ]


def parked_facts(session: Session) -> list[ParkedFact]:
    """Return the facts to which no worker could react, the latest first."""
    rows = select(Outbox).where(Outbox.state == OutboxState.PARKED).order_by(Outbox.settled_at.desc(), Outbox.id)
    return [
        ParkedFact(
            id=row.id,
            topic=row.topic,
            attempts=row.attempt_count,
            error=row.last_error_code,
            parked_at=row.settled_at or row.due_at,
        )
        for row in session.scalars(rows.limit(_MOST_PARKED))
    ]


def _lanes(session: Session, *, now: datetime) -> list[LaneRow]:
    is_late = Message.due_at < now
    counted = (
        select(
            Message.lane,
            func.count().label("waiting"),
            func.count().filter(is_late).label("late"),
            func.min(Message.due_at).filter(is_late).label("oldest"),
        )
        .where(Message.state.in_(WAITING))
        .group_by(Message.lane)
    )
    waiting = {row.lane: row for row in session.execute(counted)}
    return [_lane_row(lane, waiting.get(lane.number)) for lane in session.scalars(select(Lane).order_by(Lane.number))]


def _lane_row(lane: Lane, counted: object) -> LaneRow:
    return LaneRow(
        number=lane.number,
        name=lane.name,
        paused_at=lane.paused_at,
        pause_reason=lane.pause_reason,
        waiting=getattr(counted, "waiting", 0),
        late=getattr(counted, "late", 0),
        oldest_due_at=getattr(counted, "oldest", None),
    )


def _facts(session: Session, state: OutboxState) -> int:
    return session.scalar(select(func.count()).select_from(Outbox).where(Outbox.state == state)) or 0
