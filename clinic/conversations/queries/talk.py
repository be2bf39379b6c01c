"""Everything that was said with a phone and its people, in the order in which it happened."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from clinic.conversations.models import Conversation, SecureMessage
from clinic.conversations.queries.last_words import STAFF_TEXT, author_of
from clinic.conversations.queries.people_of import Standing
from clinic.conversations.queries.secure import messages_of
from clinic.conversations.rules.delivery import delivery_words, moment
from clinic.messaging.models import InboundText, Message
from clinic.messaging.queries.history import TextRow, texts_by_id
from clinic.messaging.rules.kinds import WAITING, MessageState
from clinic.messaging.rules.templates import Facts
from clinic.people.models import ContactEntry


class Way(StrEnum):
    """What an entry of a talk is."""

    TEXT_IN = "text_in"
    TEXT_OUT = "text_out"
    EMAIL = "email"
    SECURE_IN = "secure_in"
    SECURE_OUT = "secure_out"
    CALL = "call"
    NOTE = "note"


THEIRS = frozenset({Way.TEXT_IN, Way.SECURE_IN})
"""What came from their side; of one instant it stands before our answer."""

_LEFT_OUT = frozenset({MessageState.CANCELED, MessageState.SUPPRESSED, MessageState.EXPIRED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One entry: who said it in which way, and what became of it. `patient_id` tells whose where several share a phone.

    `is_waiting`: a text that somebody wrote and that can still be called back. `outcome` and `direction` are a call's.
    """

    id: UUID
    way: Way
    at: datetime
    title: str
    body: str = field(repr=False)
    who: str
    note: str
    patient_id: UUID | None = None
    is_urgent: bool = False
    is_new: bool = False
    is_waiting: bool = False
    outcome: str | None = None
    direction: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """The latest entries, oldest first; `to_come` are texts that wait for their time.

    `heard_up_to` is when the newest of theirs came; `has_more` tells that there are earlier ones.
    """

    entries: tuple[Said, ...]
    to_come: tuple[Said, ...]
    heard_up_to: datetime | None
    has_more: bool


@dataclass(frozen=True, slots=True)
class _Reading:
    session: Session
    of: Standing
    read_up_to: datetime | None
    facts: Facts
    now: datetime
    limit: int

    @property
    def patient_ids(self) -> list[UUID]:
        return [each.id for each in self.of.patients]


def conversation_of(session: Session, phone_id: UUID) -> Conversation | None:
    """Return the conversation with a phone, if anybody has talked yet."""
    return session.scalar(select(Conversation).where(Conversation.phone_id == phone_id))


def talk_with(session: Session, of: Standing, *, facts: Facts, now: datetime, limit: int = 60) -> Talk:
    """Return the talk with a phone: texts both ways, e-mails, secure messages, calls and notes of its people."""
    conversation = conversation_of(session, of.phone.id)
    reading = _Reading(session, of, conversation.read_up_to if conversation else None, facts, now, limit + 1)
    heard = [*_received(reading), *_secure(reading)]
    said = sorted([*heard, *_sent(reading), *_logged(reading)], key=lambda one: (one.at, one.way not in THEIRS, one.id))
    so_far = [one for one in said if one.at <= now]
    return Talk(
        entries=tuple(so_far[-limit:]),
        to_come=tuple(one for one in said if one.at > now),
        heard_up_to=_heard_up_to(heard, conversation),
        has_more=len(so_far) > limit,
    )


def _heard_up_to(heard: Collection[Said], conversation: Conversation | None) -> datetime | None:
    """Return when the newest of theirs came; what moved along with a patient to another phone counts as seen here."""
    found = [one.at for one in heard if one.way in THEIRS]
    if conversation is not None and conversation.last_inbound_at is not None:
        found.append(conversation.last_inbound_at)
    return max(found, default=None)


def _received(reading: _Reading) -> list[Said]:
    row = InboundText
    newest = select(row).where(row.phone_id == reading.of.phone.id).order_by(row.received_at.desc())
    return [
        Said(
            id=text.id,
            way=Way.TEXT_IN,
            at=text.received_at,
            title="Text",
            body=text.body or "",
            who="",
            note="",
            is_urgent=text.is_urgent,
            is_new=_is_new(reading, text.received_at),
        )
        for text in reading.session.scalars(newest.limit(reading.limit))
    ]


def _is_new(reading: _Reading, at: datetime) -> bool:
    return reading.read_up_to is None or at > reading.read_up_to


def _sent(reading: _Reading) -> list[Said]:
    to_people = (Message.channel == "email") & Message.recipient_id.in_(reading.patient_ids)
    row = select(Message).where(or_(Message.address_id == reading.of.phone.id, to_people))
    messages = list(reading.session.scalars(row.order_by(Message.due_at.desc()).limit(reading.limit)))
    texts = texts_by_id(reading.session, sent=[one.id for one in messages], received=(), facts=reading.facts)
    by_id = {text.id: text for text in texts}
    return [_ours(reading, message, by_id[message.id]) for message in messages]


def _ours(reading: _Reading, message: Message, text: TextRow) -> Said:
    is_by_person = message.template_key == STAFF_TEXT
    return Said(
        id=message.id,
        way=Way.EMAIL if message.channel == "email" else Way.TEXT_OUT,
        at=_when(text, message, reading.now),
        title=text.name,
        body=text.body,
        who=author_of(message) if is_by_person else "",
        note=delivery_words(
            message.state,
            reason=message.reason,
            code=message.error_code,
            due_at=message.due_at,
            zone=reading.of.zone,
            now=reading.now,
            is_email=message.channel == "email",
        ),
        patient_id=message.recipient_id,
        is_waiting=is_by_person and message.state in WAITING,
    )


def _when(text: TextRow, message: Message, now: datetime) -> datetime:
    """Return where a text of ours stands: never to come once it left, and where it was decided if it will not leave."""
    if text.state in _LEFT_OUT:
        return min(text.at, message.final_at or text.at)
    return text.at if text.state in WAITING else min(text.at, now)


def _secure(reading: _Reading) -> list[Said]:
    return [_secret(reading, one) for one in messages_of(reading.session, reading.patient_ids, limit=reading.limit)]


def _secret(reading: _Reading, message: SecureMessage) -> Said:
    is_ours = message.author_kind == "staff"
    return Said(
        id=message.id,
        way=Way.SECURE_OUT if is_ours else Way.SECURE_IN,
        at=message.sent_at,
        title="Secure message",
        body=message.body or "",
        who=message.author_name,
        note=_read_words(message, zone=reading.of.zone, now=reading.now) if is_ours else "",
        patient_id=message.patient_id,
        is_new=not is_ours and message.read_at is None,
    )


def _read_words(message: SecureMessage, *, zone: str, now: datetime) -> str:
    return f"Read {moment(message.read_at, zone=zone, now=now)}" if message.read_at else "Not read yet"


def _logged(reading: _Reading) -> list[Said]:
    """Take calls and notes that nothing corrects."""
    row = ContactEntry
    mine = row.patient_id.in_(reading.patient_ids)
    corrected = select(row.corrects_id).where(mine, row.corrects_id.is_not(None))
    newest = select(row).where(mine, row.id.not_in(corrected)).order_by(row.happened_at.desc())
    return [
        Said(
            id=entry.id,
            way=Way(entry.kind),
            at=entry.happened_at,
            title="Note" if entry.kind == "note" else "Call",
            body=entry.body or "",
            who=entry.author_name,
            note="",
            patient_id=entry.patient_id,
            outcome=entry.outcome,
            direction=entry.direction,
        )
        for entry in reading.session.scalars(newest.limit(reading.limit))
    ]


def later_texts(session: Session, phone_id: UUID, *, than: datetime) -> Collection[UUID]:
    """Return the texts that a phone sent after an instant, which somebody has not seen yet."""
    wanted = select(InboundText.id).where(InboundText.phone_id == phone_id, InboundText.received_at > than)
    return set(session.scalars(wanted))


def message_with_key(session: Session, dedupe_key: str) -> Message | None:
    """Return the text that was planned under a key, if one was."""
    return session.scalar(select(Message).where(Message.dedupe_key == dedupe_key))


def text_by_person(session: Session, *, phone_id: UUID, message_id: UUID) -> Message | None:
    """Return a text that somebody of the clinic wrote to this phone."""
    wanted = select(Message).where(Message.id == message_id, Message.address_id == phone_id)
    return session.scalar(wanted.where(Message.template_key == STAFF_TEXT))
