"""Reads of texts that phones sent to the clinic."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic.messaging.models import InboundText, Message
from clinic.messaging.rules.kinds import Category


def inbound(session: Session, inbound_id: UUID) -> InboundText:
    """Return one received text; its `meaning` says how it was understood."""
    return session.scalars(select(InboundText).where(InboundText.id == inbound_id)).one()


def answers_since(session: Session, phone_id: UUID, *, since: datetime, template_key: str | None = None) -> int:
    """Count the automatic answers planned for a number since an instant, of one template or of all."""
    answers = select(func.count()).where(
        Message.address_id == phone_id,
        Message.category == Category.AUTO,
        Message.created_at >= since,
        Message.template_key == template_key if template_key else Message.template_key.is_not(None),
    )
    return session.scalar(answers) or 0


def texts_since(session: Session, phone_id: UUID, *, since: datetime) -> int:
    """Count the texts that a phone sent since an instant."""
    texts = select(func.count()).where(InboundText.phone_id == phone_id, InboundText.received_at >= since)
    return session.scalar(texts) or 0


def our_numbers(session: Session, *, since: datetime) -> list[str]:
    """Return our own numbers that phones wrote to since an instant."""
    numbers = select(InboundText.to_e164).where(InboundText.received_at >= since).distinct()
    return list(session.scalars(numbers))


def latest_sid(session: Session) -> str | None:
    """Return the provider's id of the text that it took last, by which it tells the number that texts come from."""
    taken = select(Message.provider_sid).where(Message.channel == "sms", Message.provider_sid.is_not(None))
    return session.scalar(taken.order_by(Message.sent_at.desc().nulls_last()).limit(1))


def known_sids(session: Session, sids: list[str]) -> set[str]:
    """Return which of these provider ids are stored as received texts."""
    return set(session.scalars(select(InboundText.provider_sid).where(InboundText.provider_sid.in_(sids))))
