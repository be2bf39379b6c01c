"""Taking in texts from phones: STOP and danger at once, answers as facts, everything else to a person."""

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from clinic.gateways.sms import InboundText as ReceivedText
from clinic.kernel import outbox
from clinic.kernel.actor import Actor
from clinic.kernel.ids import new_id
from clinic.messaging.actions.answers import answer, is_looping
from clinic.messaging.actions.handing_over import Received, ask_for_number, hand_over
from clinic.messaging.actions.planning import release_suppressed, suppress_waiting
from clinic.messaging.actions.questions import match_reply
from clinic.messaging.actions.safety import sound_alarm
from clinic.messaging.models import InboundText
from clinic.messaging.queries.inbound import inbound
from clinic.messaging.rules.consent import OPTED_OUT
from clinic.messaging.rules.danger import suspects_danger
from clinic.messaging.rules.questions import ANSWERS, Match
from clinic.messaging.rules.replies import Meaning, meaning_of, says_more_than_help
from clinic.people import actions as people
from clinic.people.queries.patients import patients_with_phone
from clinic.people.rules import ConsentSource

TEXT_RECEIVED = "text.received"
REPLY_RECEIVED = "reply.received"
CONTACT_CHANGED = "patient.contact_changed"

_NEW = insert(InboundText).on_conflict_do_nothing(index_elements=["provider_sid"]).returning(InboundText.id)
_ZONE = "America/New_York"
_LATE_START = "It asks for texts again but reached us late. If they still want texts, ask them to text START."
_TWO_MEANINGS = "This phone was asked more than one thing, or the reply fits none of it. Call and ask what is meant."


def receive(
    session: Session,
    *,
    text: ReceivedText,
    has_own_replies: bool,
    by: Actor,
    now: datetime,
    clinic_zone: str = _ZONE,
    is_late: bool = False,
) -> UUID | None:
    """Take in one text; return its id, or None when it was received before.

    STOP is in force and danger is answered when this transaction commits. An answer to a question is published as
    `reply.received`, every text as `text.received`; what nobody understands becomes a task. `has_own_replies`: this
    product answers STOP, START and HELP, unless the provider says with `opt_out_type` that it has. `is_late`: the text
    was fetched from the provider after its webhook had been lost.
    """
    meaning = _meaning(text)
    phone = people.keep_phone(session, e164=text.from_e164, now=now)
    received = Received(
        id=new_id(),
        phone_id=phone.id,
        body=_readable(text),
        meaning=meaning,
        is_urgent=suspects_danger(text.body),
        may_answer=has_own_replies and text.opt_out_type is None,
        is_late=is_late,
        clinic_zone=clinic_zone,
        by=by,
        now=now,
    )
    if not _store(session, text, received):
        return None
    if received.is_urgent:
        sound_alarm(session, received)
    _ACTS[meaning](session, received)
    outbox.publish(session, TEXT_RECEIVED, subject_id=received.id, now=now)
    return received.id


def _meaning(text: ReceivedText) -> Meaning:
    """Understand the words; what the provider took for STOP or HELP is that, but its START may be a mere `yes`."""
    if text.opt_out_type == "STOP":
        return Meaning.STOP
    understood = meaning_of(text.body)
    return Meaning.HELP if text.opt_out_type == "HELP" and understood is Meaning.OTHER else understood


def _readable(text: ReceivedText) -> str:
    """Return the words, and that pictures came which are not kept."""
    if text.media_count == 0:
        return text.body
    came = "A picture came, which is not kept." if text.media_count == 1 else "Pictures came, which are not kept."
    return f"{text.body} ({came})".strip()


def _store(session: Session, text: ReceivedText, received: Received) -> bool:
    row = InboundText(id=received.id)
    row.body = received.body
    values = {
        "id": received.id,
        "provider_sid": text.provider_sid,
        "phone_id": received.phone_id,
        "to_e164": text.to_e164,
        "body_sealed": row.body_sealed,
        "meaning": received.meaning,
        "is_urgent": received.is_urgent,
        "received_at": received.now,
        "handled_at": None if received.meaning in ANSWERS else received.now,
    }
    return session.scalar(_NEW, values) is not None


def _stop(session: Session, received: Received) -> None:
    """Opt the number out and hold its waiting texts in the same transaction; confirm it once."""
    changed = people.opt_out(
        session, phone_id=received.phone_id, source=ConsentSource.TEXT_REPLY, by=received.by, now=received.now
    )
    suppress_waiting(session, phone_id=received.phone_id, reason=OPTED_OUT, by=received.by, now=received.now)
    if changed:
        _answer_opt_out(session, received, "STOP_REPLY")
    if meaning_of(received.body, but_stop=True) is Meaning.WRONG_NUMBER:
        ask_for_number(session, received)


def _start(session: Session, received: Received) -> None:
    """Opt the number in again and let the texts leave that were held and are still to come.

    One that was fetched late may be older than a STOP that counts, so a person decides.
    """
    if received.is_late:
        hand_over(session, received, why=_LATE_START)
        return
    changed = people.opt_in(
        session, phone_id=received.phone_id, source=ConsentSource.TEXT_REPLY, by=received.by, now=received.now
    )
    if changed:
        _let_texts_leave(session, received)
        _answer_opt_out(session, received, "START_REPLY")


def _let_texts_leave(session: Session, received: Received) -> None:
    """Let held texts leave; since their patients may have changed meanwhile, they are planned anew where they can."""
    release_suppressed(session, phone_id=received.phone_id, now=received.now)
    for patient in patients_with_phone(session, received.phone_id):
        outbox.publish(session, CONTACT_CHANGED, subject_id=patient.id, now=received.now)


def _help(session: Session, received: Received) -> None:
    """Say where help is; whoever wrote more than the one word is read by a person too."""
    if not received.is_urgent:
        _answer_opt_out(session, received, "HELP_REPLY")
    if says_more_than_help(received.body):
        hand_over(session, received, is_answered=True)


def _answer(session: Session, received: Received) -> None:
    """Let an answer follow its question, or be what it always was where nothing was asked; an "ok" is nothing there."""
    how = match_reply(
        session,
        text_id=received.id,
        phone_id=received.phone_id,
        meaning=received.meaning,
        is_late=received.is_late,
        now=received.now,
    )
    if how is Match.NONE and received.meaning is Meaning.OKAY:
        inbound(session, received.id).handled_at = received.now
        return  # It is unread in the inbox, and no visit is confirmed by it.
    is_for_a_person = how is Match.UNCLEAR or (how is Match.NONE and received.meaning is Meaning.NO)
    if not is_for_a_person:
        outbox.publish(session, REPLY_RECEIVED, subject_id=received.id, now=received.now)
        return
    inbound(session, received.id).handled_at = received.now
    hand_over(session, received, why=_TWO_MEANINGS if how is Match.UNCLEAR else "")


def _wrong_number(session: Session, received: Received) -> None:
    """Let a person find out whose number it is: nothing stops, since many who write this are our patients."""
    ask_for_number(session, received)


def _answer_opt_out(session: Session, received: Received, template_key: str) -> None:
    if received.may_answer and not is_looping(session, received.phone_id, now=received.now):
        answer(session, inbound_id=received.id, template_key=template_key, by=received.by, now=received.now)


_ACTS: Mapping[Meaning, Callable[[Session, Received], None]] = MappingProxyType(
    {
        Meaning.STOP: _stop,
        Meaning.START: _start,
        Meaning.HELP: _help,
        Meaning.WRONG_NUMBER: _wrong_number,
        Meaning.OTHER: hand_over,
        **dict.fromkeys(ANSWERS, _answer),
    }
)
