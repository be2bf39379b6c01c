"""Taking in texts from phones: STOP at once, answers about visits as facts, everything else to a person."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from clinic.gateways.sms import InboundText as ReceivedText
from clinic.kernel import outbox
from clinic.kernel.actor import Actor
from clinic.kernel.ids import new_id
from clinic.messaging.actions.answers import answer, is_looping
from clinic.messaging.actions.planning import release_suppressed, suppress_waiting
from clinic.messaging.actions.tasks import ask_for_a_call
from clinic.messaging.models import InboundText, Message
from clinic.messaging.queries.inbound import answers_since, texts_since
from clinic.messaging.rules.consent import OPTED_OUT
from clinic.messaging.rules.replies import Meaning, meaning_of
from clinic.messaging.rules.templates import version_of
from clinic.people import actions as people
from clinic.people.queries.patients import patients_with_phone
from clinic.people.rules import ConsentSource
from clinic.worklist import actions as worklist
from clinic.worklist.rules import WorkKind

REPLY_RECEIVED = "reply.received"

TEXTS_AN_HOUR = 10
"""After so many texts within an hour further ones share one task (policy)."""

_AN_HOUR = timedelta(hours=1)
_A_DAY = timedelta(days=1)
_EXCERPT = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class _Received:
    """One stored text on its way through; `may_answer`: the provider does not answer STOP, START and HELP itself."""

    id: UUID
    phone_id: UUID
    body: str
    may_answer: bool
    by: Actor
    now: datetime


def receive(session: Session, *, text: ReceivedText, has_own_replies: bool, by: Actor, now: datetime) -> UUID | None:
    """Take in one text; return its id, or None when it was received before.

    STOP is in force when this transaction commits. An answer about a visit is published as `reply.received`; what
    nobody understands becomes a task. `has_own_replies`: this product answers STOP, START and HELP, unless the
    provider says with `opt_out_type` that it has.
    """
    meaning = _meaning(text)
    phone = people.keep_phone(session, e164=text.from_e164, now=now)
    received_id = _store(session, text, phone_id=phone.id, meaning=meaning, now=now)
    if received_id is None:
        return None
    received = _Received(
        id=received_id,
        phone_id=phone.id,
        body=text.body,
        may_answer=has_own_replies and text.opt_out_type is None,
        by=by,
        now=now,
    )
    _ACTS[meaning](session, received)
    return received_id


def _meaning(text: ReceivedText) -> Meaning:
    """Understand the words; what the provider took for STOP or HELP is that, but its START may be a mere `yes`."""
    if text.opt_out_type == "STOP":
        return Meaning.STOP
    understood = meaning_of(text.body)
    return Meaning.HELP if text.opt_out_type == "HELP" and understood is Meaning.OTHER else understood


def _store(session: Session, text: ReceivedText, *, phone_id: UUID, meaning: Meaning, now: datetime) -> UUID | None:
    row = InboundText(id=new_id())
    row.body = text.body
    made = (
        insert(InboundText)
        .values(
            id=row.id,
            provider_sid=text.provider_sid,
            phone_id=phone_id,
            to_e164=text.to_e164,
            body_sealed=row.body_sealed,
            meaning=meaning,
            received_at=now,
            handled_at=None if meaning in _ABOUT_VISITS else now,
        )
        .on_conflict_do_nothing(index_elements=["provider_sid"])
        .returning(InboundText.id)
    )
    return session.scalar(made)


def _stop(session: Session, received: _Received) -> None:
    """Opt the number out and hold its waiting texts in the same transaction; confirm it once."""
    changed = people.opt_out(
        session, phone_id=received.phone_id, source=ConsentSource.TEXT_REPLY, by=received.by, now=received.now
    )
    held = suppress_waiting(session, phone_id=received.phone_id, reason=OPTED_OUT, now=received.now)
    for message in session.scalars(select(Message).where(Message.id.in_(held)).order_by(Message.id)):
        template = version_of(message.template_key, message.template_version)
        ask_for_a_call(session, message, template, by=received.by, now=received.now)
    if changed:
        _answer_opt_out(session, received, "STOP_REPLY")


def _start(session: Session, received: _Received) -> None:
    """Opt the number in again and let the texts leave that were held and are still to come."""
    changed = people.opt_in(
        session, phone_id=received.phone_id, source=ConsentSource.TEXT_REPLY, by=received.by, now=received.now
    )
    if changed:
        release_suppressed(session, phone_id=received.phone_id, now=received.now)
        _answer_opt_out(session, received, "START_REPLY")


def _help(session: Session, received: _Received) -> None:
    _answer_opt_out(session, received, "HELP_REPLY")


def _publish(session: Session, received: _Received) -> None:
    outbox.publish(session, REPLY_RECEIVED, subject_id=received.id, now=received.now)


def _hand_over(session: Session, received: _Received) -> None:
    """Give the text to a person, and say so to the phone once a day."""
    patients = patients_with_phone(session, received.phone_id)
    patient_id = patients[0].id if len(patients) == 1 else None
    who = "" if patients else " from a number of no patient"
    worklist.open_item(
        session,
        kind=WorkKind.REPLY_UNCLEAR,
        dedupe_key=f"{WorkKind.REPLY_UNCLEAR}:{_task_about(session, received)}",
        reason=f"A text{who} needs reading: \u201c{received.body[:_EXCERPT]}\u201d",
        subject_kind="patient",
        subject_id=patient_id,
        patient_id=patient_id,
        now=received.now,
        by=received.by,
    )
    since = received.now - _A_DAY
    if answers_since(session, received.phone_id, since=since, template_key="UNKNOWN_INBOUND") == 0:
        answer(session, inbound_id=received.id, template_key="UNKNOWN_INBOUND", by=received.by, now=received.now)


def _task_about(session: Session, received: _Received) -> UUID:
    """Return what a task is about: each text, or the phone where so many come that it is probably a machine."""
    texts = texts_since(session, received.phone_id, since=received.now - _AN_HOUR)
    return received.id if texts <= TEXTS_AN_HOUR else received.phone_id


def _answer_opt_out(session: Session, received: _Received, template_key: str) -> None:
    if received.may_answer and not is_looping(session, received.phone_id, now=received.now):
        answer(session, inbound_id=received.id, template_key=template_key, by=received.by, now=received.now)


_ABOUT_VISITS = frozenset({Meaning.CONFIRM, Meaning.MOVE})
_ACTS: Mapping[Meaning, Callable[[Session, _Received], None]] = MappingProxyType(
    {
        Meaning.STOP: _stop,
        Meaning.START: _start,
        Meaning.HELP: _help,
        Meaning.CONFIRM: _publish,
        Meaning.MOVE: _publish,
        Meaning.OTHER: _hand_over,
    }
)
