"""Calling back one text before it leaves."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CursorResult, update
from sqlalchemy.orm import Session

from clinic.messaging.models import Message
from clinic.messaging.rules.kinds import WAITING, MessageState


def call_back(session: Session, *, message_id: UUID, reason: str, now: datetime) -> bool:
    """Call one text back; tell whether it had not been promised to the provider yet.

    The raised fence makes a worker that has claimed the text drop it.
    """
    result = session.execute(
        update(Message)
        .where(Message.id == message_id, Message.state.in_(WAITING))
        .values(state=MessageState.CANCELED, reason=reason, final_at=now, updated_at=now, fence=Message.fence + 1)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(result, CursorResult)
    return result.rowcount == 1
