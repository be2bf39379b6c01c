"""The picker of weekly hours: rows of days, from and until, which work without a script."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import time
from enum import StrEnum
from typing import Any

from pydantic import create_model

from clinic.kernel.errors import Invalid
from clinic.treatment.rules.hours import MOST_ROWS
from clinic.web.frame.fields import LocalTime
from clinic.web.frame.forms import FormModel

ROWS = tuple(range(1, MOST_ROWS + 1))
SPARE = 2
_MIDNIGHT, _DAY_ENDS = "00:00", "24:00"
Listing = Sequence[Sequence[Any]]


class Days(StrEnum):
    """The days of one row."""

    EVERY_DAY = "every"
    WEEKDAYS = "mon-fri"
    WEEKEND = "sat-sun"
    MONDAY = "mon"
    TUESDAY = "tue"
    WEDNESDAY = "wed"
    THURSDAY = "thu"
    FRIDAY = "fri"
    SATURDAY = "sat"
    SUNDAY = "sun"

    @property
    def numbers(self) -> tuple[int, ...]:
        """Return the days of the week, Monday is 0."""
        return _NUMBERS.get(self) or (_SINGLE.index(self),)


_SINGLE = tuple(Days)[3:]
_NUMBERS = {Days.EVERY_DAY: tuple(range(7)), Days.WEEKDAYS: tuple(range(5)), Days.WEEKEND: (5, 6)}
DAY_WORDS = {
    Days.EVERY_DAY: "Every day",
    Days.WEEKDAYS: "Monday to Friday",
    Days.WEEKEND: "Saturday and Sunday",
    **{one: one.name.capitalize() for one in _SINGLE},
}


class HoursNotWhole(Invalid):
    """A row of hours says a part only, or ends before it begins."""

    code = "hours_not_whole"


def _boxes(whose: Iterable[str]) -> dict[str, Any]:
    kinds = {"day": Days, "from": LocalTime, "until": LocalTime}
    return {f"{who}_{box}_{row}": (kind | None, None) for who in whose for box, kind in kinds.items() for row in ROWS}


HourBoxes: type[FormModel] = create_model(
    "HourBoxes",
    __base__=FormModel,
    __module__=__name__,
    __doc__="The rows of the patient's and the support person's hours.",
    **_boxes(("patient", "support")),
)


def typed_hours(form: FormModel, who: str) -> list[list[Any]]:
    """Return the rows as `[weekday, "HH:MM", "HH:MM"]`, or raise HoursNotWhole at the box; no row is any time."""
    return [[day, begin, end] for days, begin, end in _rows(form, who) for day in days.numbers]


def _rows(form: FormModel, who: str) -> Iterator[tuple[Days, str, str]]:
    for row in ROWS:
        days, begin, end = (getattr(form, f"{who}_{box}_{row}") for box in ("day", "from", "until"))
        if days is None:
            if begin or end:
                raise HoursNotWhole("Choose the days for these hours, or empty the row.", field=f"{who}_day_{row}")
            continue
        if begin and end and end <= begin:
            raise HoursNotWhole("Enter an end after the beginning.", field=f"{who}_until_{row}")
        yield days, _clock(begin, _MIDNIGHT), _clock(end, _DAY_ENDS)


def _clock(typed: time | None, otherwise: str) -> str:
    return f"{typed:%H:%M}" if typed else otherwise


def grouped(listing: Listing) -> list[tuple[Days, str, str]]:
    """Return stored hours with equal days joined: Monday to Friday, the weekend, every day."""
    by_hours: dict[tuple[str, str], set[int]] = {}
    for day, begin, end in listing:
        by_hours.setdefault((begin, end), set()).add(day)
    found = [(one, *hours) for hours, days in by_hours.items() for one in _joined(days)]
    return sorted(found, key=lambda row: (row[0].numbers[0], -len(row[0].numbers), row[1]))


def _joined(days: set[int]) -> Iterator[Days]:
    left = set(days)
    for group, numbers in _NUMBERS.items():
        if left.issuperset(numbers):
            yield group
            left -= set(numbers)
    yield from (_SINGLE[day] for day in sorted(left))


def boxes_of(listing: Listing, who: str) -> dict[str, str]:
    """Return the boxes that show stored hours; the ends of the day are empty boxes."""
    boxes: dict[str, str] = {}
    for row, (days, begin, end) in enumerate(grouped(listing), start=1):
        shown = {"day": days.value, "from": begin, "until": end}
        boxes |= {f"{who}_{box}_{row}": value for box, value in shown.items() if value not in {_MIDNIGHT, _DAY_ENDS}}
    return boxes


def rows_shown(values: Mapping[str, Any], who: str) -> tuple[int, ...]:
    """Return the rows to draw: those with something in them and two empty ones."""
    used = [row for row in ROWS if any(values.get(f"{who}_{box}_{row}") for box in ("day", "from", "until"))]
    return ROWS[: max(used, default=0) + SPARE]


def hours_words(listing: Listing) -> list[str]:
    """Return `Monday to Friday, 9:00 AM to noon`, one line for each, or `Any time`."""
    return [f"{DAY_WORDS[days]}{_span(begin, end)}" for days, begin, end in grouped(listing)] or ["Any time"]


def _span(begin: str, end: str) -> str:
    if (begin, end) == (_MIDNIGHT, _DAY_ENDS):
        return ", any time"
    if begin == _MIDNIGHT:
        return f", until {_said(end)}"
    return f", from {_said(begin)}" if end == _DAY_ENDS else f", {_said(begin)} to {_said(end)}"


def _said(clock: str) -> str:
    return "midnight" if clock == _DAY_ENDS else f"{time.fromisoformat(clock):%-I:%M %p}"
