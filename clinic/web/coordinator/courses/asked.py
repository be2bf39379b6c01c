"""What a coordinator asks of the planner, as an address and as a wish."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from flask import url_for
from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from clinic.treatment.rules.courses import MOST_AT_ONCE, STYLE_WORDS, ChosenVisit, CourseStyle, CourseWish, KeptVisit
from clinic.web.frame.display import day_text
from clinic.web.frame.forms import FormModel, Many, Tick, WholeNumber
from clinic.web.slots import NearbyDay

_MOST_VISITS = 40
_FIRST, _LAST = date(2000, 1, 1), date(2100, 1, 1)
_BETWEEN_VISITS = " "
_PLACE = re.compile("[0-9]{1,2}")


STYLES = list(STYLE_WORDS.items())
BENT = ("pass_hours", "pass_begin")
"""Rules that somebody agreed to bend once."""


def _no_visit() -> PydanticCustomError:
    return PydanticCustomError("enum", "not one of the times")


def visit_of(typed: object) -> ChosenVisit:
    """Return the visit that `type@physician@instant` names."""
    code, _, rest = str(typed).partition("@")
    physician, _, instant = rest.partition("@")
    try:
        chosen = ChosenVisit(visit_type=code, physician_id=UUID(physician), starts_at=datetime.fromisoformat(instant))
    except ValueError as error:
        raise _no_visit() from error
    if chosen.starts_at.tzinfo is None or not _FIRST < chosen.starts_at.date() < _LAST:
        raise _no_visit()
    return chosen


def value_of(visit_type: str, physician_id: UUID, starts_at: datetime) -> str:
    """Return how an address or a box names a visit."""
    return f"{visit_type}@{physician_id}@{starts_at.isoformat()}"


@dataclass(frozen=True, slots=True)
class WholeCourse:
    """Every date of a course in one box, with the style that found it."""

    style: CourseStyle
    visits: tuple[ChosenVisit, ...]


def course_of(typed: object) -> WholeCourse:
    """Return the course that `style visit visit ...` names."""
    style, *visits = str(typed).split(_BETWEEN_VISITS)[:_MOST_VISITS]
    try:
        return WholeCourse(CourseStyle(style), tuple(visit_of(one) for one in visits))
    except ValueError as error:
        raise _no_visit() from error


def course_value(style: CourseStyle, visits: Iterable[ChosenVisit]) -> str:
    """Return one box's value for a whole course."""
    return _BETWEEN_VISITS.join([style.value, *(value_of(*one) for one in visits)])


def kept_of(typed: object) -> KeptVisit:
    """Return the choice that `place:type@physician@instant` names."""
    place, _, visit = str(typed).partition(":")
    if not _PLACE.fullmatch(place):
        raise _no_visit()
    return KeptVisit(int(place), visit_of(visit))


KeptChoice = Annotated[KeptVisit, BeforeValidator(kept_of)]
VisitChoice = Annotated[ChosenVisit, BeforeValidator(visit_of)]
CourseChoice = Annotated[WholeCourse, BeforeValidator(course_of)]


class CourseQuery(FormModel):
    """A wish as an address holds it: first day, physician, how many, what matters most, and dates to keep."""

    first_day: NearbyDay | None = None
    physician: UUID | None = None
    only: Tick
    pass_hours: Tick
    pass_begin: Tick
    how_many: Annotated[WholeNumber, Field(ge=1, le=MOST_AT_ONCE)] | None = None
    style: CourseStyle = CourseStyle.EVEN
    keep: Many[KeptChoice]
    compare: Tick

    def wish(self) -> CourseWish:
        """Return the wish as the planner takes it."""
        return CourseWish(
            first_day=self.first_day,
            physician_id=self.physician,
            only_physician=self.only,
            how_many=self.how_many,
            style=self.style,
            pass_hours=self.pass_hours,
            pass_begin=self.pass_begin,
            kept=self.keep,
        )


def parameters_of(wish: CourseWish) -> dict[str, object]:
    """Return the boxes of an address that asks for the wish."""
    values: Mapping[str, object] = {
        "first_day": wish.first_day,
        "physician": wish.physician_id,
        "only": "yes" if wish.only_physician else None,
        "how_many": wish.how_many,
        "style": None if wish.style is CourseStyle.EVEN else wish.style.value,
        **{name: "yes" if getattr(wish, name) else None for name in BENT},
        "keep": [f"{one.place}:{value_of(*one.visit)}" for one in wish.kept],
    }
    return {name: value for name, value in values.items() if value}


def address_of(patient_id: UUID, wish: CourseWish, **more: object) -> str:
    """Return the planner's address with the wish in it."""
    return url_for("coordinator.course", patient_id=patient_id, **parameters_of(wish), **more)  # type: ignore[arg-type]


def with_kept(wish: CourseWish, visits: Iterable[ChosenVisit], *, but: Collection[int] = ()) -> CourseWish:
    """Return the wish with these dates chosen in their order, apart from those at the places `but`."""
    kept = (KeptVisit(place, visit) for place, visit in enumerate(visits) if place not in but)
    return replace(wish, kept=tuple(kept))


def wish_words(wish: CourseWish, physician_name: str) -> str:
    """Return a wish in a line: `Evenly spaced, Dr. Okafor preferred, from Nov 30`."""
    parts = [STYLE_WORDS[wish.style]]
    parts.append(f"only {physician_name}" if wish.only_physician else f"{physician_name} preferred")
    if wish.how_many:
        parts.append("1 visit" if wish.how_many == 1 else f"{wish.how_many} visits")
    if wish.first_day:
        parts.append(f"from {day_text(wish.first_day, 'week')}")
    return ", ".join(parts)
