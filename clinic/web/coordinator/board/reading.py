"""Fetches what a board shows: visits with their waits, physicians, and when those work."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.dashboards.unanswered import asked_at
from clinic.dashboards.working_hours import WorkingHours, working_hours
from clinic.people import queries as people
from clinic.people.models import Physician
from clinic.scheduling import queries
from clinic.scheduling.queries import VisitRow
from clinic.scheduling.rules.states import AppointmentState
from clinic.scheduling.rules.visits import Range
from clinic.web.coordinator.board.ages import Age, age_of


@dataclass(frozen=True, slots=True)
class Shown:
    """A visit or live hold with what makes it stand out."""

    row: VisitRow
    age: Age | None


@dataclass(frozen=True, slots=True)
class Reading:
    """All that a board of some days needs."""

    shown: Sequence[Shown]
    physicians: Sequence[Physician]
    hours: dict[UUID, WorkingHours] = field(default_factory=dict)


def visits_of(
    session: Session, *, days: tuple[date, date], zone: str, now: datetime, physician_ids: Sequence[UUID] = ()
) -> list[Shown]:
    """Return what starts on these local days of the clinic, with its wait."""
    rows = queries.board_rows(
        session, first_day=days[0], last_day=days[1], zone=zone, now=now, physician_ids=physician_ids or None
    )
    waiting = [row.id for row in rows if row.state is AppointmentState.BOOKED and row.starts_at > now]
    asked = asked_at(session, waiting) if waiting else {}
    return [Shown(row, _age(row, asked.get(row.id, now), now)) for row in rows]


def physicians_of(session: Session, shown: Sequence[Shown]) -> list[Physician]:
    """Return everybody who sees patients now, and those who left but have visits here."""
    active = people.active_physicians(session)
    missing = {one.row.physician_id for one in shown} - {one.id for one in active}
    gone = [one for one in people.all_physicians(session) if one.id in missing] if missing else []
    return [*active, *gone]


def hours_of(session: Session, physicians: Sequence[Physician], window: Range) -> dict[UUID, WorkingHours]:
    """Return when each physician works within a window of epoch seconds."""
    return working_hours(session, {one.id: one.zone for one in physicians}, window=window)


def _age(row: VisitRow, asked: datetime, now: datetime) -> Age | None:
    return age_of(row.state, starts_at=row.starts_at, ends_at=row.ends_at, asked=asked, now=now)
