"""How far a session is from the one before it, and how far the plan wants it to be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from clinic.kernel.localtime import in_zone
from clinic.readiness.queries.sessions import Asked
from clinic.treatment.queries.sessions import Progress, SessionRow
from clinic.treatment.rules.phases import Phase
from clinic.treatment.rules.protocols import Protocol
from clinic.treatment.rules.sessions import SessionState
from clinic.worklist.rules.harm import GONE

_AN_HOUR = timedelta(hours=1)
_EARLIEST = _AN_HOUR
_COUNT = frozenset({SessionState.TAKEN, SessionState.PLANNED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Hours and days since the session before, None for a first one, and what the plan asks for; 0 asks nothing."""

    before: SessionRow | None
    hours: int | None = None
    days: int | None = None
    floor_hours: int | None = None
    least_hours: int = 0
    least_days: int = 0
    is_first: bool = False


def gap_of(asked: Asked, protocol: Protocol, done: Progress, *, began: Mapping[UUID, datetime], now: datetime) -> Gap:
    """Return the gap before a session; one that was booked before it and has no outcome yet counts as taken.

    The shortest gap of all counts from when the last session really began (`began`, by visit).
    """
    others = [row for row in done.sessions if row.appointment_id not in asked.is_other_than and row.state in _COUNT]
    earlier = [row for row in others if row.starts_at < asked.starts_at]
    before = max(earlier, key=lambda row: row.starts_at, default=None)
    # What was taken elsewhere before the plan has no row of its own.
    prior = done.last_taken_at if done.last_taken_at and done.last_taken_at < asked.starts_at else None
    last = max((at for at in (before.starts_at if before else None, prior) if at), default=None)
    place = sum(row.phase is done.phase for row in earlier)
    hours, days = _least(protocol, done.phase, place)
    is_first = last is None and done.count_taken == 0
    if last is None:
        return Gap(before=None, least_hours=hours, least_days=days, is_first=is_first)
    apart = in_zone(asked.starts_at, asked.zone).date() - in_zone(last, asked.zone).date()
    return Gap(
        before=before,
        hours=(asked.starts_at - last) // _AN_HOUR,
        days=apart.days,
        floor_hours=_really_since(asked, earlier, prior, began=began, now=now),
        least_hours=hours,
        least_days=days,
    )


def _really_since(
    asked: Asked,
    earlier: Sequence[SessionRow],
    prior: datetime | None,
    *,
    began: Mapping[UUID, datetime],
    now: datetime,
) -> int | None:
    """Return the hours from the last session to the start, late or early as they are."""
    starts = [_really(row.starts_at, began.get(row.appointment_id)) for row in earlier]
    last = max((*starts, *((prior,) if prior else ())), default=None)
    if last is None:
        return None
    begins = now if now >= asked.starts_at - _EARLIEST else asked.starts_at
    hours: int = (begins - last) // _AN_HOUR
    return hours


def _really(starts_at: datetime, began_at: datetime | None) -> datetime:
    """Return when a session began; what was written down long after it says nothing of that."""
    return began_at if began_at is not None and began_at - starts_at < GONE else starts_at


def _least(protocol: Protocol, phase: Phase, place: int) -> tuple[int, int]:
    """Return hours and days that the plan asks for before a session that is so many-eth in its phase."""
    if phase is Phase.INDUCTION:
        return protocol.induction.least_gap_hours, 0
    if phase is Phase.TAPER:
        gaps = protocol.taper.gaps_days
        return 0, gaps[min(place, len(gaps) - 1)] if gaps else 0
    return 0, protocol.maintenance.least_gap_days if phase is Phase.MAINTENANCE else 0
