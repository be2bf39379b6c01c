"""Taking in the provider's reports, from callbacks and from asking."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from clinic.gateways.sms import Scope, StatusUpdate
from clinic.gateways.sms.outcomes import scope_of
from clinic.kernel.actor import Actor
from clinic.messaging.actions.results import count_duplicates, fail, take
from clinic.messaging.models import Message, MessageAttempt, MessageEvent
from clinic.messaging.rules.kinds import WAITING, MessageState
from clinic.messaging.rules.statuses import state_of, supersedes
from clinic.people.queries.consent import consent_for_change
from clinic.worklist import actions as worklist
from clinic.worklist.rules import WorkKind

# Built once: the provider reports on every text, most often twice.
_EVENTS = MessageEvent.metadata.tables[MessageEvent.__tablename__]
_NEW_EVENT = insert(_EVENTS).on_conflict_do_nothing().returning(_EVENTS.c.status)
_MESSAGE_ID = select(MessageAttempt.message_id).where(MessageAttempt.id == bindparam("of_attempt")).scalar_subquery()
_PHONE_OF_ATTEMPT = select(Message.address_id).where(Message.id == _MESSAGE_ID)
_OF_ATTEMPT = (
    select(Message).where(Message.id == _MESSAGE_ID).with_for_update().execution_options(populate_existing=True)
)
_ATTEMPT = (
    select(MessageAttempt).where(MessageAttempt.id == bindparam("of_attempt")).execution_options(populate_existing=True)
)
_ENDED_BADLY = (MessageState.FAILED, MessageState.UNDELIVERED, MessageState.SUPPRESSED)


def record_status(session: Session, *, attempt_id: UUID, update: StatusUpdate, by: Actor, now: datetime) -> bool:
    """Record one report about an attempt; return False when it says nothing new.

    Reports may come before our own answer was stored, late, twice and in any order. The attempt's id, which travels
    in the callback's address, finds the message even if the process died before it saw the provider's id.
    """
    is_failure = state_of(update.status) in _ENDED_BADLY
    scope = scope_of(update.error_code) if is_failure else Scope.MESSAGE
    message = _locked_for(session, attempt_id, scope=scope)
    if message is None:
        _report_stray(session, by=by, now=now)
        return False
    if not _store(session, attempt_id, update, now=now):
        return False
    attempt = session.scalars(_ATTEMPT, {"of_attempt": attempt_id}).one()
    attempt.provider_sid = attempt.provider_sid or update.provider_sid
    if supersedes(update.status, attempt.outcome):
        attempt.outcome, attempt.error_code = update.status, update.error_code
        _apply(session, message, update, scope=scope, by=by, now=now)
    if message.attempt_count > 1 or message.duplicate_count or attempt.provider_sid != update.provider_sid:
        count_duplicates(session, message)
    return True


def _report_stray(session: Session, *, by: Actor, now: datetime) -> None:
    """Tell an administrator, in one task, of signed reports about texts that this installation never sent."""
    worklist.open_item(
        session,
        kind=WorkKind.STRAY_REPORT,
        dedupe_key=WorkKind.STRAY_REPORT,
        reason="The text provider reported on a text that was not sent from here. Another installation may use the "
        "same account, or data came from a backup. Nothing changed; compare the texts with the provider's list.",
        subject_kind="message",
        subject_id=None,
        patient_id=None,
        now=now,
        by=by,
    )


def _store(session: Session, attempt_id: UUID, update: StatusUpdate, *, now: datetime) -> bool:
    report = {
        "provider_sid": update.provider_sid,
        "status": update.status,
        "attempt_id": attempt_id,
        "error_code": update.error_code,
        "received_at": now,
    }
    return session.scalar(_NEW_EVENT, report) is not None


def _locked_for(session: Session, attempt_id: UUID, *, scope: Scope) -> Message | None:
    """Lock in the order of everybody: consent (where an opt-out follows), then message, then attempt and events.

    None for an attempt that was never made here.
    """
    if scope is Scope.OPTED_OUT:
        phone_id = session.scalar(_PHONE_OF_ATTEMPT, {"of_attempt": attempt_id})
        if phone_id is None:
            return None
        consent_for_change(session, phone_id)
    return session.scalar(_OF_ATTEMPT, {"of_attempt": attempt_id})


def _apply(session: Session, message: Message, update: StatusUpdate, *, scope: Scope, by: Actor, now: datetime) -> None:
    state = state_of(update.status)
    is_current = message.provider_sid in (None, update.provider_sid)
    if message.state == MessageState.DELIVERED:
        return
    if state is MessageState.DELIVERED or (is_current and state not in _ENDED_BADLY):
        take(session, message, sid=update.provider_sid, status=update.status, by=by, now=now)
    elif is_current and message.state not in (*WAITING, *_ENDED_BADLY):
        fail(session, message, code=update.error_code, scope=scope, state=state, by=by, now=now)
