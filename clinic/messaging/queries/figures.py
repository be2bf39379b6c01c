"""Every figure about texts that an operator's monitoring asks for, read from the database in a few statements.

Nothing is counted in a process, so any number of web processes and workers give the same answer, and a restart loses
nothing. Figures that are not about this moment are about the last day.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, String, Time, and_, case, cast, exists, func, literal, or_, select
from sqlalchemy.orm import Session

from clinic.kernel.localtime import CLOSES, OPENS
from clinic.messaging.models import InboundText, Message, MessageAttempt, SweepRun
from clinic.messaging.queries.audits import Comparison, comparisons
from clinic.messaging.queries.durations import Durations, durations
from clinic.messaging.queries.health import LaneRow, waiting_by_lane
from clinic.messaging.queries.stopping import standing_stop
from clinic.messaging.rules.kinds import BY_DAY, MessageState
from clinic.messaging.rules.statuses import FAILURES
from clinic.messaging.rules.templates import keys_for_opted_out
from clinic.people.models import SmsConsent
from clinic.worklist.queries import open_keys
from clinic.worklist.rules import WorkKind

A_DAY = timedelta(days=1)

_CAME_TO_NOTHING = ("unavailable", "rejected", *FAILURES)
"""Outcomes after which sending again cannot make two of one text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What monitoring sees; `sent_outside_window` and `sent_after_opt_out` must be 0 (messaging's promises).

    `resolved` tells how texts whose answer was lost were cleared up: `found`, `sent_again` or `given_up`.
    `unknown_open` are those of the last kind that a person has not settled. `provider_http` counts attempts by the
    provider's HTTP status (`201` = taken, `none` = no answer), `provider_errors` by its own code. `last_comparison` is
    the latest day that was compared with the provider's list.
    """

    lanes: tuple[LaneRow, ...]
    is_stopped: bool
    states: Mapping[str, int]
    ambiguous_open: int
    resolved: Mapping[str, int]
    duplicates: int
    unknown_open: int
    suppressed: Mapping[str, int]
    expired: Mapping[str, int]
    provider_http: Mapping[str, int]
    provider_errors: Mapping[str, int]
    durations: Durations
    oldest_unhandled_reply_at: datetime | None
    sweeps: Mapping[str, datetime]
    last_comparison: Comparison | None
    sent_outside_window: int
    sent_after_opt_out: int


def figures(session: Session, *, now: datetime) -> Figures:
    """Return every figure as of `now`."""
    since = now - A_DAY
    messages, attempts = _messages(session, since), _attempts(session, since)
    texts = [row for row in attempts if row.channel == "sms"]  # Mail answers with codes of its own, and rings no phone.
    return Figures(
        lanes=waiting_by_lane(session, now=now),
        is_stopped=standing_stop(session) is not None,
        states=_summed(messages, "state"),
        ambiguous_open=sum(row.times for row in messages if row.state == MessageState.AMBIGUOUS),
        resolved=_summed(messages, "cleared_up", only=lambda row: row.cleared_up is not None),
        duplicates=sum(row.duplicates for row in messages),
        unknown_open=len(open_keys(session, WorkKind.MESSAGE_UNKNOWN)),
        suppressed=_summed(messages, "reason", only=lambda row: row.state == MessageState.SUPPRESSED),
        expired=_summed(messages, "template_key", only=lambda row: row.state == MessageState.EXPIRED),
        provider_http=_summed(texts, "http"),
        provider_errors=_summed(texts, "error_code", only=lambda row: row.error_code is not None),
        durations=durations(session, since=since, now=now),
        oldest_unhandled_reply_at=_oldest_unhandled_reply(session),
        sweeps={row.name: row.ran_at for row in session.execute(select(SweepRun.name, SweepRun.ran_at))},
        last_comparison=next(iter(comparisons(session, limit=1)), None),
        sent_outside_window=sum(row.outside_window for row in texts),
        sent_after_opt_out=sum(row.after_opt_out for row in attempts),
    )


def _messages(session: Session, since: datetime) -> list[Row[Any]]:
    """Read the messages of the last day once, and ambiguous ones however old, counted by what they have in common."""
    how = _cleared_up()
    reason = func.coalesce(Message.reason, "other")
    counted = (
        select(
            Message.state,
            reason.label("reason"),
            Message.template_key,
            how.label("cleared_up"),
            func.count().label("times"),
            func.coalesce(func.sum(Message.duplicate_count), 0).label("duplicates"),
        )
        .where(or_(Message.updated_at > since, Message.state == MessageState.AMBIGUOUS))
        .group_by(Message.state, reason, Message.template_key, how)
    )
    return list(session.execute(counted))


def _cleared_up() -> ColumnElement[str | None]:
    """Say how a text whose answer was once lost was cleared up; null for all others and while it is open."""
    left_before = exists().where(
        MessageAttempt.message_id == Message.id,
        MessageAttempt.number < Message.attempt_count,
        func.coalesce(MessageAttempt.outcome, "").not_in(_CAME_TO_NOTHING),
    )
    return case(
        (or_(Message.ambiguous_count == 0, Message.state == MessageState.AMBIGUOUS), None),
        (Message.state == MessageState.UNKNOWN, "given_up"),
        (or_(Message.reason == "resend", left_before), "sent_again"),
        else_="found",
    )


def _is_outside_window() -> ColumnElement[bool]:
    """Choose attempts at what keeps hours that began outside 08:00-20:00 of the reader's day.

    When an answer was lost, `sent_at` is when the text was found, which may be in the evening.
    """
    local = cast(func.timezone(Message.zone, MessageAttempt.started_at), Time)
    return and_(Message.category.in_(BY_DAY), or_(local < _clock(OPENS), local >= _clock(CLOSES)))


def _clock(at: time) -> ColumnElement[time]:
    return cast(at.isoformat(), Time)


def _attempts(session: Session, since: datetime) -> list[Row[Any]]:
    """Read the attempts of the last day once, counted by the provider's answer.

    `outside_window` are intents that were written at night, `after_opt_out` those that were written although the
    number had opted out before.
    """
    answer = case(
        (MessageAttempt.http_status.is_not(None), cast(MessageAttempt.http_status, String)),
        (MessageAttempt.provider_sid.is_not(None), literal("201")),
        else_=literal("none"),
    ).label("http")
    late = and_(MessageAttempt.started_at > SmsConsent.opted_out_at, Message.template_key.not_in(keys_for_opted_out()))
    counted = (
        select(
            answer,
            Message.channel,
            MessageAttempt.error_code,
            func.count().label("times"),
            func.count().filter(late).label("after_opt_out"),
            func.count().filter(_is_outside_window()).label("outside_window"),
        )
        .join(Message, Message.id == MessageAttempt.message_id)
        .outerjoin(SmsConsent, SmsConsent.phone_id == Message.address_id)
        .where(MessageAttempt.started_at > since)
        .group_by(answer, Message.channel, MessageAttempt.error_code)
    )
    return list(session.execute(counted))


def _oldest_unhandled_reply(session: Session) -> datetime | None:
    return session.scalar(select(func.min(InboundText.received_at)).where(InboundText.handled_at.is_(None)))


def _summed(rows: list[Row[Any]], name: str, *, only: Callable[[Row[Any]], bool] | None = None) -> dict[str, int]:
    found: Counter[str] = Counter()
    for row in rows:
        if only is None or only(row):
            found[str(getattr(row, name))] += row.times
    return dict(found)
