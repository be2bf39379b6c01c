"""A physician's day as one list in the order of time: visits, what is free between them, what is closed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from clinic.scheduling.queries import JoinLink, VisitRow
from clinic.scheduling.rules.states import UPCOMING, AppointmentState
from clinic.web.physician.own_days import OwnDay

_STANDS = UPCOMING | {AppointmentState.IN_PROGRESS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the day: a visit with its room, or with `row` None a free stretch, or why it is closed."""

    starts_at: datetime
    ends_at: datetime
    row: VisitRow | None = None
    link: JoinLink | None = None
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """What a physician with a few minutes needs: the visit that is on, the one after it."""

    on: Line | None
    following: Line | None


def agenda(day: OwnDay, links: Mapping[UUID, JoinLink], *, now: datetime) -> list[Line]:
    """Return the lines of a day in the order of time."""
    visits = [_visit(row, links) for row in day.rows]
    free = [Line(starts_at=begin, ends_at=end) for begin, end in day.gaps(now)]
    closed = [Line(starts_at=begin, ends_at=end, why=why) for (begin, end), why in day.closed]
    return sorted([*visits, *free, *closed], key=lambda line: (line.starts_at, line.row is None))


def coming(rows: Sequence[VisitRow], links: Mapping[UUID, JoinLink], *, now: datetime) -> Coming:
    """Return the visit that should be going on now, and the first one that has not begun."""
    standing = [row for row in rows if row.state in _STANDS and row.ends_at > now]
    on = next((row for row in standing if row.starts_at <= now), None)
    following = next((row for row in standing if row.starts_at > now), None)
    return Coming(
        on=_visit(on, links) if on else None,
        following=_visit(following, links) if following else None,
    )


def _visit(row: VisitRow, links: Mapping[UUID, JoinLink]) -> Line:
    return Line(starts_at=row.starts_at, ends_at=row.ends_at, row=row, link=links.get(row.id))
