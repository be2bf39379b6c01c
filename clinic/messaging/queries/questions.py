"""Reads of what a phone was asked and what it replied to it."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from uuid import UUID

from sqlalchemy import Select, bindparam, or_, select
from sqlalchemy.orm import Session

from clinic.kernel.statements import among_these
from clinic.messaging.models import InboundText, Message
from clinic.messaging.rules.kinds import WITH_PROVIDER, MessageState
from clinic.messaging.rules.questions import STILL_MEANT, Asks, Choice, Earlier, Question, choice_of
from clinic.messaging.rules.replies import Meaning
from clinic.messaging.rules.templates import all_templates

MAY_HAVE_ARRIVED = (
    *WITH_PROVIDER,
    MessageState.SENDING,
    MessageState.AMBIGUOUS,
    MessageState.DELIVERED,
    MessageState.UNCONFIRMED,
    MessageState.UNKNOWN,
)
"""States of a text that its reader may have seen."""


# Built once: every reply asks them.
_NEWEST_FIRST = (InboundText.received_at.desc(), InboundText.id.desc())
_BEFORE = (
    select(InboundText.meaning, InboundText.answers_id, InboundText.received_at)
    .where(
        InboundText.phone_id == bindparam("of_phone"),
        InboundText.id != bindparam("but"),
        InboundText.answers_id.is_not(None),
    )
    .order_by(*_NEWEST_FIRST)
    .limit(1)
)
_EARLIER = (
    select(InboundText.meaning, InboundText.received_at)
    .where(InboundText.answers_id == bindparam("of_question"), InboundText.id != bindparam("but"))
    .where(
        or_(
            InboundText.received_at < bindparam("at"),
            (InboundText.received_at == bindparam("at")) & (InboundText.id < bindparam("but")),
        )
    )
    .order_by(*_NEWEST_FIRST)
    .limit(1)
)


@cache
def asking_templates() -> dict[str, Asks]:
    """Return what each template with a 1 and a 2 asks about."""
    return {template.key: Asks(template.asks) for template in all_templates() if template.asks}


def asked_of_phone(session: Session, phone_id: UUID, *, now: datetime) -> list[Question]:
    """Return the questions that a reply from this phone may still mean, locked until the transaction ends.

    Two replies that come at once are matched one after the other, each seeing what the other answered.
    """
    asked = {"of_phone": phone_id, "over": now - STILL_MEANT}
    found = session.scalars(_asked(), asked, execution_options={"populate_existing": True})
    return [_question(message) for message in found]


@cache
def _asked() -> Select[Message]:
    return (
        select(Message)
        .where(
            Message.address_id == bindparam("of_phone"),
            among_these(Message.template_key, asking_templates()),
            among_these(Message.state, MAY_HAVE_ARRIVED),
            Message.expires_at > bindparam("over"),
        )
        .order_by(Message.id)
        .with_for_update()
    )


def reply_before(session: Session, text_id: UUID, *, phone_id: UUID) -> Earlier | None:
    """Return the last answer of a phone before this text."""
    row = session.execute(_BEFORE, {"of_phone": phone_id, "but": text_id}).one_or_none()
    return None if row is None else Earlier(Meaning(row.meaning), row.answers_id, row.received_at)


def question_of(session: Session, text: InboundText) -> Message | None:
    """Return the message whose question a text answers."""
    return None if text.answers_id is None else session.get_one(Message, text.answers_id)


@dataclass(frozen=True, slots=True)
class Chosen:
    """A digit that was replied to a question, and when."""

    choice: Choice
    at: datetime


def last_choice(session: Session, text: InboundText, *, asks: Asks) -> Chosen | None:
    """Return what was last replied to the same question before this text."""
    this = {"of_question": text.answers_id, "but": text.id, "at": text.received_at}
    row = session.execute(_EARLIER, this).one_or_none()
    choice = None if row is None else choice_of(asks, Meaning(row.meaning))
    return None if row is None or choice is None else Chosen(choice, row.received_at)


def _question(message: Message) -> Question:
    return Question(
        id=message.id,
        asks=asking_templates()[message.template_key],
        patient_id=message.recipient_id,
        asked_at=message.sent_at or message.updated_at,
        closes_at=message.expires_at,
        answered_at=message.answered_at,
    )
