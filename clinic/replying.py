"""What a reply does: it answers the question that it belongs to, and the phone hears what came of it."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.kernel.crypto import KeyRing
from clinic.messaging import actions as messaging
from clinic.messaging.models import InboundText, Message
from clinic.messaging.queries.inbound import inbound
from clinic.messaging.queries.questions import asking_templates, last_choice, question_of
from clinic.messaging.rules.questions import AT_ONCE, Asks, Choice, choice_of
from clinic.messaging.rules.replies import Meaning
from clinic.scheduling import actions as scheduling
from clinic.scheduling.actions import Reply, ReplyOutcome
from clinic.waitlist.actions.replies import answer_offer


def answer_reply(session: Session, *, subject_id: UUID, ring: KeyRing, now: datetime, by: Actor) -> None:
    """Let a reply do what it says to the question that it answers, and answer the phone.

    Where nothing was asked, a `1` confirms the next visit and a `2` asks for another time.
    """
    text = inbound(session, subject_id)
    question = question_of(session, text)
    if question is None or question.subject_id is None:
        is_one = choice_of(Asks.VISIT, Meaning(text.meaning)) is Choice.ONE
        verb = scheduling.confirm_from_reply if is_one else scheduling.move_from_reply
        outcome, is_repeated = verb(session, phone_id=text.phone_id, by=by, now=now), False
    elif asking_templates()[question.template_key] is Asks.OFFERED_TIME:
        _answer_offer(session, text, question, ring=ring, by=by, now=now)
        return
    else:
        outcome, is_repeated = _take_answer(session, text, question, by=by, now=now)
    text.handled_at = text.handled_at or now
    if not is_repeated:
        _thank(session, text, outcome, by=by, now=now)


def _answer_offer(
    session: Session, text: InboundText, question: Message, *, ring: KeyRing, by: Actor, now: datetime
) -> None:
    """Take or let go an offered time; who says the same again at once is answered once."""
    choice = choice_of(Asks.OFFERED_TIME, Meaning(text.meaning))
    assert question.subject_id is not None
    assert choice is not None
    before = last_choice(session, text, asks=Asks.OFFERED_TIME)
    answered = answer_offer(
        session, offer_id=question.subject_id, phone_id=text.phone_id, choice=choice, ring=ring, by=by, now=now
    )
    text.handled_at = text.handled_at or now
    is_repeated = before is not None and before.choice is choice and text.received_at - before.at <= AT_ONCE
    if answered.template_key is not None and not is_repeated:
        messaging.answer(
            session,
            inbound_id=text.id,
            template_key=answered.template_key,
            patient_id=answered.patient_id,
            variables={"starts_at": answered.starts_at},
            link_id=None,
            by=by,
            now=now,
        )


def _take_answer(
    session: Session, text: InboundText, question: Message, *, by: Actor, now: datetime
) -> tuple[ReplyOutcome, bool]:
    """Return what came of an answer, and whether it only says again what the phone said a moment ago."""
    asks = asking_templates()[question.template_key]
    choice = choice_of(asks, Meaning(text.meaning))
    assert question.subject_id is not None
    assert choice is not None
    before = last_choice(session, text, asks=asks)
    answered = scheduling.Answered(
        appointment_id=question.subject_id,
        told_version=question.subject_version,
        phone_id=text.phone_id,
        asks=asks,
        choice=choice,
        before=before.choice if before else None,
    )
    is_repeated = before is not None and before.choice is choice and text.received_at - before.at <= AT_ONCE
    return scheduling.take_answer(session, answered, by=by, now=now), is_repeated


_ANSWERS: Mapping[Reply, str] = MappingProxyType(
    {
        Reply.CONFIRMED: "REPLY_THANKS",
        Reply.ALREADY_CONFIRMED: "REPLY_THANKS",
        Reply.MOVE_REQUESTED: "MOVE_REQUESTED",
        Reply.SUPPORT_PERSON_SET: "SITTER_THANKS",
        Reply.SUPPORT_PERSON_MISSING: "SITTER_MISSING",
        Reply.TOO_LATE: "REPLY_LATE",
        Reply.NOTHING_WAITING: "NOTHING_WAITING",
    }
)
"""How the phone is answered; what is unclear is asked on the telephone."""


def _thank(session: Session, text: InboundText, outcome: ReplyOutcome, *, by: Actor, now: datetime) -> None:
    template_key, visit = _ANSWERS.get(outcome.reply), outcome.visit
    if template_key is None:
        return
    messaging.answer(
        session,
        inbound_id=text.id,
        template_key=template_key,
        patient_id=visit.patient_id if visit else None,
        variables={"starts_at": visit.starts_at} if visit else {},
        link_id=outcome.link_id,
        by=by,
        now=now,
    )
