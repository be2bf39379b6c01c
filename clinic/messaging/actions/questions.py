"""Matching replies to the questions they answer, and closing questions that nobody waits for any more."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, true, update
from sqlalchemy.orm import Session

from clinic.messaging.models import InboundText, Message
from clinic.messaging.queries.questions import MAY_HAVE_ARRIVED, asked_of_phone, asking_templates, reply_before
from clinic.messaging.rules.questions import Asks, Match, match
from clinic.messaging.rules.replies import Meaning


def match_reply(
    session: Session, *, text_id: UUID, phone_id: UUID, meaning: Meaning, is_late: bool, now: datetime
) -> Match:
    """Write down which question a stored text answers and that the question is answered; return how they fit."""
    asked = asked_of_phone(session, phone_id, now=now)
    before = reply_before(session, text_id, phone_id=phone_id)
    how, question = match(meaning, asked, before=before, now=now, is_late=is_late)
    if question is None:
        return how
    _set(session, InboundText, text_id, answers_id=question.id)
    if question.answered_at is None:
        _set(session, Message, question.id, answered_at=now, updated_at=now)
    return how


def close_questions(
    session: Session,
    *,
    subject_kind: str,
    subject_id: UUID,
    now: datetime,
    asks: Asks | None = None,
    keep_version: int | None = None,
) -> None:
    """Let the questions about a subject wait for no reply any more: it changed, or was answered in another way.

    A reply that comes all the same is still known as one to them. Questions about `keep_version` stay.
    """
    keys = [key for key, about in asking_templates().items() if asks in (None, about)]
    others = true() if keep_version is None else Message.subject_version.is_distinct_from(keep_version)
    waiting = (
        select(Message.id)
        .where(
            Message.subject_kind == subject_kind,
            Message.subject_id == subject_id,
            Message.template_key.in_(keys),
            Message.state.in_(MAY_HAVE_ARRIVED),
            Message.expires_at > now,
            Message.due_at < now,
            Message.answered_at.is_(None),
            others,
        )
        .order_by(Message.id)
        .with_for_update()
    )
    session.execute(
        update(Message)
        .where(Message.id.in_(waiting))
        .values(expires_at=now, updated_at=now)
        .execution_options(synchronize_session=False)
    )


def _set(session: Session, table: type[InboundText | Message], row_id: UUID, **values: object) -> None:
    session.execute(update(table).where(table.id == row_id).values(values).execution_options(synchronize_session=False))
