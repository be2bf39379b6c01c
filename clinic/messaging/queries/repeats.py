"""Whether somebody was told the same already while a text waited for its turn."""

from datetime import datetime
from functools import cache
from uuid import UUID

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session, aliased

from clinic.kernel.statements import among_these
from clinic.messaging.models import Message
from clinic.messaging.queries.questions import MAY_HAVE_ARRIVED
from clinic.messaging.rules.kinds import MessageState

_MAY_HAVE_LEFT = (*MAY_HAVE_ARRIVED, MessageState.UNDELIVERED)


@cache
def _since_planned() -> Select[datetime | None]:
    own, other = aliased(Message), aliased(Message)
    left_at = func.coalesce(other.sent_at, other.updated_at)
    return (
        select(func.max(left_at))
        .join(own, own.subject_kind == other.subject_kind)
        .where(
            own.id == bindparam("of_message"),
            other.subject_id == own.subject_id,
            other.template_key == own.template_key,
            other.id != own.id,
            among_these(other.state, _MAY_HAVE_LEFT),
            left_at >= own.created_at,
        )
    )


def told_since_planned(session: Session, message_id: UUID) -> datetime | None:
    """Return when the same text about the same thing last left after this one was planned, None where none did.

    One that is under way, or of which nobody knows whether it left, counts as told, and so does one that the phone did
    not take: it will hardly take the next one the same morning. One that was refused before it left does not count.
    """
    return session.scalar(_since_planned(), {"of_message": message_id})
