"""How many texts a patient's day has, and whether it has room for one more."""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from sqlalchemy import BindParameter, Select, and_, bindparam, false, func, or_, select
from sqlalchemy.orm import Session

from clinic.kernel.statements import among, among_these, other_than
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
    day = {
        "of_recipient": due.recipient_id,
        "of_message": due.id,
        "begin": start_of_day(now, due.zone),
        "end": next_day(now, due.zone),
        "now": now,
        "before": list(keys_before(due.template_key)),
        "preparing": list(session_day_keys()),
    }
    found = session.execute(_DAY, day).one()
    cap = PolicyKey.TEXTS_A_SESSION_DAY if found.prepares else PolicyKey.TEXTS_A_DAY
    return bool(found.counted >= number(session, cap))


def _day() -> Select[int, bool]:
    """Return the question how many texts count, and whether one of them prepares a visit at home."""
    begin: BindParameter[datetime] = bindparam("begin")
    end: BindParameter[datetime] = bindparam("end")
    is_counted = or_(
        Message.sent_at >= begin,
        and_(Message.sent_at.is_(None), among_these(Message.state, _UNDER_WAY), Message.updated_at >= begin),
        and_(
            among_these(Message.state, WAITING),
            Message.due_at < end,
            Message.expires_at > bindparam("now"),
            among(Message.template_key, "before"),
        ),
    )
    at = func.coalesce(Message.sent_at, Message.due_at)
    prepares = and_(
        among(Message.template_key, "preparing"),
        other_than(Message.state, _NEVER_LEFT),
        at >= begin,
        at < end,
    )
    has_place = and_(Message.category == Category.SERVICE, other_than(Message.template_key, keys_that_come_first()))
    counted = func.count().filter(has_place, is_counted)
    return select(counted.label("counted"), func.coalesce(func.bool_or(prepares), false()).label("prepares")).where(
        Message.recipient_id == bindparam("of_recipient"),
        Message.channel == "sms",
        Message.id != bindparam("of_message"),
    )


# Built once: nearly every text that leaves asks it.
_DAY = _day()
