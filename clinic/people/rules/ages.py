"""Birth dates and ages, counted by the calendar of the place where a person lives."""

from datetime import date, datetime

from clinic.kernel.localtime import in_zone
from clinic.people.errors import BornInTheFuture, BornTooLongAgo, UnderAge

ADULT = 18
_EARLIEST = date(1900, 1, 1)


def age_on(born: date, day: date) -> int:
    """Return completed years on a day; somebody born on February 29 grows older on March 1 of a common year."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def day_of_age(born: date, years: int) -> date:
    """Return the day on which a person completes that many years."""
    try:
        return born.replace(year=born.year + years)
    except ValueError:
        return date(born.year + years, 3, 1)


def require_birth_date(born: date, *, now: datetime, zone: str) -> date:
    """Return the birth date of an adult, or raise BornInTheFuture, BornTooLongAgo or UnderAge.

    "Today" is the date in the person's own zone: shortly after midnight in Newark it is still yesterday in Pensacola.
    """
    today = in_zone(now, zone).date()
    if born > today:
        raise BornInTheFuture("This date is in the future. Check the year.", field="birth_date")
    if born < _EARLIEST:
        raise BornTooLongAgo("This date is before 1900. Check the year.", field="birth_date")
    if age_on(born, today) < ADULT:
        birthday = day_of_age(born, ADULT)
        raise UnderAge(
            f"The clinic treats adults. With this birth date the person turns 18 on {birthday:%B} {birthday.day}, "
            f"{birthday.year}. Check the year.",
            field="birth_date",
        )
    return born
