"""Reading a physician's private calendar feed: whose an address is, what state it is in, and the times in it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from clinic.kernel.ids import digest
from clinic.kernel.localtime import first_instant_of, in_zone
from clinic.people.models import Physician
from clinic.policies.queries import number
from clinic.policies.rules import PolicyKey
from clinic.scheduling.models import CalendarFeed

_IN_FEED = "physician_id = :physician and starts_at >= :begin and starts_at < :end and state = any(:states)"
_STATES = ["booked", "confirmed", "in_progress", "completed", "no_show"]
_MARK = text(
    f"select count(*), coalesce(sum(version), 0), max(updated_at) from appointment where {_IN_FEED}"  # noqa: S608 - put together from constants
)
# Buffers are the physician's own affair: an entry is the part of the busy time that lies within the visit.
_TIMES = text(
    f"""
    select uid, sequence, updated_at, lower(stretch), upper(stretch),
           row_number() over (partition by uid order by lower(stretch))
    from (select uid, sequence, updated_at, unnest(physician_busy * tstzmultirange(patient_period)) as stretch
          from appointment where {_IN_FEED}) as busy
    order by lower(stretch), uid
    """  # noqa: S608 - put together from constants
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveFeed:
    """A feed whose address works, and the zone of its physician."""

    id: UUID
    physician_id: UUID
    zone: str
    created_at: datetime
    last_fetched_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedWindow:
    """The physician's local days that the feed holds; both instants in UTC, half-open."""

    first_day: date
    last_day: date
    begin: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedTime:
    """One stretch in which the physician is engaged; `part` counts the stretches of one visit from 1."""

    uid: str
    part: int
    sequence: int
    changed_at: datetime
    starts_at: datetime
    ends_at: datetime


def feed_of_token(session: Session, token: str) -> LiveFeed | None:
    """Return the feed whose address holds this token; unknown and revoked ones are alike."""
    return _live(session, CalendarFeed.token_hash == digest(token))


def feed_of_physician(session: Session, physician_id: UUID) -> LiveFeed | None:
    """Return the physician's live feed, if there is one."""
    return _live(session, CalendarFeed.physician_id == physician_id)


def _live(session: Session, which: object) -> LiveFeed | None:
    wanted = (
        select(CalendarFeed, Physician.zone)
        .join(Physician, Physician.id == CalendarFeed.physician_id)
        .where(which, CalendarFeed.revoked_at.is_(None), Physician.is_active)  # type: ignore[arg-type]
    )
    for feed, zone in session.execute(wanted):
        return LiveFeed(
            id=feed.id,
            physician_id=feed.physician_id,
            zone=zone,
            created_at=feed.created_at,
            last_fetched_at=feed.last_fetched_at,
        )
    return None


def window_of(session: Session, feed: LiveFeed, *, now: datetime) -> FeedWindow:
    """Return the days that the feed holds now, by the clinic's policies."""
    today = in_zone(now, feed.zone).date()
    first_day = today - timedelta(days=number(session, PolicyKey.FEED_PAST_DAYS))
    last_day = today + timedelta(days=number(session, PolicyKey.FEED_FUTURE_DAYS))
    return FeedWindow(
        first_day=first_day,
        last_day=last_day,
        begin=first_instant_of(first_day, feed.zone),
        end=first_instant_of(last_day + timedelta(days=1), feed.zone),
    )


def mark_of(session: Session, feed: LiveFeed, window: FeedWindow) -> str:
    """Return 32 characters that change whenever the feed's content does, at the cost of one aggregate (for ETag)."""
    found = session.execute(_MARK, _asked(feed, window)).one()
    parts = (feed.id, window.first_day, window.last_day, *found)
    return sha256("|".join(map(str, parts)).encode()).hexdigest()[:32]


def times_of(session: Session, feed: LiveFeed, window: FeedWindow) -> list[FeedTime]:
    """Return the stretches in which the physician is engaged with promised, running, done and missed visits."""
    return [
        FeedTime(uid=uid, sequence=sequence, changed_at=changed_at, starts_at=begin, ends_at=end, part=part)
        for uid, sequence, changed_at, begin, end, part in session.execute(_TIMES, _asked(feed, window))
    ]


def _asked(feed: LiveFeed, window: FeedWindow) -> dict[str, object]:
    return {"physician": feed.physician_id, "begin": window.begin, "end": window.end, "states": _STATES}
