"""The private calendar address of a physician: made, replaced, switched off."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.kernel.actor import Actor
from clinic.kernel.ids import digest, new_id, new_token
from clinic.people.queries import lock_physician
from clinic.scheduling.models import CalendarFeed

_NOTED_EVERY = timedelta(minutes=1)


def make_feed(session: Session, *, physician_id: UUID, by: Actor, now: datetime) -> str:  # noqa: ARG001 - the journal's actor is the transaction's
    """Return the token of a new feed address, which is shown once; the old address stops at once."""
    lock_physician(session, physician_id)
    replaced = _revoke(session, physician_id, now=now)
    token = new_token()
    feed = CalendarFeed(id=new_id(), physician_id=physician_id, token_hash=digest(token), created_at=now)
    session.add(feed)
    session.flush()
    _note(session, "calendar_feed.replaced" if replaced else "calendar_feed.made", feed.id, now=now)
    return token


def revoke_feed(session: Session, *, physician_id: UUID, by: Actor, now: datetime) -> None:  # noqa: ARG001 - as above
    """Switch the physician's feed off at once; without one nothing happens."""
    lock_physician(session, physician_id)
    feed_id = _revoke(session, physician_id, now=now)
    if feed_id is not None:
        _note(session, "calendar_feed.revoked", feed_id, now=now)


def mark_fetched(session: Session, *, feed_id: UUID, now: datetime) -> None:
    """Remember that a calendar asked, at most once a minute."""
    session.execute(
        update(CalendarFeed)
        .where(
            CalendarFeed.id == feed_id,
            CalendarFeed.last_fetched_at.is_(None) | (CalendarFeed.last_fetched_at <= now - _NOTED_EVERY),
        )
        .values(last_fetched_at=now)
    )


def _revoke(session: Session, physician_id: UUID, *, now: datetime) -> UUID | None:
    live = select(CalendarFeed).where(CalendarFeed.physician_id == physician_id, CalendarFeed.revoked_at.is_(None))
    found = session.scalar(live)
    if found is None:
        return None
    found.revoked_at = now
    session.flush()
    return found.id


def _note(session: Session, action: str, feed_id: UUID, *, now: datetime) -> None:
    journal.note(session, action, subject_kind="calendar_feed", subject_id=feed_id, at=now)
