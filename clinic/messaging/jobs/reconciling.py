"""Finding out whether a text left after its answer was lost: our own records first, then the provider's list."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from uuid import UUID

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningUpdate

from clinic.gateways.sms import ProviderMessage, SmsFailure, StatusUpdate
from clinic.kernel.actor import Actor
from clinic.kernel.lease import database_clock, lease_end
from clinic.messaging.actions import tasks
from clinic.messaging.actions.results import locked, take
from clinic.messaging.actions.statuses import record_status
from clinic.messaging.jobs.claiming import Claimed, owner
from clinic.messaging.jobs.gating import digest_of
from clinic.messaging.models import Message, MessageAttempt
from clinic.messaging.rules.backoff import RESENDS_AFTER_AMBIGUOUS, RESENDS_OF_MAIL
from clinic.messaging.rules.kinds import MessageState, Policy
from clinic.messaging.rules.statuses import FAILURES
from clinic.people.models import Phone
from clinic.runtime import Runtime

_BATCH = 20
_ASK_AGAIN = timedelta(seconds=60)
CLOCKS_DIFFER = timedelta(minutes=90)
"""How far the provider's clock may be behind ours. Two texts of one number that were both unclear and say the same
within that time may be taken for each other; the phone gets each once all the same."""

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Match:
    """A text of the provider that is one of our attempts."""

    attempt_id: UUID
    found: ProviderMessage


def reconcile_due(runtime: Runtime, *, by: Actor) -> int:
    """Look up every message that has been ambiguous for the grace period; return how many were looked up."""
    with runtime.begin(by=by) as session:
        claims = _claim(session, lease_seconds=runtime.texting.lease_seconds, now=runtime.clock())
    for claimed in claims:
        try:
            reconcile_one(runtime, claimed, by=by)
        except Exception as mistake:  # noqa: BLE001 - one that cannot be looked up does not stop the others
            _logger.error("message %s cannot be looked up: %s", claimed.message_id, type(mistake).__name__)  # noqa: TRY400
            with runtime.begin(by=by) as session:
                _ask_later(session, claimed, now=runtime.clock())
    return len(claims)


def reconcile_one(runtime: Runtime, claimed: Claimed, *, by: Actor) -> None:
    """Look up one message: taken if the provider has it, sent again or given to a person if not.

    Mail has no list in which to look it up.
    """
    gateway = runtime.texting.gateway
    with runtime.begin(by=by) as session:
        e164 = _address(session, claimed.message_id)
    if gateway is None and e164 is not None:
        return
    try:
        listed = gateway.sent_to(e164) if gateway is not None and e164 is not None else ()
    except SmsFailure:
        with runtime.begin(by=by) as session:
            _ask_later(session, claimed, now=runtime.clock())
        return
    with runtime.begin(by=by) as session:
        settle(session, claimed, listed, by=by, now=runtime.clock())


def settle(session: Session, claimed: Claimed, listed: Sequence[ProviderMessage], *, by: Actor, now: datetime) -> None:
    """Decide about an ambiguous message from our attempts and the provider's list, unless it was settled meanwhile."""
    message = locked(session, claimed.message_id)
    if message.state != MessageState.AMBIGUOUS or message.fence != claimed.fence:
        return
    attempts = _attempts(session, message.id)
    known = next((each for each in attempts if each.provider_sid and each.outcome not in FAILURES), None)
    if known is not None and known.provider_sid is not None:
        take(session, message, sid=known.provider_sid, status=known.outcome or "accepted", by=by, now=now)
        return
    match = _match(session, attempts, listed)
    if match is None:
        _absent(session, message, by=by, now=now)
        return
    update_ = StatusUpdate(match.found.provider_sid, match.found.status, match.found.error_code)
    record_status(session, attempt_id=match.attempt_id, update=update_, by=by, now=now)


def _claim(session: Session, *, lease_seconds: float, now: datetime) -> list[Claimed]:
    """Take ambiguous messages in hand; the fence stays, so that a late answer of their own attempt still counts."""
    rows = session.execute(_claiming(lease_seconds), {"at": now, "owner": owner()})
    return [Claimed(row.id, row.fence) for row in rows]


@cache
def _claiming(lease_seconds: float) -> ReturningUpdate[UUID, int]:
    due = (
        select(Message.id)
        .where(
            Message.state == MessageState.AMBIGUOUS,
            Message.check_at <= bindparam("at"),
            or_(Message.lease_until.is_(None), Message.lease_until < database_clock()),
        )
        .order_by(Message.check_at)
        .limit(_BATCH)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    return (
        update(Message)
        .where(Message.id == due.c.id)
        .values(lease_until=lease_end(timedelta(seconds=lease_seconds)), lease_owner=bindparam("owner"))
        .returning(Message.id, Message.fence)
        .execution_options(synchronize_session=False)
    )


def _address(session: Session, message_id: UUID) -> str | None:
    number = select(Phone.e164).join(Message, Message.address_id == Phone.id).where(Message.id == message_id)
    return session.scalar(number)


def _ask_later(session: Session, claimed: Claimed, *, now: datetime) -> None:
    session.execute(
        update(Message)
        .where(
            Message.id == claimed.message_id,
            Message.fence == claimed.fence,
            Message.state == MessageState.AMBIGUOUS,
        )
        .values(check_at=now + _ASK_AGAIN, lease_until=None, lease_owner=None)
        .execution_options(synchronize_session=False)
    )


def _attempts(session: Session, message_id: UUID) -> list[MessageAttempt]:
    rows = select(MessageAttempt).where(MessageAttempt.message_id == message_id)
    newest_first = rows.order_by(MessageAttempt.number.desc())
    return list(session.scalars(newest_first, execution_options={"populate_existing": True}))


def _match(session: Session, attempts: Sequence[MessageAttempt], listed: Sequence[ProviderMessage]) -> _Match | None:
    """Find one of our unanswered attempts in the provider's list, by its words and its time."""
    taken = set(
        session.scalars(
            select(MessageAttempt.provider_sid).where(
                MessageAttempt.provider_sid.in_([each.provider_sid for each in listed])
            )
        )
    )
    for found in listed:
        if found.provider_sid in taken or not found.direction.startswith("outbound"):
            continue
        for attempt in attempts:
            is_in_time = found.created_at >= attempt.started_at - CLOCKS_DIFFER
            if attempt.provider_sid is None and is_in_time and attempt.body_digest == digest_of(found.body):
                return _Match(attempt.id, found)
    return None


def _absent(session: Session, message: Message, *, by: Actor, now: datetime) -> None:
    """The text did not leave as far as anybody can tell: send it again if it must arrive, else tell a person."""
    message.lease_until = message.lease_owner = message.check_at = None
    message.updated_at = now
    most = RESENDS_OF_MAIL if message.channel == "email" else RESENDS_AFTER_AMBIGUOUS
    if message.policy == Policy.AT_LEAST_ONCE and message.ambiguous_count <= most:
        message.state, message.reason = MessageState.PENDING, "resend"
        message.due_at = min(now, message.expires_at - timedelta(seconds=1))
        return
    message.state, message.reason, message.final_at = MessageState.UNKNOWN, "no_answer", now
    tasks.report_unknown(session, message, by=by, now=now)
