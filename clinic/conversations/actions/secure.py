"""Secure messages: written here, read behind a link and a date of birth, answered there."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from clinic.access import actions as access
from clinic.access.models import Link
from clinic.access.rules.links import LinkPurpose
from clinic.conversations.actions.keeping import hear, kept, speak
from clinic.conversations.errors import NotInCare
from clinic.conversations.models import SecureMessage
from clinic.conversations.rules.messages import LINK_LASTS, LINK_RESOURCE, LINK_WANTED, checked_message
from clinic.kernel import journal, request_key
from clinic.kernel.actor import Actor
from clinic.kernel.crypto import KeyRing
from clinic.kernel.errors import Forbidden
from clinic.kernel.ids import new_id
from clinic.messaging import actions as messaging
from clinic.messaging.rules.danger import suspects_danger
from clinic.messaging.rules.kinds import Subject, recipient_of
from clinic.oncall.actions import page_for_message
from clinic.people import queries as people
from clinic.people.actions.page_links import page_link_of
from clinic.people.models import Patient
from clinic.people.rules import PatientStatus

NOTICE = "STAFF_MSG"
SUBJECT = "secure_message"

_link = page_link_of(LinkPurpose.MESSAGES, resource_kind=LINK_RESOURCE, lasts=LINK_LASTS)


def send_secure_message(
    session: Session, *, patient_id: UUID, body: str, key: UUID, by: Actor, now: datetime, ring: KeyRing
) -> UUID:
    """Write a message to a patient and tell by text, with a link, that one waits; return its id.

    The same form (`key`) writes it once. Raises MessageRefused, and NotInCare for a patient who left our care.
    """
    if by.id is None:
        raise Forbidden("Sign in with your own account to write to patients.")
    words = checked_message(body)
    if known := request_key.remember(session, by=by, key=key, content=f"{patient_id}{words}", now=now):
        return known
    patient = people.lock_patient(session, patient_id)
    if patient.status != PatientStatus.ACTIVE:
        raise NotInCare("This patient is not in our care, so the message could not be read. Call instead.")
    message = _write(session, patient, words, author_kind="staff", by=by, now=now)
    link = _link(session, patient, by=by, now=now, ring=ring)
    _tell(session, patient, message.id, link_id=link.id, by=by, now=now)
    speak(kept(session, patient.phone_id, by=by, now=now), by=by, now=now)
    request_key.settle(session, by=by, key=key, result_id=message.id)
    return message.id


def answer_secure_message(
    session: Session, *, patient_id: UUID, body: str, key: UUID, by: Actor, now: datetime
) -> UUID:
    """Take in what a patient writes behind the link; the conversation of the patient's phone becomes unread.

    Words that sound like danger call for a person at any hour, as they do in a text.
    """
    words = checked_message(body)
    if known := request_key.remember(session, by=by, key=key, content=f"{patient_id}{words}", now=now):
        return known
    patient = people.lock_patient(session, patient_id)
    message = _write(session, patient, words, author_kind="patient", by=by, now=now)
    hear(kept(session, patient.phone_id, by=by, now=now), at=now, needs_reading=True, by=by, now=now)
    if suspects_danger(words):
        page_for_message(session, message_id=message.id, patient_id=patient_id, by=by, now=now)
    request_key.settle(session, by=by, key=key, result_id=message.id)
    return message.id


def open_messages(session: Session, *, patient_id: UUID, now: datetime) -> int:
    """Write down that a patient opened the messages that wait, and return how many these were."""
    waiting = update(SecureMessage).where(
        SecureMessage.patient_id == patient_id, SecureMessage.author_kind == "staff", SecureMessage.read_at.is_(None)
    )
    opened = list(session.scalars(waiting.values(read_at=now).returning(SecureMessage.id)))
    for message_id in opened:
        _note(session, "secure_message.read", message_id, of=patient_id, now=now)
    return len(opened)


def read_by_staff(session: Session, *, patient_id: UUID, by: Actor, now: datetime) -> int:
    """Write down that somebody of the clinic dealt with a patient's messages, and return how many these were."""
    waiting = update(SecureMessage).where(
        SecureMessage.patient_id == patient_id, SecureMessage.author_kind == "patient", SecureMessage.read_at.is_(None)
    )
    dealt = list(session.scalars(waiting.values(read_at=now).returning(SecureMessage.id)))
    for message_id in dealt:
        _note(session, "secure_message.read", message_id, of=patient_id, now=now, who=by.name)
    return len(dealt)


def send_link_again(session: Session, *, patient_id: UUID, key: UUID, by: Actor, now: datetime, ring: KeyRing) -> bool:
    """Text the link to the newest message once more, unlocked and with another token; tell whether there is one.

    Every copy of the old link is dead.
    """
    patient = people.lock_patient(session, patient_id)
    newest = select(SecureMessage.id).where(SecureMessage.patient_id == patient_id)
    message_id = session.scalar(newest.order_by(SecureMessage.sent_at.desc(), SecureMessage.id.desc()).limit(1))
    if message_id is None or patient.status != PatientStatus.ACTIVE:
        return False
    renewed = access.renew_link(session, resource_kind=LINK_RESOURCE, resource_id=patient_id, now=now, by=by, ring=ring)
    link = renewed or _link(session, patient, by=by, now=now, ring=ring)
    _revoke(session, patient_id, but=link.id, by=by, now=now)
    _tell(session, patient, message_id, link_id=link.id, by=by, now=now, again=key)
    return True


def revoke_link(session: Session, *, patient_id: UUID, by: Actor, now: datetime) -> int:
    """Kill the link to a patient's messages and every open session behind it; return how many links there were."""
    people.lock_patient(session, patient_id)
    return _revoke(session, patient_id, by=by, now=now)


def hand_over_messages(session: Session, *, from_id: UUID, to_id: UUID, by: Actor, now: datetime) -> int:
    """Let the messages of one record, and the link to them, belong to another; return how many messages there were."""
    moved = update(SecureMessage).where(SecureMessage.patient_id == from_id).values(patient_id=to_id)
    count = len(list(session.scalars(moved.returning(SecureMessage.id))))
    to_record = update(Link).where(Link.resource_kind == LINK_RESOURCE, Link.resource_id == from_id)
    session.execute(to_record.values(resource_id=to_id))
    follow_patient(session, patient_id=to_id, by=by, now=now)
    return count


def follow_patient(session: Session, *, patient_id: UUID, by: Actor, now: datetime) -> None:
    """Make the conversation of a patient's present phone unread while an answer of theirs waits to be read."""
    waiting = select(SecureMessage.sent_at).where(
        SecureMessage.patient_id == patient_id, SecureMessage.author_kind == "patient", SecureMessage.read_at.is_(None)
    )
    first = session.scalar(waiting.order_by(SecureMessage.sent_at).limit(1))
    if first is not None:
        phone_id = people.patient(session, patient_id).phone_id
        hear(kept(session, phone_id, by=by, now=now), at=first, needs_reading=True, by=by, now=now)


def _revoke(session: Session, patient_id: UUID, *, by: Actor, now: datetime, but: UUID | None = None) -> int:
    return access.revoke_links(session, resource_kind=LINK_RESOURCE, resource_id=patient_id, but=but, by=by, now=now)


def _write(
    session: Session, patient: Patient, words: str, *, author_kind: str, by: Actor, now: datetime
) -> SecureMessage:
    message = SecureMessage(
        id=new_id(),
        patient_id=patient.id,
        author_kind=author_kind,
        author_id=by.id,
        author_name=by.name,
        sent_at=now,
    )
    message.body = words
    session.add(message)
    session.flush()
    what = "sent" if author_kind == "staff" else "answered"
    _note(session, f"secure_message.{what}", message.id, of=patient.id, now=now)
    return message


def _tell(
    session: Session,
    patient: Patient,
    message_id: UUID,
    *,
    link_id: UUID,
    by: Actor,
    now: datetime,
    again: UUID | None = None,
) -> None:
    messaging.plan(
        session,
        template_key=NOTICE,
        recipient=recipient_of(patient),
        subject=Subject(kind=SUBJECT, id=message_id, version=LINK_WANTED if again else None),
        variables={},
        link_id=link_id,
        due_at=now,
        now=now,
        by=by,
        dedupe_key=f"{NOTICE}:{message_id}:{again or 'first'}",
    )


def _note(session: Session, action: str, message_id: UUID, *, of: UUID, now: datetime, **details: object) -> None:
    journal.note(session, action, subject_kind=SUBJECT, subject_id=message_id, at=now, patient_ids=(of,), **details)
