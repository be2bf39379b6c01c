"""Asking the provider about texts whose delivery reports did not come."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from clinic.gateways.sms import SmsFailure, StatusUpdate
from clinic.kernel.actor import Actor
from clinic.messaging.actions.statuses import record_status
from clinic.messaging.models import Message, MessageAttempt
from clinic.messaging.rules.kinds import WITH_PROVIDER, MessageState
from clinic.messaging.rules.statuses import UNCONFIRMED_AFTER, next_poll
from clinic.runtime import Runtime

_BATCH = 20


@dataclass(frozen=True, slots=True)
class _Open:
    """A text that the provider has and has not reported on lately."""

    attempt_id: UUID
    provider_sid: str


def poll_due(runtime: Runtime, *, by: Actor) -> int:
    """Ask about texts that have been silent too long; return how many were asked about."""
    gateway = runtime.texting.gateway
    if gateway is None:
        return 0
    with runtime.begin(by=by) as session:
        silent = _claim(session, now=runtime.clock())
    for text in silent:
        try:
            found = gateway.fetch(text.provider_sid)
        except SmsFailure:
            continue
        told = StatusUpdate(found.provider_sid, found.status, found.error_code)
        with runtime.begin(by=by) as session:
            record_status(session, attempt_id=text.attempt_id, update=told, by=by, now=runtime.clock())
    return len(silent)


def give_up_waiting(session: Session, *, now: datetime) -> None:
    """Call texts `unconfirmed` that got no receipt within three days; a late one is still believed."""
    session.execute(
        update(Message)
        .where(Message.state.in_(WITH_PROVIDER), Message.channel == "sms", Message.sent_at <= now - UNCONFIRMED_AFTER)
        .values(state=MessageState.UNCONFIRMED, check_at=None, final_at=now, updated_at=now)
        .execution_options(synchronize_session=False)
    )


def _claim(session: Session, *, now: datetime) -> list[_Open]:
    """Choose texts to ask about and set when to ask next, which keeps other workers from asking too."""
    rows = session.scalars(
        select(Message)
        .where(Message.state.in_(WITH_PROVIDER), Message.check_at <= now, Message.provider_sid.is_not(None))
        .order_by(Message.check_at)
        .limit(_BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    for message in rows:
        message.check_at = now + next_poll(now - (message.sent_at or now))
    sids = [message.provider_sid for message in rows]
    attempts = select(MessageAttempt.id, MessageAttempt.provider_sid).where(MessageAttempt.provider_sid.in_(sids))
    return [_Open(row.id, row.provider_sid) for row in session.execute(attempts)]
