"""Taking in the provider's reports, from callbacks and from asking."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from clinic.gateways.sms import Scope, StatusUpdate
from clinic.gateways.sms.outcomes import scope_of
from clinic.kernel.actor import Actor
from clinic.messaging.actions.results import count_duplicates, fail, locked, take
from clinic.messaging.models import Message, MessageAttempt, MessageEvent
from clinic.messaging.rules.kinds import WAITING, MessageState
from clinic.messaging.rules.statuses import state_of, supersedes
from clinic.people.queries.consent import consent_for_change
from clinic.worklist import actions as worklist
from clinic.worklist.rules import WorkKind

_ENDED_BADLY = (MessageState.FAILED, MessageState.UNDELIVERED, MessageState.SUPPRESSED)


def record_status(session: Session, *, attempt_id: UUID, update: StatusUpdate, by: Actor, now: datetime) -> bool:
    """Record one report about an attempt; return False when it says nothing new.

    Reports may come before our own answer was stored, late, twice and in any order. The attempt's id, which travels
    in the callback's address, finds the message even if the process died before it saw the provider's id.
    """
    attempt = session.get(MessageAttempt, attempt_id)
    if attempt is None:
        _report_stray(session, by=by, now=now)
        return False
    is_failure = state_of(update.status) in _ENDED_BADLY
    scope = scope_of(update.error_code) if is_failure else Scope.MESSAGE
    message = _locked_for(session, attempt, scope=scope)
    if not _store(session, attempt_id, update, now=now):
        return False
    session.refresh(attempt)
    attempt.provider_sid = attempt.provider_sid or update.provider_sid
    if supersedes(update.status, attempt.outcome):
        attempt.outcome, attempt.error_code = update.status, update.error_code
        _apply(session, message, update, scope=scope, by=by, now=now)
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
    stored = session.scalar(
        insert(MessageEvent)
        .values(
            provider_sid=update.provider_sid,
            status=update.status,
            attempt_id=attempt_id,
            error_code=update.error_code,
            received_at=now,
        )
        .on_conflict_do_nothing()
        .returning(MessageEvent.status)
    )
    return stored is not None


def _locked_for(session: Session, attempt: MessageAttempt, *, scope: Scope) -> Message:
    """Lock in the order of everybody: consent (where an opt-out follows), then message, then attempt and events."""
    if scope is Scope.OPTED_OUT:
        phone = select(Message.address_id).where(Message.id == attempt.message_id)
        phone_id = session.scalars(phone).one()
        assert phone_id is not None, "only texts have an opt-out"
        consent_for_change(session, phone_id)
    return locked(session, attempt.message_id)


def _apply(session: Session, message: Message, update: StatusUpdate, *, scope: Scope, by: Actor, now: datetime) -> None:
    state = state_of(update.status)
    is_current = message.provider_sid in (None, update.provider_sid)
    if message.state == MessageState.DELIVERED:
        return
    if state is MessageState.DELIVERED or (is_current and state not in _ENDED_BADLY):
        take(session, message, sid=update.provider_sid, status=update.status, by=by, now=now)
    elif is_current and message.state not in (*WAITING, *_ENDED_BADLY):
        fail(session, message, code=update.error_code, scope=scope, state=state, by=by, now=now)
