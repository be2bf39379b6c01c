"""What workers do for treatment plans every few minutes, whichever of them comes first."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.kernel.clock import Clock
from clinic.kernel.statements import among
from clinic.kernel.transaction import Begin
from clinic.messaging.jobs.turns import took_turn
from clinic.messaging.models import SweepRun
from clinic.monitoring.actions.calendars import keep_calendar
from clinic.monitoring.queries.calendars import newest_number
from clinic.treatment.actions.offers import expire_offers
from clinic.treatment.actions.watching import watch_courses
from clinic.treatment.queries.caring import monitoring_facts, patients_in_calendar

EVERY = timedelta(minutes=2)
"""What changes with time changes by the day; what people change is watched at once."""

CALENDARS_EVERY = timedelta(days=1)
"""What is planned reaches weeks ahead, and whatever happens to a patient moves it at once."""

PARTS = 96
_NAME = "courses"
_AT_ONCE = 25
_LATELY = select(SweepRun.name).where(among(SweepRun.name, "of_names"), SweepRun.ran_at > bindparam("after"))

_logger = logging.getLogger(__name__)


def watch_when_due(session: Session, *, now: datetime, by: Actor) -> bool:
    """Let offers of dates run out and watch over all plans, unless a worker has done so lately; tell whether it did."""
    if not took_turn(session, _NAME, every=EVERY, now=now):
        return False
    expire_offers(session, now=now, by=by)
    watch_courses(session, now=now, by=by)
    return True


def keep_calendars_when_due(begin: Begin, *, clock: Clock, by: Actor, most: int = 4) -> int:
    """Plan the check-ins of the days ahead for some of the patients; return for how many.

    Every patient has a turn a day, and another one at once when the calendar itself is a new one.
    """
    with begin(by=by) as session:
        now, patients = clock(), list[UUID]()
        for part, name in _parts_due(session, now=now)[:most]:
            if took_turn(session, name, every=CALENDARS_EVERY, now=now):
                patients += patients_in_calendar(session, part=part, parts=PARTS, now=now)
    for first in range(0, len(patients), _AT_ONCE):
        _keep(begin, patients[first : first + _AT_ONCE], clock=clock, by=by)
    return len(patients)


def _parts_due(session: Session, *, now: datetime) -> list[tuple[int, str]]:
    number = newest_number(session)
    names = {f"calendar:{number}:{part}": part for part in range(PARTS)}
    done = set(session.scalars(_LATELY, {"of_names": list(names), "after": now - CALENDARS_EVERY}))
    return [(part, name) for name, part in names.items() if name not in done]


def _keep(begin: Begin, patients: Sequence[UUID], *, clock: Clock, by: Actor) -> None:
    """Keep some calendars in one transaction; if that fails, each in its own."""
    try:
        with begin(by=by) as session:
            for facts in monitoring_facts(session, patients, now=clock()).values():
                keep_calendar(session, facts, by=by, now=clock())
    except Exception as mistake:  # noqa: BLE001 - one patient must not hold up the others until tomorrow
        _logger.error("calendar of %s: %s", patients[0], type(mistake).__name__)  # noqa: TRY400 - the class only
        if len(patients) > 1:
            for each in patients:
                _keep(begin, [each], clock=clock, by=by)
