"""Reads of the comparisons with the provider's list."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from uuid import UUID

from sqlalchemy import Select, bindparam, func, or_, select, union
from sqlalchemy.orm import Session

from clinic.kernel.statements import among_these
from clinic.messaging.models import Message, MessageAttempt, MessageEvent, ProviderAudit
from clinic.messaging.rules.statuses import ARRIVALS, FAILURES


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingText:
    """A text that we count as sent and the provider does not know."""

    message_id: UUID
    template_key: str
    sent_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One day's comparison: texts that the provider has, texts that we count as taken, and the difference."""

    day: date
    ran_at: datetime
    listed: int
    accepted: int
    unknown_sids: tuple[str, ...]
    missing: tuple[MissingText, ...]

    @property
    def is_even(self) -> bool:
        """Tell whether both lists say the same."""
        return not self.unknown_sids and not self.missing


def comparisons(session: Session, *, limit: int) -> list[Comparison]:
    """Return the latest comparisons, newest first."""
    rows = session.scalars(select(ProviderAudit).order_by(ProviderAudit.day.desc()).limit(limit)).all()
    texts = _texts(session, {each for row in rows for each in row.missing_ids})
    return [
        Comparison(
            day=row.day,
            ran_at=row.ran_at,
            listed=row.listed_count,
            accepted=row.accepted_count,
            unknown_sids=tuple(row.unknown_sids),
            missing=tuple(texts[each] for each in row.missing_ids if each in texts),
        )
        for row in rows
    ]


def doubled_sids(session: Session, *, since: datetime, until: datetime) -> list[str]:
    """Return the provider's ids of texts beyond the first of one message, by when the attempts began."""
    return sorted(set(session.scalars(_doubled(), {"since": since, "until": until})))


@cache
def _doubled() -> Select[str | None]:
    texts = (
        select(MessageAttempt.id, Message.provider_sid.label("own"))
        .join(Message, Message.id == MessageAttempt.message_id)
        .where(Message.duplicate_count > 0)
        .where(MessageAttempt.started_at >= bindparam("since"), MessageAttempt.started_at < bindparam("until"))
        .subquery()
    )
    sids = union(
        select(MessageAttempt.provider_sid, texts.c.own).join(texts, texts.c.id == MessageAttempt.id),
        select(MessageEvent.provider_sid, texts.c.own).join(texts, texts.c.id == MessageEvent.attempt_id),
    ).subquery()
    of_events = select(MessageEvent.provider_sid)
    failed = of_events.where(among_these(MessageEvent.status, FAILURES))
    arrived = of_events.where(among_these(MessageEvent.status, ARRIVALS))
    return select(sids.c.provider_sid).where(
        sids.c.provider_sid.is_not(None),
        sids.c.provider_sid != func.coalesce(sids.c.own, ""),
        or_(sids.c.provider_sid.not_in(failed), sids.c.provider_sid.in_(arrived)),
    )


def _texts(session: Session, ids: set[UUID]) -> dict[UUID, MissingText]:
    wanted = select(Message.id, Message.template_key, Message.sent_at).where(Message.id.in_(ids))
    found = session.execute(wanted) if ids else ()
    return {
        row.id: MissingText(
            message_id=row.id,
            template_key=row.template_key,
            sent_at=row.sent_at,
        )
        for row in found
    }
