"""The row of a conversation: made when somebody talks first, and locked while somebody changes it."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from clinic.conversations.models import Conversation
from clinic.kernel.actor import Actor
from clinic.kernel.ids import new_id

JUST_BEFORE = timedelta(microseconds=1)
"""The smallest step by which instants differ."""


def kept(session: Session, phone_id: UUID, *, by: Actor, now: datetime) -> Conversation:
    """Return the conversation with a phone as it is now, locked until the transaction ends."""
    fresh = {
        "id": new_id(),
        "phone_id": phone_id,
        "last_at": now,
        "version": 1,
        "created_at": now,
        "updated_at": now,
        "updated_by": by.name,
    }
    session.execute(insert(Conversation).values(fresh).on_conflict_do_nothing(index_elements=["phone_id"]))
    rows = select(Conversation).where(Conversation.phone_id == phone_id).with_for_update()
    return session.scalars(rows, execution_options={"populate_existing": True}).one()


def is_unread(conversation: Conversation) -> bool:
    """Tell whether something came that nobody has dealt with."""
    heard, read = conversation.last_inbound_at, conversation.read_up_to
    return heard is not None and (read is None or read < heard)


def hear(conversation: Conversation, *, at: datetime, needs_reading: bool, by: Actor, now: datetime) -> None:
    """Count what came from a phone; what the program answered by itself leaves a read conversation read.

    Facts may be told out of order: an older text that needs reading makes the conversation unread again.
    """
    was_read = not is_unread(conversation)
    conversation.last_inbound_at = max(conversation.last_inbound_at or at, at)
    conversation.last_at = max(conversation.last_at, at)
    if needs_reading and conversation.read_up_to is not None:
        conversation.read_up_to = min(conversation.read_up_to, at - JUST_BEFORE)
    elif was_read and not needs_reading:
        conversation.read_up_to = conversation.last_inbound_at
    conversation.touch(by=by, now=now)


def speak(conversation: Conversation, *, by: Actor, now: datetime) -> None:
    """Count what somebody of the clinic wrote."""
    conversation.last_at = max(conversation.last_at, now)
    conversation.touch(by=by, now=now)
