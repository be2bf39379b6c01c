"""Days and counts in the words of the planner; people read "visit" for everything that is planned."""

from datetime import UTC, date, datetime, time

from clinic.kernel.localtime import day_label
from clinic.treatment.rules.planning.course import Relax

_NOON = time(12)
_TEENS = (11, 12, 13)
_ENDINGS = {1: "st", 2: "nd", 3: "rd"}
WISH_WORDS = {
    Relax.PHYSICIAN: "with another physician",
    Relax.PATIENT_HOURS: "outside the patient's hours",
    Relax.SUPPORT_HOURS: "outside the support person's hours",
}


def day_words(day: int) -> str:
    """Return a patient's day, given as an ordinal: `Thu Mar 12`."""
    return day_label(datetime.combine(date.fromordinal(day), _NOON, UTC), "UTC", language="en")


def between_words(first: int, last: int) -> str:
    """Return `on Thu Mar 12`, or `between Thu Mar 12 and Thu Mar 19`."""
    return f"on {day_words(first)}" if first == last else f"between {day_words(first)} and {day_words(last)}"


def range_words(first: int, last: int) -> str:
    """Return days in short: `Mar 12`, `Mar 12-19` or `Mar 28-Apr 4`."""
    one, other = date.fromordinal(first), date.fromordinal(last)
    begin = f"{one:%b} {one.day}"
    if first == last:
        return begin
    return (
        f"{begin}-{other.day}"
        if (one.year, one.month) == (other.year, other.month)
        else f"{begin}-{other:%b} {other.day}"
    )


def counted(number: int, noun: str) -> str:
    """Return `1 day`, `2 days`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def listed(words: list[str]) -> str:
    """Return `a`, `a and b`, `a, b and c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def ordinal(number: int) -> str:
    """Return `2nd`, `3rd`, `4th`."""
    return f"{number}{'th' if number % 100 in _TEENS else _ENDINGS.get(number % 10, 'th')}"
