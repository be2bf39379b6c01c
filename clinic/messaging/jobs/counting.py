"""How many texts a patient's day has, and whether it has room for one more."""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from clinic.messaging.models import Message
from clinic.messaging.rules.caps import keys_before, session_day_keys
from clinic.messaging.rules.kinds import WAITING, Category, MessageState
from clinic.messaging.rules.templates import keys_that_come_first
from clinic.messaging.rules.window import next_day, start_of_day
from clinic.policies.queries import number
from clinic.policies.rules import PolicyKey

_UNDER_WAY = (MessageState.SENDING, MessageState.AMBIGUOUS)
_NEVER_LEFT = (MessageState.CANCELED, MessageState.EXPIRED, MessageState.SUPPRESSED)


class Judged(Protocol):
    """What is asked of a text that is judged."""

    @property
    def id(self) -> UUID:
        """Return the message."""

    @property
    def recipient_id(self) -> UUID | None:
        """Return who reads it."""

    @property
    def template_key(self) -> str:
        """Return which text it is."""

    @property
    def zone(self) -> str:
        """Return whose day counts."""


def is_day_full(session: Session, due: Judged, *, now: datetime) -> bool:
    """Tell whether a patient's local day has its number of service texts without this one (policy).

    Counted are texts that left, texts under way, and texts due later today that this one gives way to, but not the one
    that says how texts begin and end: it would take the place of what it introduces. A day with a text that prepares a
    visit at home has a number of its own.
    """
    begin, end = start_of_day(now, due.zone), next_day(now, due.zone)
    theirs = and_(Message.recipient_id == due.recipient_id, Message.channel == "sms", Message.id != due.id)
    is_counted = or_(
        Message.sent_at >= begin,
        and_(Message.sent_at.is_(None), Message.state.in_(_UNDER_WAY), Message.updated_at >= begin),
        and_(
            Message.state.in_(WAITING),
            Message.due_at < end,
            Message.expires_at > now,
            Message.template_key.in_(keys_before(due.template_key)),
        ),
    )
    has_place = and_(Message.category == Category.SERVICE, Message.template_key.not_in(keys_that_come_first()))
    counted = select(func.count()).where(theirs, has_place, is_counted)
    return (session.scalar(counted) or 0) >= _cap(session, theirs, begin=begin, end=end)


def _cap(session: Session, theirs: ColumnElement[bool], *, begin: datetime, end: datetime) -> int:
    at = func.coalesce(Message.sent_at, Message.due_at)
    prepares = select(Message.id).where(
        theirs,
        Message.template_key.in_(session_day_keys()),
        Message.state.not_in(_NEVER_LEFT),
        at >= begin,
        at < end,
    )
    is_session_day = session.scalar(prepares.limit(1)) is not None
    return number(session, PolicyKey.TEXTS_A_SESSION_DAY if is_session_day else PolicyKey.TEXTS_A_DAY)
