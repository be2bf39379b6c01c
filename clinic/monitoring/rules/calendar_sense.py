"""What a calendar must not say: rows that contradict each other, or that can never happen."""

from collections import Counter
from collections.abc import Collection, Iterator

from clinic.monitoring.errors import CalendarRefused
from clinic.monitoring.rules.calendar import OF_SESSIONS, Anchor, Calendar, Row

PHASES = ("evaluation", "induction", "maintenance", "taper", "aftercare")
WITH_SESSIONS = frozenset({"induction", "maintenance", "taper"})
MOMENTS = (
    *("intake", "pre", "evening", "day_1", "day_3", "day_7"),
    *("induction_week", "monthly", "yearly", "taper_step", "aftercare"),
)
"""Rows of the calendar; a physician's own question and one for safety are asked outside of it."""

CHECKLIST = "pre_session"
_HOURS_A_DAY = 24


def require_sense(calendar: Calendar, *, known: Collection[str]) -> None:
    """Raise CalendarRefused for the first contradiction, with the row and what to change."""
    for where, sentence in _contradictions(calendar, known):
        raise CalendarRefused(f"{where}: {sentence}", field=where)


def _contradictions(calendar: Calendar, known: Collection[str]) -> Iterator[tuple[str, str]]:
    if calendar.day_from >= calendar.day_until:
        yield "day_until", "The day has to end after it begins."
    if calendar.evening_from >= calendar.evening_until:
        yield "evening_until", "The evening has to end after it begins."
    for key, times in Counter(row.key for row in calendar.rows).items():
        if times > 1:
            yield key, "Two rows have this name. Name one of them differently."
    for row in calendar.rows:
        yield from ((row.key, sentence) for sentence in _of_row(row, known))
        yield from ((row.key, sentence) for sentence in _of_spacing(calendar, row))
    yield from _twice(calendar)
    for key in calendar.spacing_days:
        if key not in calendar.instruments:
            yield "spacing_days", f"No row asks {key}."


def _of_row(row: Row, known: Collection[str]) -> Iterator[str]:
    if row.moment not in MOMENTS:
        yield f"{row.moment} is no moment. Choose one of {', '.join(MOMENTS)}."
    for phase in row.phases:
        if phase not in PHASES:
            yield f"{phase} is no phase. Choose among {', '.join(PHASES)}."
        elif row.anchor in OF_SESSIONS and phase not in WITH_SESSIONS:
            yield f"There are no visits at home in {phase}, so nothing can follow one. Take that phase out."
    asked = row.instruments(has_pain=True)
    for key, times in Counter(asked).items():
        if key not in known:
            yield f"{key} is no questionnaire that we know."
        if times > 1:
            yield f"{key} stands there twice."
    if CHECKLIST in asked and (row.anchor is not Anchor.BEFORE or len(asked) > 1):
        yield "The checklist is asked before a visit and by itself."
    yield from _of_time(row)


def _of_time(row: Row) -> Iterator[str]:
    if row.every_days is not None and row.anchor in OF_SESSIONS:
        yield "What follows a visit comes once; only rows of a phase or of the intake come again."
    if row.every_days is not None and row.closes_after_hours > row.every_days * _HOURS_A_DAY:
        yield f"It would still be open when it comes again after {row.every_days} days. Close it sooner."
    if row.anchor in {Anchor.BEFORE, Anchor.EVENING} and row.days:
        yield "This belongs to the day of the visit, so it counts no days."
    if row.anchor is Anchor.AFTER and not row.days:
        yield "Say how many days after the visit; for the same day there is the evening."
    if row.call is not None and row.call.after_hours >= row.closes_after_hours:
        yield "It closes before anybody would call. Call sooner, or leave it open longer."


def _of_spacing(calendar: Calendar, row: Row) -> Iterator[str]:
    for key in row.instruments(has_pain=True):
        least = calendar.spacing_days.get(key, 0)
        if row.every_days is not None and row.every_days <= least:
            yield f"{key} is asked every {row.every_days} days here, but never within {least} days of the last time."


def _twice(calendar: Calendar) -> Iterator[tuple[str, str]]:
    """Find two rows that ask the same at the same time."""
    seen: dict[tuple[object, ...], str] = {}
    for row in calendar.rows:
        for key in row.instruments(has_pain=True):
            for phase in row.phases:
                where = (row.anchor, row.days, phase, key)
                if where in seen and seen[where] != row.key:
                    yield row.key, f"{key} is asked at the same time by {seen[where]}. Take it out of one of them."
                seen[where] = row.key
