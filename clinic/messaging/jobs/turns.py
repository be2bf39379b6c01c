"""Turns at what any worker may do and one should: a row each, with when it was done last."""

from datetime import datetime, timedelta

from sqlalchemy import bindparam
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from clinic.messaging.models import SweepRun

_RUNS = SweepRun.metadata.tables[SweepRun.__tablename__]
_MINE = insert(_RUNS)
# Built once: every worker asks it all the time.
_TURN = _MINE.on_conflict_do_update(
    index_elements=["name"],
    set_={"ran_at": _MINE.excluded.ran_at},
    where=_RUNS.c.ran_at <= bindparam("over", type_=_RUNS.c.ran_at.type),
).returning(_RUNS.c.name)


def took_turn(session: Session, name: str, *, every: timedelta, now: datetime) -> bool:
    """Take the turn at a job unless a worker has lately, and tell whether this one did."""
    return session.scalar(_TURN, {"name": name, "ran_at": now, "over": now - every}) is not None
