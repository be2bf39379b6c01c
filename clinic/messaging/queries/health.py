"""How texting is doing: what waits in each lane, and since when."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic.messaging.models import Lane, Message
from clinic.messaging.rules.kinds import MessageState


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneRow:
    """One lane: how many texts are due and since when, and whether it is paused."""

    number: int
    name: str
    waiting: int
    oldest_due_at: datetime | None
    paused_at: datetime | None
    pause_reason: str | None


def waiting_by_lane(session: Session, *, now: datetime) -> tuple[LaneRow, ...]:
    """Return the lanes by urgency with what is due in them."""
    due = (Message.lane == Lane.number) & (Message.state == MessageState.PENDING) & (Message.due_at <= now)
    rows = session.execute(
        select(Lane, func.count(Message.id), func.min(Message.due_at))
        .outerjoin(Message, due)
        .group_by(Lane.number)
        .order_by(Lane.number)
    )
    return tuple(
        LaneRow(
            number=lane.number,
            name=lane.name,
            waiting=waiting,
            oldest_due_at=oldest,
            paused_at=lane.paused_at,
            pause_reason=lane.pause_reason,
        )
        for lane, waiting, oldest in rows
    )
