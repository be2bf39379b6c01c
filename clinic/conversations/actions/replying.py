"""Texts that a person writes: checked, never over a colleague's head, now or later, and called back while they wait."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.conversations.actions.caring import mark_read
from clinic.conversations.actions.keeping import kept, speak
from clinic.conversations.errors import (
    LeftAlready,
    NoSuchConversation,
    NotTextable,
    RepliedMeanwhile,
    SentAlready,
    TimeRefused,
)
from clinic.conversations.models import Conversation
from clinic.conversations.queries.last_words import STAFF_TEXT, newest_staff_words, words_of
from clinic.conversations.queries.people_of import Standing, reader_of, standing_of
from clinic.conversations.queries.talk import message_with_key, text_by_person
from clinic.conversations.rules.replies import checked, one_line
from clinic.conversations.rules.standing import WAYS_OUT
from clinic.kernel import journal
from clinic.kernel.actor import Actor
from clinic.kernel.errors import Forbidden
from clinic.messaging import actions as messaging
from clinic.messaging.actions.calling_back import call_back as call_text_back
from clinic.messaging.rules.kinds import Recipient, Subject, recipient_of
from clinic.messaging.rules.templates import Facts
from clinic.people.queries import consent_for_share
from clinic.people.rules import PatientStatus

CALLED_BACK = "called_back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What stood on the page of the one who writes: the newest words of the clinic, and when theirs came last."""

    ours: UUID | None
    theirs_at: datetime | None


def reply(
    session: Session,
    *,
    phone_id: UUID,
    words: str,
    seen: Seen,
    key: UUID,
    facts: Facts,
    by: Actor,
    now: datetime,
    patient_id: UUID | None = None,
    due_at: datetime | None = None,
) -> UUID:
    """Plan a text that somebody wrote and return its id; the same form (`key`) plans it once.

    `patient_id` is in whose history it stands where several share the phone. The conversation counts as read up to
    what was seen. Raises ReplyRefused for the words, NotTextable for the number, RepliedMeanwhile when a colleague
    wrote after `seen`, TimeRefused when no good time is left, SentAlready when the same form says something else now,
    ReaderChanged when `patient_id` has another phone by now.
    """
    if by.id is None:
        raise Forbidden("Sign in with your own account to write to patients.")
    standing = standing_of(session, phone_id)
    conversation = kept(session, phone_id, by=by, now=now)
    if known := _planned_before(session, key, words):
        return known
    body = checked(words, language=standing.language, facts=facts, names=standing.names)
    require_textable(session, phone_id)
    require_seen(session, standing, seen.ours)
    planned = messaging.plan(
        session,
        template_key=STAFF_TEXT,
        recipient=_recipient(standing, patient_id),
        subject=Subject(kind="conversation", id=conversation.id),
        variables={"words": body, "author": by.name},
        link_id=None,
        due_at=due_at or now,
        now=now,
        by=by,
        dedupe_key=_key_of(key),
    )
    if planned is None:
        raise TimeRefused("There is no time left at which this text may leave. Choose another one.", field="at")
    speak(conversation, by=by, now=now)
    _note(session, "reply.planned", conversation, standing=standing, now=now, message=str(planned))
    mark_read(session, phone_id=phone_id, seen_at=seen.theirs_at, by=by, now=now)
    return planned


def call_back(session: Session, *, phone_id: UUID, message_id: UUID, by: Actor, now: datetime) -> None:
    """Call back a text that somebody wrote and that waits; raises LeftAlready when it is under way."""
    text = text_by_person(session, phone_id=phone_id, message_id=message_id)
    if text is None:
        raise NoSuchConversation("There is no such text. Open the inbox again.")
    if not call_text_back(session, message_id=message_id, reason=CALLED_BACK, now=now):
        raise LeftAlready("This text has left already, so it cannot be called back.")
    conversation = kept(session, phone_id, by=by, now=now)
    conversation.touch(by=by, now=now)
    _note(session, "reply.called_back", conversation, standing=standing_of(session, phone_id), now=now)


def require_textable(session: Session, phone_id: UUID) -> None:
    """Raise NotTextable when the number gets no texts; its consent stays locked FOR SHARE until the transaction ends.

    So a STOP either is seen here, or waits and then holds back what was planned.
    """
    consent_for_share(session, phone_id)
    refusal = standing_of(session, phone_id).refusal
    if refusal is not None:
        raise NotTextable(WAYS_OUT[refusal], field="body")


def require_seen(session: Session, standing: Standing, ours: UUID | None) -> None:
    """Raise RepliedMeanwhile when the clinic's newest words are not those that stood on the page."""
    newest = newest_staff_words(session, phone_id=standing.phone.id, patient_ids=_patients(standing))
    if newest is not None and newest.id != ours:
        raise RepliedMeanwhile(newest.who, newest.at)


def _planned_before(session: Session, key: UUID, words: str) -> UUID | None:
    known = message_with_key(session, _key_of(key))
    if known is not None and words_of(known) != one_line(words):
        raise SentAlready("This was sent already with other words. Send it again if both should go.", field="body")
    return known.id if known else None


def _key_of(form: UUID) -> str:
    return f"{STAFF_TEXT}:{form}"


def _recipient(standing: Standing, patient_id: UUID | None) -> Recipient:
    ours = [each for each in standing.patients if each.status == PatientStatus.ACTIVE]
    chosen = reader_of(standing, patient_id)
    return recipient_of(chosen if chosen in ours else ours[0])


def _patients(standing: Standing) -> tuple[UUID, ...]:
    return tuple(each.id for each in standing.patients)


def _note(
    session: Session, action: str, conversation: Conversation, *, standing: Standing, now: datetime, **details: object
) -> None:
    journal.note(
        session,
        action,
        subject_kind="conversation",
        subject_id=conversation.id,
        at=now,
        patient_ids=_patients(standing),
        **details,
    )
