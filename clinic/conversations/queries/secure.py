"""Secure messages of patients, and the link that leads to them."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic.access.models import Link
from clinic.access.queries import live_link_of_resource
from clinic.conversations.models import SecureMessage
from clinic.conversations.rules.messages import LINK_RESOURCE


def messages_of(session: Session, patient_ids: Collection[UUID], *, limit: int = 200) -> list[SecureMessage]:
    """Return the latest secure messages with these patients, oldest first."""
    wanted = select(SecureMessage).where(SecureMessage.patient_id.in_(patient_ids))
    newest = session.scalars(wanted.order_by(SecureMessage.sent_at.desc(), SecureMessage.id.desc()).limit(limit))
    return list(newest)[::-1]


def secure_message(session: Session, message_id: UUID) -> SecureMessage | None:
    """Return one secure message, if it exists."""
    return session.scalar(select(SecureMessage).where(SecureMessage.id == message_id))


def count_unread_by_staff(session: Session, patient_id: UUID) -> int:
    """Return how many messages of a patient nobody of the clinic has read yet."""
    waiting = select(func.count()).select_from(SecureMessage)
    return (
        session.scalar(
            waiting.where(
                SecureMessage.patient_id == patient_id,
                SecureMessage.author_kind == "patient",
                SecureMessage.read_at.is_(None),
            )
        )
        or 0
    )


def live_messages_link(session: Session, *, patient_id: UUID, now: datetime) -> Link | None:
    """Return the link by which a patient reads, while it can be opened."""
    return live_link_of_resource(session, resource_kind=LINK_RESOURCE, resource_id=patient_id, now=now)
