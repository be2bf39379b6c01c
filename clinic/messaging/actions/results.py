"""What became of a message: taken by the provider, arrived, refused, or to be tried again."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, bindparam, func, or_, select, union
from sqlalchemy.orm import Session

from clinic.gateways.sms import Scope
from clinic.gateways.sms.outcomes import Meaning, RetryClass, meaning_of
from clinic.kernel.actor import Actor
from clinic.kernel.localtime import next_open
from clinic.kernel.statements import among_these
from clinic.messaging.actions import lanes, numbers, tasks
from clinic.messaging.actions.planning import suppress_waiting
from clinic.messaging.models import Message, MessageAttempt, MessageEvent
from clinic.messaging.rules.backoff import TRIES_WHEN_BUSY
from clinic.messaging.rules.consent import OPTED_OUT
from clinic.messaging.rules.kinds import WAITING, MessageState, Policy
from clinic.messaging.rules.statuses import ARRIVALS, FAILURES, FIRST_POLL, rank_of, state_of
from clinic.messaging.rules.templates import version_of
from clinic.messaging.rules.window import next_morning
from clinic.people import actions as people
from clinic.people.rules import ConsentSource

_TRIES = {
    RetryClass.RETRY_ONCE_LATER: 1,
    RetryClass.RETRY_LATER: TRIES_WHEN_BUSY,
    RetryClass.NEXT_MORNING: TRIES_WHEN_BUSY,
}
_CLOSED_BY_ARRIVAL = (
    MessageState.UNKNOWN,
    MessageState.FAILED,
    MessageState.UNDELIVERED,
    MessageState.EXPIRED,
)


def locked(session: Session, message_id: UUID) -> Message:
    """Return the message as it is now, locked until the transaction ends."""
    return session.scalars(_LOCKED, {"of_message": message_id}).one()


def take(session: Session, message: Message, *, sid: str, status: str, by: Actor, now: datetime) -> None:
    """Record that the provider has the text and how far it is; a `delivered` ends the story."""
    if message.state in WAITING:
        message.fence += 1  # A worker that is about to send it once more finds that it no longer may.
    if message.state in _CLOSED_BY_ARRIVAL:
        tasks.settle(session, message.id, by=by, now=now)
        numbers.settle_number(session, message, by=by, now=now)
    message.state = state_of(status)
    message.provider_sid = sid
    message.provider_rank = rank_of(status)
    message.sent_at = message.sent_at or now
    message.check_at = now + FIRST_POLL
    message.lease_until = message.lease_owner = message.error_code = message.reason = message.final_at = None
    if message.state == MessageState.DELIVERED:
        message.check_at, message.final_at = None, now
    message.updated_at = now


def fail(
    session: Session, message: Message, *, code: int | None, scope: Scope, state: MessageState, by: Actor, now: datetime
) -> None:
    """Act on a definite refusal or a failed delivery: stop the lane, respect the opt-out, try later or ask a person.

    For `Scope.OPTED_OUT` the caller has locked the number's consent before the message.
    """
    _let_go(message, now=now)
    message.error_code = code
    if scope is Scope.ACCOUNT:
        lanes.pause(session, number=message.lane, code=code, by=by, now=now)
        message.state, message.due_at = MessageState.PENDING, _before_expiry(message, now)
    elif scope is Scope.OPTED_OUT:
        _heed_opt_out(session, message, by=by, now=now)
    elif not _try_again(session, message, meaning_of(code), now=now):
        message.state, message.final_at = state, now
        report = numbers.report_number if numbers.is_about_number(message, code) else tasks.report_failure
        report(session, message, code=code, by=by, now=now)


def count_duplicates(session: Session, message: Message) -> None:
    """Count how many more texts than one the provider has for this message; failed ones do not count."""
    session.flush()
    message.duplicate_count = max(0, (session.scalar(_COUNTED, {"of_message": message.id}) or 0) - 1)


def _counted() -> Select[int]:
    """Return the question how many texts the provider has for a message."""
    ours = select(MessageAttempt.id).where(MessageAttempt.message_id == bindparam("of_message"))
    sids = union(
        select(MessageAttempt.provider_sid).where(MessageAttempt.id.in_(ours)),
        select(MessageEvent.provider_sid).where(MessageEvent.attempt_id.in_(ours)),
    ).subquery()
    events = select(MessageEvent.provider_sid).where(MessageEvent.attempt_id.in_(ours))
    failed = events.where(among_these(MessageEvent.status, FAILURES))
    arrived = events.where(among_these(MessageEvent.status, ARRIVALS))
    sid = sids.c.provider_sid
    return select(func.count(sid)).where(or_(sid.not_in(failed), sid.in_(arrived)))


# Built once: every text that leaves asks them.
_COUNTED = _counted()
_LOCKED = (
    select(Message)
    .where(Message.id == bindparam("of_message"))
    .with_for_update()
    .execution_options(populate_existing=True)
)


def _let_go(message: Message, *, now: datetime) -> None:
    message.lease_until = message.lease_owner = message.provider_sid = message.check_at = None
    message.provider_rank = 0
    message.updated_at = now


def _heed_opt_out(session: Session, message: Message, *, by: Actor, now: datetime) -> None:
    assert message.address_id is not None, "only texts have an opt-out"
    people.opt_out(session, phone_id=message.address_id, source=ConsentSource.PROVIDER, by=by, now=now)
    session.flush()
    suppress_waiting(session, phone_id=message.address_id, reason=OPTED_OUT, by=by, now=now)
    message.state, message.reason, message.final_at = MessageState.SUPPRESSED, OPTED_OUT, now
    template = version_of(message.template_key, message.template_version)
    tasks.ask_for_a_call(session, message, template, by=by, now=now)


def _try_again(session: Session, message: Message, meaning: Meaning, *, now: datetime) -> bool:
    """Put the text back in line if its kind of failure passes by itself, it must arrive and there is time left."""
    tries = _TRIES.get(meaning.retry)
    if tries is None or message.policy != Policy.AT_LEAST_ONCE or _failures(session, message) > tries:
        return False
    due_at = _next_try(message, meaning, now=now)
    if due_at >= message.expires_at:
        return False
    message.state, message.due_at, message.reason = MessageState.PENDING, due_at, f"retry_{message.error_code}"
    return True


def _next_try(message: Message, meaning: Meaning, *, now: datetime) -> datetime:
    if meaning.retry is RetryClass.NEXT_MORNING:
        return next_morning(now, message.zone)
    later = now + (meaning.wait or timedelta())
    template = version_of(message.template_key, message.template_version)
    return next_open(later, message.zone) if template.keeps_hours else later


def _failures(session: Session, message: Message) -> int:
    session.flush()
    failed = select(func.count()).where(MessageAttempt.message_id == message.id, MessageAttempt.outcome.in_(FAILURES))
    return session.scalar(failed) or 0


def _before_expiry(message: Message, wanted: datetime) -> datetime:
    return min(wanted, message.expires_at - timedelta(seconds=1))
