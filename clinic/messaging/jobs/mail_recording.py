"""Writing down what became of an e-mail, whatever has happened to it meanwhile."""

import random
from datetime import datetime, timedelta

from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session

from clinic.gateways.email import Accepted, EmailFailure, Rejected, Scope, Unavailable
from clinic.kernel.actor import Actor
from clinic.messaging.actions import lanes, tasks
from clinic.messaging.actions.results import locked
from clinic.messaging.jobs.claiming import Claimed
from clinic.messaging.jobs.gating import turned_back
from clinic.messaging.jobs.judging import QUIET_HOURS, NotNow
from clinic.messaging.jobs.mail_gating import MailIntent
from clinic.messaging.jobs.recording import make_ambiguous
from clinic.messaging.models import Message, MessageAttempt
from clinic.messaging.rules.backoff import wait_before_retry
from clinic.messaging.rules.kinds import WAITING, MessageState

MailOutcome = Accepted | EmailFailure

_OPEN = (MessageState.SENDING, MessageState.AMBIGUOUS)
_NOTE = (
    update(MessageAttempt)
    .where(MessageAttempt.id == bindparam("of_attempt"), MessageAttempt.outcome.is_(None))
    .values(outcome=bindparam("answer"), http_status=bindparam("code"))
    .execution_options(synchronize_session=False)
)
_SENT_AFTER_ALL = (*_OPEN, *WAITING, MessageState.UNKNOWN, MessageState.EXPIRED)


def record_mail(
    session: Session, intent: MailIntent, outcome: MailOutcome, *, grace_seconds: float, by: Actor, now: datetime
) -> None:
    """Record one outcome; a failure counts only while the intent's fence stands, an acceptance always."""
    message = locked(session, intent.message_id)
    _note(session, intent, outcome)
    if isinstance(outcome, Accepted):
        _sent(session, message, by=by, now=now)
        return
    if message.fence != intent.fence or message.state not in _OPEN:
        return
    message.lease_until = message.lease_owner = None
    message.error_code, message.updated_at = outcome.code, now
    if isinstance(outcome, Unavailable):
        _back_in_line(message, now=now)
    elif isinstance(outcome, Rejected):
        _refused(session, message, outcome, by=by, now=now)
    elif message.state == MessageState.SENDING:
        make_ambiguous(message, grace_seconds=grace_seconds, now=now)


def refuse_mail(session: Session, claimed: Claimed, refusal: NotNow, *, by: Actor, now: datetime) -> None:
    """Write down why a claimed e-mail does not leave, and ask a person where one has to know."""
    message = turned_back(session, claimed, refusal, now=now)
    if message is None:
        return
    if refusal.state is MessageState.FAILED or (
        refusal.state is MessageState.EXPIRED and refusal.reason != QUIET_HOURS
    ):
        tasks.report_expiry(session, message, by=by, now=now)


def _note(session: Session, intent: MailIntent, outcome: MailOutcome) -> None:
    answer = type(outcome).__name__.lower()
    session.execute(_NOTE, {"of_attempt": intent.email.attempt_id, "answer": answer, "code": outcome.code})


def _sent(session: Session, message: Message, *, by: Actor, now: datetime) -> None:
    """The mail server answers for it from here on; there are no receipts. A second copy is counted."""
    if message.state == MessageState.SENT:
        message.duplicate_count += 1
    if message.state not in _SENT_AFTER_ALL:
        return
    if message.state in WAITING:
        message.fence += 1  # A worker that is about to send it once more finds that it no longer may.
    if message.state in {MessageState.UNKNOWN, MessageState.EXPIRED}:
        tasks.settle(session, message.id, by=by, now=now)
    message.state, message.sent_at, message.final_at = MessageState.SENT, message.sent_at or now, now
    message.lease_until = message.lease_owner = message.check_at = message.reason = message.error_code = None
    message.updated_at = now


def _back_in_line(message: Message, *, now: datetime) -> None:
    wait = wait_before_retry(
        message.attempt_count,
        retry_after=None,
        jitter=random.random(),  # noqa: S311 - spreads retries, guards no secret
    )
    message.state, message.reason = MessageState.PENDING, "mail_busy"
    message.due_at = min(now + wait, message.expires_at - timedelta(seconds=1))


def _refused(session: Session, message: Message, outcome: Rejected, *, by: Actor, now: datetime) -> None:
    if outcome.scope is Scope.ACCOUNT:
        lanes.pause(session, number=message.lane, code=outcome.code, by=by, now=now)
        message.state, message.due_at = MessageState.PENDING, min(now, message.expires_at - timedelta(seconds=1))
        return
    message.state, message.final_at = MessageState.FAILED, now
    if outcome.scope is Scope.ADDRESS:
        message.reason = "no_mailbox"
    tasks.report_mail_failure(session, message, code=outcome.code, by=by, now=now)
