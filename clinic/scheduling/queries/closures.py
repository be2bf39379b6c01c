"""Reads of the clinic's closures, and of the public holidays that it may take."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from clinic.scheduling.errors import UnknownClosure
from clinic.scheduling.models import ClinicClosure
from clinic.scheduling.rules.public_holidays import PublicHoliday, holidays_between
from clinic.worklist.queries import was_dismissed

_STANDING = (
    select(ClinicClosure)
    .where(ClinicClosure.removed_at.is_(None))
    .order_by(ClinicClosure.first_day, ClinicClosure.name, ClinicClosure.id)
)
_LASTING = _STANDING.where(ClinicClosure.last_day >= bindparam("since"))


@dataclass(frozen=True, slots=True)
class HolidayRow:
    """A public holiday of `states`, and whether the clinic is closed for it already."""

    key: str
    name: str
    day: date
    states: tuple[str, ...]
    is_taken: bool


def closures(session: Session, *, since: date | None = None) -> list[ClinicClosure]:
    """Return the closures that were not removed and last until `since` or longer, the first one first."""
    return list(session.scalars(_STANDING) if since is None else session.scalars(_LASTING, {"since": since}))


def closure(session: Session, closure_id: UUID) -> ClinicClosure:
    """Return a closure that was not removed, or raise UnknownClosure."""
    found = session.get(ClinicClosure, closure_id)
    if found is None or found.removed_at is not None:
        raise UnknownClosure("There is no such closure. It may have been removed already.")
    return found


def holidays_of(session: Session, *, year: int) -> list[HolidayRow]:
    """Return the public holidays of a year, and which of them the clinic has taken."""
    taken = {row.holiday for row in closures(session)}
    return [HolidayRow(*found, is_taken=found.key in taken) for found in _in_year(year)]


def holidays_decided(session: Session, *, year: int) -> bool:
    """Tell whether somebody took holidays of that year or said that there are none to take."""
    taken = {row.holiday for row in closures(session)}
    if any(found.key in taken for found in _in_year(year)):
        return True
    return was_dismissed(session, dedupe_key=holidays_key(year))


def holidays_key(year: int) -> str:
    """Return the key of the task to decide on a year's holidays."""
    return f"holidays_undecided:{year}"


def _in_year(year: int) -> list[PublicHoliday]:
    return holidays_between(date(year, 1, 1), date(year, 12, 31))
