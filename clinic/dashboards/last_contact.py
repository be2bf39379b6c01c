"""The last time that the clinic and each of several patients had to do with each other, so that nobody looks it up."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from clinic.conversations.queries.last_words import last_words
from clinic.messaging.models import Message
from clinic.messaging.rules.kinds import RecipientKind
from clinic.messaging.rules.wording import name_in_history
from clinic.people.models import ContactEntry, Patient
from clinic.people.rules.contact_log import CallOutcome, ContactKind


class Way(StrEnum):
    """What the last contact was."""

    CALL = "call"
    TEXT_SENT = "text_sent"
    WRITTEN_BY_US = "written_by_us"
    WRITTEN_BY_PATIENT = "written_by_patient"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """When it was, what, and by whom.

    `outcome` is a call's; `words` are what somebody wrote, empty for a secure message, or the name of a text of ours.
    """

    way: Way
    at: datetime
    who: str = ""
    outcome: CallOutcome | None = None
    words: str = field(default="", repr=False)


def last_contacts(session: Session, patient_ids: Collection[UUID]) -> Mapping[UUID, Contact]:
    """Return the newest call, text or message by patient; a phone that a family shares speaks for each of them."""
    found: dict[UUID, Contact] = {}
    for patient_id, contact in [
        *_calls(session, patient_ids),
        *_texts(session, patient_ids),
        *_words(session, patient_ids),
    ]:
        if patient_id not in found or found[patient_id].at < contact.at:
            found[patient_id] = contact
    return found


def _calls(session: Session, patient_ids: Collection[UUID]) -> list[tuple[UUID, Contact]]:
    row = ContactEntry
    corrected = select(row.corrects_id).where(row.patient_id.in_(patient_ids), row.corrects_id.is_not(None))
    newest = (
        select(row.patient_id, row.happened_at, row.author_name, row.outcome)
        .where(row.patient_id.in_(patient_ids), row.kind == ContactKind.CALL, row.id.not_in(corrected))
        .ext(distinct_on(row.patient_id))
        .order_by(row.patient_id, row.happened_at.desc(), row.id)
    )
    return [
        (patient_id, Contact(way=Way.CALL, at=at, who=who, outcome=CallOutcome(outcome) if outcome else None))
        for patient_id, at, who, outcome in session.execute(newest)
    ]


def _texts(session: Session, patient_ids: Collection[UUID]) -> list[tuple[UUID, Contact]]:
    """Return the newest text or e-mail that left by itself."""
    row = Message
    newest = (
        select(row.recipient_id, row.sent_at, row.template_key)
        .where(row.recipient_kind == RecipientKind.PATIENT, row.recipient_id.in_(patient_ids), row.sent_at.is_not(None))
        .ext(distinct_on(row.recipient_id))
        .order_by(row.recipient_id, row.sent_at.desc(), row.id)
    )
    return [
        (patient_id, Contact(way=Way.TEXT_SENT, at=at, words=f"text “{name_in_history(key)}”"))
        for patient_id, at, key in session.execute(newest)
        if patient_id is not None and at is not None
    ]


def _words(session: Session, patient_ids: Collection[UUID]) -> list[tuple[UUID, Contact]]:
    """Return what people on either side wrote last."""
    mine = select(Patient.phone_id, func.array_agg(Patient.id)).where(Patient.id.in_(patient_ids))
    phones = {phone_id: list(ids) for phone_id, ids in session.execute(mine.group_by(Patient.phone_id))}
    said = last_words(session, phones)
    return [
        (
            patient_id,
            Contact(
                way=Way.WRITTEN_BY_US if words.is_from_clinic else Way.WRITTEN_BY_PATIENT,
                at=words.at,
                words="" if words.is_secure else words.words,
            ),
        )
        for phone_id, words in said.items()
        for patient_id in phones[phone_id]
    ]
