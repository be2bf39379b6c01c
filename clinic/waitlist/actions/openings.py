"""Times that came free, as rows that are looked at until nobody who waits can have them."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.kernel.ids import new_id
from clinic.kernel.localtime import first_instant_of, in_zone
from clinic.people.queries import physician
from clinic.policies.queries import number
from clinic.policies.rules import PolicyKey
from clinic.scheduling.queries.freed import freed_times
from clinic.waitlist.models import Opening, SlotOffer, WaitlistEntry
from clinic.waitlist.rules.states import EntryState

WIDENED_REACH = timedelta(days=60)
"""So far ahead a physician's calendar is looked through again when the hours became more."""


def open_freed_times(session: Session, *, subject_id: UUID, now: datetime, by: Actor) -> None:  # noqa: ARG001 - a fact's shape
    """Let the times that a visit or hold gave up be looked at, unless nobody waits or the hold was an offer's own.

    A time that a move gave up waits as long as the text of the move does: a visit dragged by mistake is put back.
    """
    if not _anybody_waits(session) or _is_offer(session, subject_id):
        return
    wait = timedelta(seconds=number(session, PolicyKey.MOVE_TEXT_WAITS_SECONDS))
    for freed in freed_times(session, subject_id, now=now):
        stretch = (freed.starts_at, freed.ends_at)
        look_at(session, freed.physician_id, stretch, due_at=now + wait if freed.is_move else now, now=now)


def open_widened_hours(session: Session, *, subject_id: UUID, now: datetime, by: Actor) -> None:  # noqa: ARG001 - a fact's shape
    """Let the calendar of a physician whose hours became more be looked through."""
    if not _anybody_waits(session):
        return
    zone = physician(session, subject_id).zone
    begin = first_instant_of(in_zone(now, zone).date(), zone)
    look_at(session, subject_id, (begin, begin + WIDENED_REACH), due_at=now, now=now)


def go_on_to_next(session: Session, *, subject_id: UUID, now: datetime, by: Actor) -> None:  # noqa: ARG001 - a fact's shape
    """Let the time of an offer that was not taken be looked at again."""
    offer = session.get_one(SlotOffer, subject_id)
    opening = session.get_one(Opening, offer.opening_id, with_for_update=True)
    opening.due_at = now


def look_at(
    session: Session, physician_id: UUID, stretch: tuple[datetime, datetime], *, due_at: datetime, now: datetime
) -> None:
    """Let a stretch of a physician's time be looked at from `due_at` on; one that is known is looked at again."""
    row = insert(Opening).values(
        id=new_id(),
        physician_id=physician_id,
        starts_at=stretch[0],
        ends_at=stretch[1],
        created_at=now,
        due_at=due_at,
        looks=0,
    )
    session.execute(
        row.on_conflict_do_update(index_elements=["physician_id", "starts_at", "ends_at"], set_={"due_at": due_at})
    )


def opening_of(session: Session, physician_id: UUID, stretch: tuple[datetime, datetime], *, now: datetime) -> Opening:
    """Return the row of a stretch that a colleague chose; nobody looks at it until the offer of it has ended."""
    row = insert(Opening).values(
        id=new_id(), physician_id=physician_id, starts_at=stretch[0], ends_at=stretch[1], created_at=now, looks=0
    )
    session.execute(row.on_conflict_do_nothing(index_elements=["physician_id", "starts_at", "ends_at"]))
    wanted = select(Opening).where(
        Opening.physician_id == physician_id, Opening.starts_at == stretch[0], Opening.ends_at == stretch[1]
    )
    return session.scalars(wanted).one()


def _anybody_waits(session: Session) -> bool:
    wanted = select(WaitlistEntry.id).where(WaitlistEntry.state == EntryState.WAITING)
    return session.scalar(wanted.limit(1)) is not None


def _is_offer(session: Session, appointment_id: UUID) -> bool:
    return session.scalar(select(SlotOffer.id).where(SlotOffer.hold_id == appointment_id)) is not None
