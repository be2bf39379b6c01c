"""What a long pause asks for before a session can be booked again, in words that name the rule and its value."""

from collections.abc import Iterable
from datetime import date, timedelta
from enum import StrEnum

from clinic.scheduling.rules.slots import Pause


class Lacking(StrEnum):
    """What is still to be done after a long pause."""

    VISIT = "visit"
    FORMS = "forms"


def pause_of(last_on: date, after_days: int, *, lacking: Lacking) -> Pause:
    """Return a pause that is too long: no session on any day until what lacks is there."""
    last = f"the last session was on {last_on:%b} {last_on.day}, {last_on.year}"
    rule = f"the patient's protocol allows {after_days} days without one"
    what = "a physician visit has to take place" if lacking is Lacking.VISIT else "the forms have to be signed anew"
    return Pause(
        date(2000, 1, 1),
        None,
        f"{last}; {rule}, then {what}; a physician of the patient may lift this with a reason",
    )


def open_until(last_open: date, after_days: int, booked: Iterable[date]) -> date:
    """Return the last day on which a session may be: each one booked while the course is open opens as many days more.

    `last_open` is that day with nothing booked.
    """
    for day in sorted(booked):
        if day <= last_open:
            last_open = max(last_open, day + timedelta(days=after_days))
    return last_open
