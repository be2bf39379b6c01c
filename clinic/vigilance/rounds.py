"""The nightly round: every patient with a live plan or a decision that ran out is looked at once a day, in parts."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.kernel.localtime import edge_instant, in_zone
from clinic.kernel.transaction import Begin
from clinic.messaging.models import SweepRun
from clinic.monitoring.queries.flags import patients_due_again
from clinic.people.rules.counties import EASTERN
from clinic.treatment.queries.taken import patients_with_plan
from clinic.vigilance.looking import look_at_many
from clinic.vigilance.unwatched import tell_of_unwatched

PARTS = 64
"""Patients are looked at in so many parts by the beginning of their ids, each in a transaction of its own."""

BEGINS = time(4)
"""When the round of a day begins, in the clinic's own time."""

_BITS = 122
_A_DAY = timedelta(days=1)


def go_round(begin: Begin, *, clock: Callable[[], datetime], by: Actor, most: int = PARTS) -> int:
    """Look at the parts that nobody has looked at since this day's round began, at most so many; return how many."""
    with begin(by=by) as session:
        waiting = _waiting(session, now=clock())
    looked = 0
    for part in waiting[:most]:
        with begin(by=by) as session:
            looked += look_at_part(session, part, now=clock(), by=by)
    return looked


def look_at_part(session: Session, part: int, *, now: datetime, by: Actor) -> bool:
    """Look at one part unless some worker has done so since the round began; tell whether this one did."""
    since = _round_began(now)
    turn = (
        insert(SweepRun)
        .values(name=_name(part), ran_at=now)
        .on_conflict_do_update(index_elements=["name"], set_={"ran_at": now}, where=SweepRun.ran_at < since)
        .returning(SweepRun.name)
    )
    if session.scalar(turn) is None:
        return False
    first, last = UUID(int=part << _BITS), UUID(int=(part + 1 << _BITS) - 1)
    due = patients_due_again(session, today=in_zone(now, EASTERN).date(), first=first, last=last)
    ids = {*patients_with_plan(session, first=first, last=last), *due}
    look_at_many(session, sorted(ids), by=by, now=now)
    tell_of_unwatched(session, first=first, last=last, by=by, now=now)
    return True


def _waiting(session: Session, *, now: datetime) -> list[int]:
    """Return the parts that nobody has looked at since the round began."""
    names = [_name(part) for part in range(PARTS)]
    looked_at = select(SweepRun.name).where(SweepRun.name.in_(names), SweepRun.ran_at >= _round_began(now))
    done = set(session.scalars(looked_at))
    return [part for part, name in enumerate(names) if name not in done]


def _name(part: int) -> str:
    return f"vigilance:{part:02d}"


def _round_began(now: datetime) -> datetime:
    """Return when the round that goes on now began."""
    today = in_zone(now, EASTERN).date()
    begins = edge_instant(today, BEGINS, EASTERN)
    return begins if begins <= now else edge_instant(today - _A_DAY, BEGINS, EASTERN)
