"""Whether somebody was told the same already while a text waited for its turn."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session, aliased

from clinic.messaging.models import Message

_OWN, _OTHER = aliased(Message, name="own"), aliased(Message, name="other")
# Built once: it is asked when such a text would leave.
_SINCE_PLANNED = (
    select(func.max(_OTHER.sent_at))
    .join(_OWN, _OWN.subject_kind == _OTHER.subject_kind)
    .where(
        _OWN.id == bindparam("of_message"),
        _OTHER.subject_id == _OWN.subject_id,
        _OTHER.template_key == _OWN.template_key,
        _OTHER.id != _OWN.id,
        _OTHER.sent_at >= _OWN.created_at,
    )
)


def told_since_planned(session: Session, message_id: UUID) -> datetime | None:
    """Return when the same text about the same thing last left after this one was planned, None where none did."""
    return session.scalar(_SINCE_PLANNED, {"of_message": message_id})
