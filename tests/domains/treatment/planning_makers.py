"""Courses written by hand: free times by day and hour, and steps as the standard program has them."""

from collections.abc import Iterable
from datetime import date, timedelta
from uuid import UUID

from clinic.scheduling.rules.slots import Slot
from clinic.treatment.rules.planning import (
    Anchor,
    Candidate,
    Course,
    Kind,
    NoCourse,
    Problem,
    Spacing,
    Step,
    anchor,
    candidates_of,
)
from clinic.treatment.rules.planning.wishes import Wishes
from clinic.treatment.rules.protocols import Aftercare, Induction, Maintenance, Protocol, Reviews, Taper
from tests.domains.treatment.planning_cases import at

NEW_YORK, CHICAGO = "America/New_York", "America/Chicago"
DOCTOR, OTHER = UUID(int=1), UUID(int=2)
MARCH_2 = date(2026, 3, 2)
HOUR = 3600

PROTOCOL = Protocol(
    induction=Induction(
        visit_type="induction_session",
        sessions=6,
        least_days=14,
        most_days=28,
        least_gap_hours=72,
        target_gap_days=4,
        most_gap_days=10,
    ),
    maintenance=Maintenance(
        visit_type="touch_up_session", least_gap_days=21, from_days=28, target_days=35, until_days=60
    ),
    taper=Taper(visit_type="touch_up_session", gaps_days=(30, 45, 60, 90), leeway_days=7),
    aftercare=Aftercare(visit_type="follow_up", after_weeks=(2, 4, 12), leeway_days=7),
    reviews=Reviews(
        visit_type="follow_up",
        after_first_from_days=1,
        after_first_until_days=2,
        after_induction_days=7,
        every_days=90,
        every_sessions=6,
    ),
    weekly_most=2,
    restart_after_days=90,
    least_session_minutes=120,
)


def day(offset: int, *, first: date = MARCH_2) -> int:
    """Return the ordinal of a day so many after March 2, 2026, a Monday."""
    return (first + timedelta(days=offset)).toordinal()


def slot(offset: int, hour: float, *, physician: UUID = DOCTOR, minutes: int = 150, zone: str = NEW_YORK) -> Slot:
    starts_at = at(MARCH_2 + timedelta(days=offset), int(hour * 60), zone)
    return Slot(physician, starts_at, starts_at + minutes * 60)


def free(*times: Slot, wishes: Wishes | None = None) -> tuple[Candidate, ...]:
    return candidates_of(times, wishes or Wishes(zone=NEW_YORK))


def daily(offsets: Iterable[int], *hours: float, wishes: Wishes | None = None) -> tuple[Candidate, ...]:
    return free(*(slot(offset, hour) for offset in offsets for hour in hours or (10,)), wishes=wishes)


def taken(*offsets: int, hour: float = 10) -> tuple[Anchor, ...]:
    times = [slot(offset, hour) for offset in offsets]
    return tuple(anchor(time.starts_at, time.ends_at, zone=NEW_YORK) for time in times)


def sessions(count: int, candidates: tuple[Candidate, ...], *, spacing: Spacing | None = None) -> tuple[Step, ...]:
    spacing = spacing or Spacing(least_gap=72 * HOUR, most_days=10, target_days=4)
    return tuple(
        Step(number=number, kind=Kind.SESSION, visit_type="induction_session", spacing=spacing, candidates=candidates)
        for number in range(1, count + 1)
    )


def offsets_of(answer: Course | NoCourse) -> list[int]:
    """Return the days of a course after March 2."""
    assert isinstance(answer, Course), answer
    return [one - MARCH_2.toordinal() for one in answer.days]


def problem(count: int, candidates: tuple[Candidate, ...], **rules: object) -> Problem:
    spacing = rules.pop("spacing", None)
    steps = sessions(count, candidates, spacing=spacing)
    return Problem(steps=steps, **{"weekly_most": 2, **rules})
