"""Texts from phones become conversations."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.conversations.actions.keeping import hear, kept
from clinic.kernel.actor import Actor
from clinic.messaging.queries.inbound import inbound
from clinic.messaging.rules.replies import Meaning

ANSWERED_BY_ITSELF = frozenset({Meaning.STOP, Meaning.START, Meaning.HELP, Meaning.CONFIRM, Meaning.MOVE})
"""What the program understands, does and answers; where it cannot, it opens a task of its own."""

ANSWERS_TO_QUESTIONS = frozenset({Meaning.OKAY, Meaning.NO})
"""Words that are understood only where a text of ours asked something."""


def take_in(session: Session, *, inbound_id: UUID, by: Actor, now: datetime) -> None:
    """Put a received text into its conversation.

    It is unread unless the program dealt with it. A text that sounds like danger is always unread.
    """
    text = inbound(session, inbound_id)
    conversation = kept(session, text.phone_id, by=by, now=now)
    is_answer = text.answers_id is not None and text.meaning in ANSWERS_TO_QUESTIONS
    needs_reading = text.is_urgent or not (is_answer or text.meaning in ANSWERED_BY_ITSELF)
    hear(conversation, at=text.received_at, needs_reading=needs_reading, by=by, now=now)
