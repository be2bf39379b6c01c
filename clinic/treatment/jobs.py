"""What workers do for treatment plans every few minutes, whichever of them comes first."""

from datetime import datetime, timedelta

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.messaging.models import SweepRun
from clinic.treatment.actions.offers import expire_offers
from clinic.treatment.actions.watching import watch_courses

EVERY = timedelta(minutes=2)
"""What changes with time changes by the day; what people change is watched at once."""

_NAME = "courses"


def watch_when_due(session: Session, *, now: datetime, by: Actor) -> bool:
    """Let offers of dates run out and watch over all plans, unless a worker has done so lately; tell whether it did."""
    turn = (
        insert(SweepRun)
        .values(name=_NAME, ran_at=now)
        .on_conflict_do_update(index_elements=["name"], set_={"ran_at": now}, where=SweepRun.ran_at <= now - EVERY)
        .returning(SweepRun.name)
    )
    if session.scalar(turn) is None:
        return False
    expire_offers(session, now=now, by=by)
    watch_courses(session, now=now, by=by)
    return True
