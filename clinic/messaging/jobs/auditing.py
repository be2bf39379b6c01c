"""Looking back at texts whose answer was once unclear: did the provider have one more than we knew of?

Only such a text can have left twice, so only these numbers are asked about; the comparison of the night asks about all.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import CompoundSelect, Select, bindparam, func, select, union
from sqlalchemy.orm import Session

from clinic.gateways.sms import ProviderMessage, SmsFailure, StatusUpdate
from clinic.kernel.actor import Actor
from clinic.kernel.statements import among
from clinic.messaging.actions.statuses import record_status
from clinic.messaging.jobs.gating import digest_of
from clinic.messaging.jobs.reconciling import CLOCKS_DIFFER
from clinic.messaging.models import Message, MessageAttempt, MessageEvent
from clinic.people.models import Phone
from clinic.runtime import Runtime

_LOOK_BACK = timedelta(hours=26)
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


def known_sids(session: Session, sids: Sequence[str]) -> set[str]:
    """Return which of these texts of the provider belong to an attempt of ours."""
    return set(session.scalars(_ours(), {"sids": list(sids)}))


@cache
def _ours() -> CompoundSelect[Any]:
    return union(
        select(MessageAttempt.provider_sid).where(among(MessageAttempt.provider_sid, "sids")),
        select(MessageEvent.provider_sid).where(among(MessageEvent.provider_sid, "sids")),
    )


def take_in(session: Session, phone_id: UUID, found: ProviderMessage, *, by: Actor, now: datetime) -> bool:
    """Give a text of the provider to the attempt whose words it has; False when we never meant to send it."""
    attempt_id = _whose(_attempts(session, phone_id, since=found.created_at - _LOOK_BACK), found)
    if attempt_id is None:
        return False
    told = StatusUpdate(found.provider_sid, found.status, found.error_code)
    return record_status(session, attempt_id=attempt_id, update=told, by=by, now=now)


def _phones(session: Session, *, since: datetime) -> list[tuple[UUID, str]]:
    """Choose numbers by lot where there are many, so that none is left out round after round."""
    return [(row.id, row.e164) for row in session.execute(_unclear(), {"since": since})]


@cache
def _unclear() -> Select[UUID, str]:
    unclear = select(Message.address_id).where(
        Message.ambiguous_count > 0, Message.updated_at >= bindparam("since"), Message.address_id.is_not(None)
    )
    return select(Phone.id, Phone.e164).where(Phone.id.in_(unclear)).order_by(func.random()).limit(_BATCH)


def _take_in(session: Session, phone_id: UUID, listed: Sequence[ProviderMessage], *, by: Actor, now: datetime) -> int:
    known = known_sids(session, [each.provider_sid for each in listed])
    recent = [each for each in listed if each.created_at >= now - _LOOK_BACK and each.provider_sid not in known]
    return sum(take_in(session, phone_id, each, by=by, now=now) for each in recent)


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
        if attempt.body_digest == digest and found.created_at >= attempt.started_at - CLOCKS_DIFFER:
            return attempt.id
    return None
