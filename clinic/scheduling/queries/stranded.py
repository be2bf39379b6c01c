"""Which promised visits a physician's present hours do not cover."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.people.queries import physician
from clinic.scheduling.models import AvailabilityOverride
from clinic.scheduling.queries.hours import hours_of, overrides_of, visit_types, weekly
from clinic.scheduling.queries.visits import VisitRow, upcoming_of_physician
from clinic.scheduling.rules.availability import Override, OverrideKind, expand
from clinic.scheduling.rules.visits import Range

Engaged = Sequence[Sequence[int]]
_MINUTE = 60
_A_DAY = timedelta(days=1)


def visits_outside_hours(session: Session, *, physician_id: UUID, now: datetime) -> list[VisitRow]:
    """Return a physician's coming visits that the hours as they are now would not allow, the next one first.

    Only the stretches that engage the physician count, as in the search for free times.
    """
    coming = upcoming_of_physician(session, physician_id=physician_id, now=now)
    if not coming:
        return []
    window = _epoch(coming[0].starts_at), _epoch(coming[-1].starts_at + _A_DAY)
    openings = expand(
        [weekly(rule) for rule in hours_of(session, physician_id)],
        [_stretch(row) for row in overrides_of(session, physician_id=physician_id, since=now)],
        zone=physician(session, physician_id).zone,
        window=window,
    )
    engaged = {kind.code: kind.physician_segments for kind in visit_types(session, only_active=False)}
    return [visit for visit in coming if not _is_covered(visit, engaged[visit.visit_type_code], openings.ranges)]


def _is_covered(visit: VisitRow, engaged: Engaged, openings: Sequence[Range]) -> bool:
    start = _epoch(visit.starts_at)
    needed = [(start + offset * _MINUTE, start + (offset + length) * _MINUTE) for offset, length in engaged]
    return all(any(opens <= begin and end <= closes for opens, closes in openings) for begin, end in needed)


def _stretch(row: AvailabilityOverride) -> Override:
    return Override(OverrideKind(row.kind), _epoch(row.starts_at), _epoch(row.ends_at))


def _epoch(instant: datetime) -> int:
    return int(instant.timestamp())
