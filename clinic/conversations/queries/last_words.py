"""The last thing that was said with each of several phones, by people on either side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from json import loads
from uuid import UUID

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from clinic.conversations.models import SecureMessage
from clinic.messaging.models import InboundText, Message

STAFF_TEXT = "STAFF_TEXT"


@dataclass(frozen=True, slots=True, kw_only=True)
class LastWords:
    """Who said something last, and what; of a secure message only that there is one."""

    at: datetime
    is_from_clinic: bool
    is_secure: bool
    words: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffWords:
    """The newest thing that a person of the clinic wrote to a phone: its id, whose it is, and when."""

    id: UUID
    who: str
    at: datetime


def last_words(session: Session, phones: Mapping[UUID, Sequence[UUID]]) -> dict[UUID, LastWords]:
    """Return the last words by phone; `phones` maps each to its patients."""
    if not phones:
        return {}
    of_patient = {patient: phone for phone, patients in phones.items() for patient in patients}
    found: dict[UUID, LastWords] = {}
    for phone, words in [
        *_received(session, list(phones)),
        *_sent(session, list(phones)),
        *((of_patient[patient], words) for patient, words in _secure(session, list(of_patient))),
    ]:
        if phone not in found or found[phone].at < words.at:
            found[phone] = words
    return found


def newest_staff_words(session: Session, *, phone_id: UUID, patient_ids: Sequence[UUID]) -> StaffWords | None:
    """Return what somebody of the clinic wrote last, as a text or a secure message."""
    texts = select(Message).where(Message.address_id == phone_id, Message.template_key == STAFF_TEXT)
    text = session.scalar(texts.order_by(Message.created_at.desc(), Message.id.desc()).limit(1))
    messages = select(SecureMessage).where(
        SecureMessage.patient_id.in_(patient_ids), SecureMessage.author_kind == "staff"
    )
    message = session.scalar(messages.order_by(SecureMessage.sent_at.desc(), SecureMessage.id.desc()).limit(1))
    found = [StaffWords(id=text.id, who=author_of(text), at=text.created_at)] if text else []
    if message:
        found.append(StaffWords(id=message.id, who=message.author_name, at=message.sent_at))
    return max(found, key=lambda words: words.at, default=None)


def author_of(text: Message) -> str:
    """Return who of the clinic wrote a text."""
    return str(loads(text.variables_json or "{}").get("author", "A colleague"))


def words_of(text: Message) -> str:
    """Return what somebody of the clinic wrote into a text."""
    return str(loads(text.variables_json or "{}").get("words", ""))


def _received(session: Session, phone_ids: Sequence[UUID]) -> list[tuple[UUID, LastWords]]:
    row = InboundText
    newest = select(row.phone_id, func.max(row.received_at)).where(row.phone_id.in_(phone_ids)).group_by(row.phone_id)
    wanted = select(row).where(row.phone_id.in_(phone_ids), tuple_(row.phone_id, row.received_at).in_(newest))
    return [(one.phone_id, _said(one.body, one.received_at)) for one in session.scalars(wanted)]


def _sent(session: Session, phone_ids: Sequence[UUID]) -> list[tuple[UUID, LastWords]]:
    row = Message
    ours = (row.address_id.in_(phone_ids), row.template_key == STAFF_TEXT)
    newest = select(row.address_id, func.max(row.created_at)).where(*ours).group_by(row.address_id)
    wanted = select(row).where(*ours, tuple_(row.address_id, row.created_at).in_(newest))
    return [
        (one.address_id, _said(words_of(one), one.created_at, is_from_clinic=True))
        for one in session.scalars(wanted)
        if one.address_id is not None
    ]


def _secure(session: Session, patient_ids: Sequence[UUID]) -> list[tuple[UUID, LastWords]]:
    row = SecureMessage
    newest = (
        select(row.patient_id, func.max(row.sent_at)).where(row.patient_id.in_(patient_ids)).group_by(row.patient_id)
    )
    wanted = select(row.patient_id, row.sent_at, row.author_kind).where(
        row.patient_id.in_(patient_ids), tuple_(row.patient_id, row.sent_at).in_(newest)
    )
    return [
        (
            patient_id,
            LastWords(at=at, is_from_clinic=author == "staff", is_secure=True, words="Secure message"),
        )
        for patient_id, at, author in session.execute(wanted)
    ]


def _said(words: str | None, at: datetime, *, is_from_clinic: bool = False) -> LastWords:
    return LastWords(at=at, is_from_clinic=is_from_clinic, is_secure=False, words=words or "")
