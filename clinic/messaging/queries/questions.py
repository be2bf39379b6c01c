"""Reads of what a phone was asked and what it replied to it."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

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


@cache
def asking_templates() -> dict[str, Asks]:
    """Return what each template with a 1 and a 2 asks about."""
    return {template.key: Asks(template.asks) for template in all_templates() if template.asks}


def asked_of_phone(session: Session, phone_id: UUID, *, now: datetime) -> list[Question]:
    """Return the questions that a reply from this phone may still mean, locked until the transaction ends.

    Two replies that come at once are matched one after the other, each seeing what the other answered.
    """
    asked = (
        select(Message)
        .where(
            Message.address_id == phone_id,
            Message.template_key.in_(asking_templates()),
            Message.state.in_(MAY_HAVE_ARRIVED),
            Message.expires_at > now - STILL_MEANT,
        )
        .order_by(Message.id)
        .with_for_update()
    )
    return [_question(message) for message in session.scalars(asked, execution_options={"populate_existing": True})]


def reply_before(session: Session, text_id: UUID, *, phone_id: UUID) -> Earlier | None:
    """Return the last answer of a phone before this text."""
    row = session.execute(
        select(InboundText.meaning, InboundText.answers_id, InboundText.received_at)
        .where(InboundText.phone_id == phone_id, InboundText.id != text_id, InboundText.answers_id.is_not(None))
        .order_by(InboundText.received_at.desc(), InboundText.id.desc())
        .limit(1)
    ).one_or_none()
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
    earlier = (
        select(InboundText.meaning, InboundText.received_at)
        .where(InboundText.answers_id == text.answers_id, InboundText.id != text.id)
        .where(
            or_(
                InboundText.received_at < text.received_at,
                (InboundText.received_at == text.received_at) & (InboundText.id < text.id),
            )
        )
        .order_by(InboundText.received_at.desc(), InboundText.id.desc())
        .limit(1)
    )
    row = session.execute(earlier).one_or_none()
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
