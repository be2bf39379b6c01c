"""Days in the short words of the board and of the header; none of them says anything clinical."""

from datetime import date, datetime

from clinic.kernel.localtime import in_zone, time_label
from clinic.treatment.rules.drift.facts import PlanFacts
from clinic.treatment.rules.drift.windows import Window

_YEAR_SHOWN_AFTER_DAYS = 180


def day_words(facts: PlanFacts, day: date) -> str:
    """Return a day like `Dec 20`, with its year where that could be mistaken."""
    short = f"{day:%b} {day.day}"
    return short if abs((day - facts.today).days) <= _YEAR_SHOWN_AFTER_DAYS else f"{short}, {day.year}"


def between(facts: PlanFacts, window: Window) -> str:
    """Return `between Dec 20 and Jan 21`, or `on Dec 20` for a single day."""
    if window.opens == window.closes:
        return f"on {day_words(facts, window.opens)}"
    return f"between {day_words(facts, window.opens)} and {day_words(facts, window.closes)}"


def visit_words(facts: PlanFacts, instant: datetime) -> str:
    """Return a day and time like `Tue, Nov 24, 10:00 AM ET` on the patient's clock."""
    return f"{in_zone(instant, facts.zone):%a}, {day_words(facts, facts.day(instant))}, " + time_label(
        instant, facts.zone, language="en"
    )
