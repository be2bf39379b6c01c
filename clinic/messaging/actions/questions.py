"""Matching replies to the questions they answer, and closing questions that nobody waits for any more."""

from datetime import datetime
from functools import cache
from uuid import UUID

from sqlalchemy import Update, bindparam, select, true, update
from sqlalchemy.orm import Session

from clinic.kernel.statements import among, among_these
from clinic.messaging.models import InboundText, Message
from clinic.messaging.queries.questions import MAY_HAVE_ARRIVED, asked_of_phone, asking_templates, reply_before
from clinic.messaging.rules.questions import Asks, Match, match
from clinic.messaging.rules.replies import Meaning

# Built once, as `_closing`: every change of a visit closes its questions.
_ANSWERS = (
    update(InboundText)
    .where(InboundText.id == bindparam("of_text"))
    .values(answers_id=bindparam("question"))
    .execution_options(synchronize_session=False)
)
_ANSWERED = (
    update(Message)
    .where(Message.id == bindparam("of_message"))
    .values(answered_at=bindparam("at"), updated_at=bindparam("at"))
    .execution_options(synchronize_session=False)
)


def match_reply(
    session: Session, *, text_id: UUID, phone_id: UUID, meaning: Meaning, is_late: bool, now: datetime
) -> Match:
    """Write down which question a stored text answers and that the question is answered; return how they fit."""
    asked = asked_of_phone(session, phone_id, now=now)
    before = reply_before(session, text_id, phone_id=phone_id)
    how, question = match(meaning, asked, before=before, now=now, is_late=is_late)
    if question is None:
        return how
    session.execute(_ANSWERS, {"of_text": text_id, "question": question.id})
    if question.answered_at is None:
        session.execute(_ANSWERED, {"of_message": question.id, "at": now})
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
    about = {"of_kind": subject_kind, "of_subject": subject_id, "keys": keys, "kept": keep_version, "at": now}
    session.execute(_closing(keeps=keep_version is not None), about)


@cache
def _closing(*, keeps: bool) -> Update:
    others = Message.subject_version.is_distinct_from(bindparam("kept")) if keeps else true()
    waiting = (
        select(Message.id)
        .where(
            Message.subject_kind == bindparam("of_kind"),
            Message.subject_id == bindparam("of_subject"),
            among(Message.template_key, "keys"),
            among_these(Message.state, MAY_HAVE_ARRIVED),
            Message.expires_at > bindparam("at"),
            Message.due_at < bindparam("at"),
            Message.answered_at.is_(None),
            others,
        )
        .order_by(Message.id)
        .with_for_update()
    )
    return (
        update(Message)
        .where(Message.id.in_(waiting))
        .values(expires_at=bindparam("at"), updated_at=bindparam("at"))
        .execution_options(synchronize_session=False)
    )
