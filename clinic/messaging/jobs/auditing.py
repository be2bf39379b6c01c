"""Looking back at texts whose answer was once unclear: did the provider have one more than we knew of?

Only such a text can have left twice, so only these numbers are asked about.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import CompoundSelect, select, union
from sqlalchemy.orm import Session

from clinic.gateways.sms import ProviderMessage, SmsFailure, StatusUpdate
from clinic.kernel.actor import Actor
from clinic.messaging.actions.statuses import record_status
from clinic.messaging.jobs.gating import digest_of
from clinic.messaging.models import Message, MessageAttempt, MessageEvent
from clinic.people.models import Phone
from clinic.runtime import Runtime

_LOOK_BACK = timedelta(hours=26)
_CLOCKS_DIFFER = timedelta(seconds=60)
_BATCH = 40


def audit_unclear(runtime: Runtime, *, by: Actor) -> int:
    """Compare the provider's list with our attempts for texts of the last day; return how many were new to us.

    What is found counts as a duplicate, or turns `unknown` into what is true.
    """
    gateway, found = runtime.texting.gateway, 0
    if gateway is None:
        return 0
    with runtime.begin(by=by) as session:
        phones = _phones(session, since=runtime.clock() - _LOOK_BACK)
    for phone_id, e164 in phones:
        try:
            listed = gateway.sent_to(e164)
        except SmsFailure:
            continue
        with runtime.begin(by=by) as session:
            found += _take_in(session, phone_id, listed, by=by, now=runtime.clock())
    return found


def _phones(session: Session, *, since: datetime) -> list[tuple[UUID, str]]:
    unclear = select(Message.address_id).where(Message.ambiguous_count > 0, Message.updated_at >= since)
    rows = select(Phone.id, Phone.e164).where(Phone.id.in_(unclear)).order_by(Phone.id).limit(_BATCH)
    return [(row.id, row.e164) for row in session.execute(rows)]


def _take_in(session: Session, phone_id: UUID, listed: Sequence[ProviderMessage], *, by: Actor, now: datetime) -> int:
    known = _known(session, [each.provider_sid for each in listed])
    attempts = _attempts(session, phone_id, since=now - _LOOK_BACK)
    taken = 0
    for found in listed:
        attempt_id = None if found.provider_sid in known else _whose(attempts, found)
        if attempt_id is not None:
            told = StatusUpdate(found.provider_sid, found.status, found.error_code)
            taken += record_status(session, attempt_id=attempt_id, update=told, by=by, now=now)
    return taken


def _known(session: Session, sids: Sequence[str]) -> set[str]:
    ours: CompoundSelect[Any] = union(
        select(MessageAttempt.provider_sid).where(MessageAttempt.provider_sid.in_(sids)),
        select(MessageEvent.provider_sid).where(MessageEvent.provider_sid.in_(sids)),
    )
    return set(session.scalars(ours))


def _attempts(session: Session, phone_id: UUID, *, since: datetime) -> Sequence[MessageAttempt]:
    """Return the attempts of a number: unanswered ones first, then the latest."""
    rows = (
        select(MessageAttempt)
        .join(Message, Message.id == MessageAttempt.message_id)
        .where(Message.address_id == phone_id, MessageAttempt.started_at >= since)
        .order_by(MessageAttempt.provider_sid.is_not(None), MessageAttempt.started_at.desc())
    )
    return session.scalars(rows).all()


def _whose(attempts: Sequence[MessageAttempt], found: ProviderMessage) -> UUID | None:
    digest = digest_of(found.body)
    for attempt in attempts:
        if attempt.body_digest == digest and found.created_at >= attempt.started_at - _CLOCKS_DIFFER:
            return attempt.id
    return None
