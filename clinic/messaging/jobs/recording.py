"""Writing down what the provider's answer was, whatever has happened to the message meanwhile."""

import random
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session

from clinic.gateways.sms import Accepted, Rejected, Scope, SmsFailure, Unavailable
from clinic.kernel.actor import Actor
from clinic.kernel.statements import among_these
from clinic.messaging.actions.results import count_duplicates, fail, locked
from clinic.messaging.jobs.gating import Intent
from clinic.messaging.models import Message, MessageAttempt
from clinic.messaging.rules.backoff import wait_before_retry
from clinic.messaging.rules.kinds import MessageState
from clinic.messaging.rules.statuses import FIRST_POLL, rank_of
from clinic.people.queries.consent import consent_for_change

_MESSAGE = Message.metadata.tables[Message.__tablename__]
_ATTEMPT = MessageAttempt.metadata.tables[MessageAttempt.__tablename__]
_OPEN = (MessageState.SENDING.value, MessageState.AMBIGUOUS.value)

Outcome = Accepted | SmsFailure
WITHHELD = Unavailable(reason="withheld: the lease was nearly over")
"""The outcome of an intent whose call was not made any more."""

# Built once: building a statement costs more than the database needs to run it.
# It finds no row when the fence fell or a report came first.
_SETTLE = (
    update(_MESSAGE)
    .where(
        _MESSAGE.c.id == bindparam("of_message"),
        _MESSAGE.c.fence == bindparam("of_fence"),
        among_these(_MESSAGE.c.state, _OPEN),
    )
    .values(
        state=MessageState.ACCEPTED.value,
        provider_sid=bindparam("sid"),
        provider_rank=bindparam("rank"),
        sent_at=func.coalesce(_MESSAGE.c.sent_at, bindparam("at", type_=_MESSAGE.c.sent_at.type)),
        check_at=bindparam("look_at"),
        lease_until=None,
        lease_owner=None,
        error_code=None,
        reason=None,
        updated_at=bindparam("at", type_=_MESSAGE.c.sent_at.type),
    )
    .returning(_MESSAGE.c.id)
)
_NOTE_ACCEPTANCE = (
    update(_ATTEMPT)
    .where(_ATTEMPT.c.id == bindparam("of_attempt"))
    .values(
        provider_sid=func.coalesce(_ATTEMPT.c.provider_sid, bindparam("sid", type_=_ATTEMPT.c.provider_sid.type)),
        outcome=func.coalesce(_ATTEMPT.c.outcome, bindparam("answer", type_=_ATTEMPT.c.outcome.type)),
    )
)


def record(
    session: Session, intent: Intent, outcome: Outcome, *, grace_seconds: float, by: Actor, now: datetime
) -> None:
    """Record one outcome; it counts for the message only while the intent's fence stands and nothing else settled it.

    The provider's id is stored on the attempt unconditionally, so that a late answer is seen by the look-up.
    """
    if isinstance(outcome, Accepted):
        _record_acceptance(session, intent, outcome, now=now)
        return
    phone_id = _phone_of(session, intent.message_id)
    if isinstance(outcome, Rejected) and outcome.scope is Scope.OPTED_OUT:
        consent_for_change(session, phone_id)  # The order of locks everywhere: consent, then message.
    message = locked(session, intent.message_id)
    _note_failure(session, intent, outcome)
    if message.fence != intent.fence or message.state not in _OPEN:
        return
    message.lease_until = message.lease_owner = None
    message.updated_at = now
    if isinstance(outcome, Unavailable):
        _back_in_line(message, outcome, now=now)
    elif isinstance(outcome, Rejected):
        _refused(session, message, outcome, by=by, now=now)
    elif message.state == MessageState.SENDING:
        make_ambiguous(message, grace_seconds=grace_seconds, now=now)


def make_ambiguous(message: Message, *, grace_seconds: float, now: datetime) -> None:
    """Leave it open whether the text left, and have it looked up when late answers have had their time."""
    message.state = MessageState.AMBIGUOUS
    message.ambiguous_count += 1
    message.check_at = now + timedelta(seconds=grace_seconds)


def _record_acceptance(session: Session, intent: Intent, accepted: Accepted, *, now: datetime) -> None:
    """Settle the message, then note the attempt: in this order everywhere, or two transactions could deadlock."""
    settled = session.scalar(_SETTLE, _settled(intent, accepted, now=now))
    settled_by_others = None if settled is not None else locked(session, intent.message_id)
    answer = {"of_attempt": intent.text.attempt_id, "sid": accepted.provider_sid, "answer": accepted.status}
    session.connection().execute(_NOTE_ACCEPTANCE, answer)
    if settled_by_others is not None:
        count_duplicates(session, settled_by_others)


def _settled(intent: Intent, accepted: Accepted, *, now: datetime) -> dict[str, object]:
    return {
        "of_message": intent.message_id,
        "of_fence": intent.fence,
        "sid": accepted.provider_sid,
        "rank": rank_of(accepted.status),
        "at": now,
        "look_at": now + FIRST_POLL,
    }


def _phone_of(session: Session, message_id: UUID) -> UUID:
    phone_id = session.scalars(select(Message.address_id).where(Message.id == message_id)).one()
    assert phone_id is not None, "only texts go through the provider of texts"
    return phone_id


def _note_failure(session: Session, intent: Intent, outcome: SmsFailure) -> None:
    session.execute(
        update(_ATTEMPT)
        .where(_ATTEMPT.c.id == intent.text.attempt_id, _ATTEMPT.c.outcome.is_(None))
        .values(
            outcome=type(outcome).__name__.lower(),
            http_status=outcome.http_status,
            error_code=outcome.code,
        )
    )


def _back_in_line(message: Message, outcome: Unavailable, *, now: datetime) -> None:
    wait = wait_before_retry(
        message.attempt_count,
        retry_after=outcome.retry_after,
        jitter=random.random(),  # noqa: S311 - spreads retries, guards no secret
    )
    message.state, message.reason, message.error_code = MessageState.PENDING, "provider_busy", outcome.code
    message.due_at = min(now + wait, message.expires_at - timedelta(seconds=1))


def _refused(session: Session, message: Message, outcome: Rejected, *, by: Actor, now: datetime) -> None:
    fail(session, message, code=outcome.code, scope=outcome.scope, state=MessageState.FAILED, by=by, now=now)
