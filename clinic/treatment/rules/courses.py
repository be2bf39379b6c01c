"""What somebody wishes of a course of dates, and the dates chosen in the end."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

MOST_AT_ONCE = 4
"""So many dates are planned ahead at most where the program has no end."""


class CourseStyle(StrEnum):
    """What matters most among courses that keep every rule."""

    SOONEST = "soonest"
    EVEN = "even"
    WISHED_HOURS = "wished_hours"


STYLE_WORDS = {
    CourseStyle.SOONEST: "As soon as possible",
    CourseStyle.EVEN: "Evenly spaced",
    CourseStyle.WISHED_HOURS: "At the wished hours",
}


class ChosenVisit(NamedTuple):
    """One date to be booked."""

    visit_type: str
    physician_id: UUID
    starts_at: datetime


class KeptVisit(NamedTuple):
    """A date that somebody chose for one visit of a course; `place` counts the visits to be planned from 0."""

    place: int
    visit: ChosenVisit


LATER_WORDS = "Beginning some days later"
"""What a course is called that begins later than the one it stands beside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseWish:
    """How a course should be; `first_day` is the patient's, None is from now on.

    `physician_id` None prefers the plan's own; `only_physician` takes no other. `how_many` dates are planned where the
    program has no end, one unless said. With `pass_hours` the patient's strict hours are wishes for once, with
    `pass_begin` the first visit may be later than usual. The program's own numbers are the physician's to change.
    Dates that are `kept` were chosen already; the others are planned around them.
    """

    first_day: date | None = None
    physician_id: UUID | None = None
    only_physician: bool = False
    how_many: int | None = None
    style: CourseStyle = CourseStyle.EVEN
    pass_hours: bool = False
    pass_begin: bool = False
    kept: tuple[KeptVisit, ...] = ()


class Problem(NamedTuple):
    """A booked visit that breaks a rule now."""

    appointment_id: UUID
    sentence: str
