"""Asking the provider about texts whose delivery reports did not come."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from clinic.gateways.sms import SmsFailure, StatusUpdate
from clinic.kernel.actor import Actor
from clinic.kernel.statements import among, among_these
from clinic.messaging.actions.statuses import record_status
from clinic.messaging.models import Message, MessageAttempt
from clinic.messaging.rules.kinds import WITH_PROVIDER, MessageState
from clinic.messaging.rules.statuses import UNCONFIRMED_AFTER, next_poll
from clinic.runtime import Runtime

_BATCH = 20

# Built once: any worker asks them, all the time.
_GIVE_UP = (
    update(Message)
    .where(among_these(Message.state, WITH_PROVIDER), Message.channel == "sms")
    .where(Message.sent_at <= bindparam("silent_since"))
    .values(state=MessageState.UNCONFIRMED, check_at=None, final_at=bindparam("at"), updated_at=bindparam("at"))
    .execution_options(synchronize_session=False)
)
_SILENT = (
    select(Message)
    .where(among_these(Message.state, WITH_PROVIDER), Message.check_at <= bindparam("at"))
    .where(Message.provider_sid.is_not(None))
    .order_by(Message.check_at)
    .limit(_BATCH)
    .with_for_update(skip_locked=True)
)
_ATTEMPTS = select(MessageAttempt.id, MessageAttempt.provider_sid).where(among(MessageAttempt.provider_sid, "sids"))


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
    session.execute(_GIVE_UP, {"at": now, "silent_since": now - UNCONFIRMED_AFTER})


def _claim(session: Session, *, now: datetime) -> list[_Open]:
    """Choose texts to ask about and set when to ask next, which keeps other workers from asking too."""
    rows = session.scalars(_SILENT, {"at": now}).all()
    if not rows:
        return []
    for message in rows:
        message.check_at = now + next_poll(now - (message.sent_at or now))
    sids = [message.provider_sid for message in rows]
    return [_Open(row.id, row.provider_sid) for row in session.execute(_ATTEMPTS, {"sids": sids})]
