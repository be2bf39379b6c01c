"""How closures and public holidays read on their pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from clinic.people.rules import STATES
from clinic.scheduling.models import ClinicClosure
from clinic.scheduling.queries import HolidayRow
from clinic.web.admin.physicians_words import clock
from clinic.web.frame.display import day_text


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosureRow:
    """One closure with its days, hours and states in words."""

    closure: ClinicClosure
    days: str
    hours: str
    who: str
    is_now: bool


def closure_rows(closures: Sequence[ClinicClosure], *, today: date) -> tuple[list[ClosureRow], list[ClosureRow]]:
    """Return those to come or under way, the next one first, and those that are over, the last one first."""
    rows = [closure_row(each, today=today) for each in closures]
    ahead = [row for row in rows if row.closure.last_day >= today]
    return ahead, [row for row in reversed(rows) if row.closure.last_day < today]


def closure_row(closure: ClinicClosure, *, today: date) -> ClosureRow:
    """Return one closure in words."""
    return ClosureRow(
        closure=closure,
        days=days_in_words(closure.first_day, closure.last_day),
        hours=hours_in_words(closure),
        who=f"Patients in {STATES[closure.state]}" if closure.state else "Everybody",
        is_now=closure.first_day <= today <= closure.last_day,
    )


def days_in_words(first: date, last: date) -> str:
    """Return `Nov 26, 2026` or `Nov 26, 2026 to Nov 27, 2026`."""
    return day_text(first) if first == last else f"{day_text(first)} to {day_text(last)}"


def hours_in_words(closure: ClinicClosure) -> str:
    """Return `All day`, or `12:00 PM to 5:00 PM`, with `each day` where there are several."""
    if closure.starts_at_local is None or closure.ends_at_local is None:
        return "All day"
    times = f"{clock(closure.starts_at_local)} to {clock(closure.ends_at_local)}"
    return times if closure.first_day == closure.last_day else f"{times} each day"


def holiday_words(row: HolidayRow) -> tuple[str, str]:
    """Return the holiday's name, and its day with the states that keep it."""
    states = " and ".join(STATES[state] for state in row.states)
    return row.name, f"{day_text(row.day, 'words')} · {states}"
