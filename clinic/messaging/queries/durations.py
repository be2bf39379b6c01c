"""How long texts take: to be handed over, to be reported on, to arrive."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Double, Subquery, and_, case, cast, func, or_, select
from sqlalchemy.orm import Session

from clinic.messaging.models import Message, MessageAttempt, MessageEvent
from clinic.messaging.rules.statuses import ARRIVALS, FAILURES

SLOW_AFTER = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=10))
BOUNDS: Mapping[str, Sequence[float]] = {
    "send": (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 13),
    "callback": (0.5, 1, 2.5, 5, 10, 30, 60, 300, 900),
    "deliver": (1, 2.5, 5, 10, 30, 60, 300, 600, 3600),
}
"""Upper bounds in seconds by what is measured; 13 s is the longest that a call to the provider may last."""


@dataclass(frozen=True, slots=True)
class Histogram:
    """How many took at most each bound, all in all, and the sum of their seconds."""

    at_most: tuple[tuple[float, int], ...]
    count: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Durations:
    """Of the texts that the provider took lately.

    `send` runs from the intent to the provider's answer, `callback` from there to the first report, `deliver` from
    when the text was due to its receipt. `slow_ratio` is the share that had no receipt after so long, failed ones left
    out; None without any. `list_lag` is how long at most it took to find a text whose answer was lost, in seconds: more
    than the provider's list lags behind, since we look after a grace period.
    """

    send: Histogram
    callback: Histogram
    deliver: Histogram
    slow_ratio: Mapping[timedelta, float | None]
    list_lag: float | None


def durations(session: Session, *, since: datetime, now: datetime) -> Durations:
    """Return how long texts took whose attempt began after `since`."""
    texts = _texts(since)
    wanted = select(*_measured(texts), *_slow(texts, now), _list_lag(texts)).select_from(texts)
    found: Mapping[str, Any] = dict(session.execute(wanted).mappings().one())
    return Durations(
        send=_histogram(found, "send"),
        callback=_histogram(found, "callback"),
        deliver=_histogram(found, "deliver"),
        slow_ratio={
            after: found[f"slow{number}"] / found[f"old{number}"] if found[f"old{number}"] else None
            for number, after in enumerate(SLOW_AFTER)
        },
        list_lag=found["list_lag"],
    )


def _texts(since: datetime) -> Subquery:
    """Give each text that the provider took the seconds of its steps, null where a step has not come."""
    reported = func.min(MessageEvent.received_at)
    arrived = reported.filter(MessageEvent.status.in_(ARRIVALS))
    return (
        select(
            Message.sent_at,
            (Message.ambiguous_count > 0).label("was_lost"),
            func.coalesce(MessageAttempt.outcome, "").in_(FAILURES).label("has_failed"),
            _seconds(MessageAttempt.started_at, Message.sent_at).label("send"),
            _seconds(Message.sent_at, reported).label("callback"),
            _seconds(Message.due_at, arrived).label("deliver"),
            _seconds(Message.sent_at, arrived).label("receipt"),
            _seconds(MessageAttempt.started_at, reported).label("found"),
        )
        .join(Message, Message.id == MessageAttempt.message_id)
        .outerjoin(MessageEvent, MessageEvent.attempt_id == MessageAttempt.id)
        .where(MessageAttempt.started_at > since, MessageAttempt.provider_sid == Message.provider_sid)
        .group_by(MessageAttempt.id, Message.id)
        .subquery()
    )


def _seconds(start: ColumnElement[Any] | Any, end: ColumnElement[Any] | Any) -> ColumnElement[float]:  # noqa: ANN401 - columns
    """Return the seconds between two instants, 0 where a report overtook our own writing."""
    span = cast(func.extract("epoch", end - start), Double)
    return case((span < 0.0, 0.0), else_=span)


def _measured(texts: Subquery) -> Iterator[ColumnElement[Any]]:
    for name, bounds in BOUNDS.items():
        span = texts.c[name]
        for number, bound in enumerate(bounds):
            yield func.count().filter(span <= float(bound)).label(f"{name}{number}")
        yield func.count(span).label(f"{name}_count")
        yield func.coalesce(func.sum(span), 0.0).label(f"{name}_sum")


def _slow(texts: Subquery, now: datetime) -> Iterator[ColumnElement[Any]]:
    for number, after in enumerate(SLOW_AFTER):
        is_old = and_(texts.c.sent_at <= now - after, ~texts.c.has_failed)
        is_late = or_(texts.c.receipt.is_(None), texts.c.receipt > after.total_seconds())
        yield func.count().filter(is_old).label(f"old{number}")
        yield func.count().filter(is_old, is_late).label(f"slow{number}")


def _list_lag(texts: Subquery) -> ColumnElement[Any]:
    return func.max(texts.c.found).filter(texts.c.was_lost).label("list_lag")


def _histogram(found: Mapping[str, Any], name: str) -> Histogram:
    at_most = tuple((bound, found[f"{name}{number}"]) for number, bound in enumerate(BOUNDS[name]))
    return Histogram(at_most, found[f"{name}_count"], found[f"{name}_sum"])
