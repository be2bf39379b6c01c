"""How texting is doing: what waits, what is unclear, and what must never happen."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Time, cast, func, select
from sqlalchemy.orm import Session

from clinic.kernel.localtime import CLOSES, OPENS
from clinic.messaging.models import InboundText, Lane, Message, MessageAttempt, SweepRun
from clinic.messaging.rules.kinds import Category, MessageState
from clinic.messaging.rules.templates import keys_for_opted_out
from clinic.people.models import SmsConsent

_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneRow:
    """One lane: how many texts are due and since when, and whether it is paused."""

    number: int
    name: str
    waiting: int
    oldest_due_at: datetime | None
    paused_at: datetime | None
    pause_reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """Figures of the last day unless they are `open`; the last two must be 0 (messaging's promises)."""

    lanes: tuple[LaneRow, ...]
    states: dict[str, int]
    suppressed: dict[str, int]
    provider_codes: dict[int, int]
    ambiguous_open: int
    unknown_open: int
    resent_after_ambiguous: int
    duplicates: int
    oldest_unhandled_reply_at: datetime | None
    sweeps: dict[str, datetime]
    sent_outside_window: int
    sent_after_opt_out: int


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


def metrics(session: Session, *, now: datetime) -> Metrics:
    """Return the figures that an operator watches."""
    recent = Message.updated_at > now - _A_DAY
    return Metrics(
        lanes=waiting_by_lane(session, now=now),
        states=_counted(session, Message.state, recent),
        suppressed=_counted(session, Message.reason, recent, Message.state == MessageState.SUPPRESSED),
        provider_codes=_provider_codes(session, since=now - _A_DAY),
        ambiguous_open=_count(session, Message.state == MessageState.AMBIGUOUS),
        unknown_open=_count(session, Message.state == MessageState.UNKNOWN, recent),
        resent_after_ambiguous=_count(
            session, recent, Message.ambiguous_count > 0, Message.attempt_count > Message.ambiguous_count
        ),
        duplicates=_count(session, recent, Message.duplicate_count > 0),
        oldest_unhandled_reply_at=session.scalar(
            select(func.min(InboundText.received_at)).where(InboundText.handled_at.is_(None))
        ),
        sweeps={row.name: row.ran_at for row in session.scalars(select(SweepRun))},
        sent_outside_window=_count(session, recent, _outside_window()),
        sent_after_opt_out=_after_opt_out(session, since=now - _A_DAY),
    )


def _counted(session: Session, column: Any, *which: ColumnElement[bool]) -> dict[str, int]:  # noqa: ANN401 - a column
    rows = session.execute(select(func.coalesce(column, "other"), func.count()).where(*which).group_by(column))
    return {str(name): number for name, number in rows}


def _count(session: Session, *which: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(Message).where(*which)) or 0


def _provider_codes(session: Session, *, since: datetime) -> dict[int, int]:
    code = MessageAttempt.error_code
    recent = select(code, func.count()).where(code.is_not(None), MessageAttempt.started_at > since).group_by(code)
    return {number: times for number, times in session.execute(recent) if number is not None}


def _outside_window() -> ColumnElement[bool]:
    """Choose texts that keep hours and were handed over outside 08:00-20:00 of their reader's day."""
    local = cast(func.timezone(Message.zone, Message.sent_at), Time)
    return (Message.category == Category.SERVICE) & ((local < _clock(OPENS)) | (local >= _clock(CLOSES)))


def _clock(at: time) -> ColumnElement[time]:
    return cast(at.isoformat(), Time)


def _after_opt_out(session: Session, *, since: datetime) -> int:
    """Count intents that were written although the number had opted out before."""
    late = (
        select(func.count())
        .select_from(MessageAttempt)
        .join(Message, Message.id == MessageAttempt.message_id)
        .join(SmsConsent, SmsConsent.phone_id == Message.address_id)
        .where(
            MessageAttempt.started_at > since,
            MessageAttempt.started_at > SmsConsent.opted_out_at,
            Message.template_key.not_in(keys_for_opted_out()),
        )
    )
    return session.scalar(late) or 0
