"""The numbers of a protocol as a form shows them: what each is called, its unit and its limits."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One number, or a list of at most `longest` numbers, from `least` to `most`; `name` is dotted."""

    name: str
    words: str
    unit: str
    least: int
    most: int
    longest: int = 1
    is_list: bool = False
    is_adjustable: bool = True


def _number(name: str, words: str, limits: tuple[int, int], *, unit: str) -> Field:
    return Field(name=name, words=words, unit=unit, least=limits[0], most=limits[1])


def _shared(name: str, words: str, limits: tuple[int, int], *, unit: str) -> Field:
    """Return a number that is the same for every patient."""
    return Field(name=name, words=words, unit=unit, least=limits[0], most=limits[1], is_adjustable=False)


_LISTED = (
    _number("induction.sessions", "Visits", (1, 30), unit="visits"),
    _number("induction.least_days", "Shortest time from first to last", (0, 365), unit="days"),
    _number("induction.most_days", "Longest time from first to last", (0, 365), unit="days"),
    _number("induction.least_gap_hours", "Shortest gap", (24, 1440), unit="hours"),
    _number("induction.target_gap_days", "Best gap", (1, 90), unit="days"),
    _number("induction.most_gap_days", "Longest gap", (1, 90), unit="days"),
    _number("maintenance.least_gap_days", "Never closer than", (1, 365), unit="days"),
    _number("maintenance.from_days", "From", (1, 365), unit="days after the last"),
    _number("maintenance.target_days", "At best", (1, 365), unit="days after the last"),
    _number("maintenance.until_days", "Until", (1, 365), unit="days after the last"),
    Field(name="taper.gaps_days", words="Gaps", unit="days", least=1, most=365, longest=12, is_list=True),
    _number("taper.leeway_days", "A date may be later by", (0, 60), unit="days"),
    Field(
        name="aftercare.after_weeks",
        words="Checks",
        unit="weeks after the last",
        least=1,
        most=104,
        longest=12,
        is_list=True,
        is_adjustable=False,
    ),
    _shared("aftercare.leeway_days", "A check may be later by", (0, 60), unit="days"),
    _number("reviews.after_first_from_days", "After the first visit, from", (0, 30), unit="days"),
    _number("reviews.after_first_until_days", "After the first visit, until", (0, 30), unit="days"),
    _number("reviews.after_induction_days", "After the last induction visit, within", (0, 60), unit="days"),
    _number("reviews.every_days", "Then every", (7, 365), unit="days"),
    _number("reviews.every_sessions", "Or every", (1, 60), unit="visits"),
    _number("weekly_most", "Most in seven days", (1, 7), unit="visits"),
    _number("restart_after_days", "A pause needs a physician visit after", (14, 730), unit="days"),
    _shared("least_session_minutes", "A visit takes at least", (15, 480), unit="minutes"),
)

FIELDS: Mapping[str, Field] = MappingProxyType({field.name: field for field in _LISTED})
"""Every number by its dotted name, in the order of a form; the limits keep slips of the finger out."""
