"""Reads of texts that phones sent to the clinic."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from clinic.kernel.statements import among
from clinic.messaging.models import InboundText, Message
from clinic.messaging.rules.kinds import Category

# Built once: every text that comes in asks them, and every sweep.
_TEXT = select(InboundText).where(InboundText.id == bindparam("of_text"))
_TEXTS = select(func.count()).where(
    InboundText.phone_id == bindparam("of_phone"), InboundText.received_at >= bindparam("since")
)
_ANSWERS = select(func.count()).where(
    Message.address_id == bindparam("of_phone"),
    Message.category == Category.AUTO,
    Message.created_at >= bindparam("since"),
)
_ANSWERS_OF_TEMPLATE = _ANSWERS.where(Message.template_key == bindparam("of_template"))
_NUMBERS = select(InboundText.to_e164).where(InboundText.received_at >= bindparam("since")).distinct()
_KNOWN = select(InboundText.provider_sid).where(among(InboundText.provider_sid, "sids"))


def inbound(session: Session, inbound_id: UUID) -> InboundText:
    """Return one received text; its `meaning` says how it was understood."""
    return session.scalars(_TEXT, {"of_text": inbound_id}).one()


def answers_since(session: Session, phone_id: UUID, *, since: datetime, template_key: str | None = None) -> int:
    """Count the automatic answers planned for a number since an instant, of one template or of all."""
    asked = {"of_phone": phone_id, "since": since}
    if template_key is None:
        return session.scalar(_ANSWERS, asked) or 0
    return session.scalar(_ANSWERS_OF_TEMPLATE, asked | {"of_template": template_key}) or 0


def texts_since(session: Session, phone_id: UUID, *, since: datetime) -> int:
    """Count the texts that a phone sent since an instant."""
    return session.scalar(_TEXTS, {"of_phone": phone_id, "since": since}) or 0


def our_numbers(session: Session, *, since: datetime) -> list[str]:
    """Return our own numbers that phones wrote to since an instant."""
    return list(session.scalars(_NUMBERS, {"since": since}))


def latest_sid(session: Session) -> str | None:
    """Return the provider's id of the text that it took last, by which it tells the number that texts come from."""
    taken = select(Message.provider_sid).where(Message.channel == "sms", Message.provider_sid.is_not(None))
    return session.scalar(taken.order_by(Message.sent_at.desc().nulls_last()).limit(1))


def known_sids(session: Session, sids: list[str]) -> set[str]:
    """Return which of these provider ids are stored as received texts."""
    return set(session.scalars(_KNOWN, {"sids": sids}))
