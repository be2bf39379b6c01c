"""Prints how long the course planner takes, in memory, beside one pass over the same times and the search for them."""

import random
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from datetime import time as clock_time
from functools import partial
from uuid import UUID

import ground  # also sets the path

from clinic.scheduling.rules import availability, slots, visits
from clinic.treatment.rules.hours import Stretch
from clinic.treatment.rules.phases import Phase
from clinic.treatment.rules.planning import (
    Booked,
    Candidate,
    Course,
    Kind,
    Limit,
    Outline,
    Problem,
    Span,
    Standing,
    Style,
    Wishes,
    candidates_of,
    outline_of,
    plan,
    problem_of,
    reflow,
    slack,
)
from tests.domains.treatment.planning_makers import PROTOCOL

ROUNDS = 3 if "--short" in sys.argv else 12
ZONE = "America/New_York"
FIRST = date(2026, 2, 16)  # the clocks go forward on March 8, in the middle of the course
NOW = 1771250000
SESSION = visits.VisitShape(150, (visits.Segment(0, 30), visits.Segment(140, 10)), rest=45)
REVIEW = visits.VisitShape(30, visits.whole_visit(30), buffer_after=5)
WISHES = Wishes(
    zone=ZONE,
    physician_id=UUID(int=0),
    patient_hours=(Stretch(0, 480, 900), Stretch(2, 480, 900), Stretch(4, 480, 900)),
    usual_minute=600,
)
ON_TUESDAY = (Stretch(1, 0, 1440),)

Times = tuple[Candidate, ...]


def outline() -> Outline:
    return outline_of(PROTOCOL, Phase.INDUCTION, Standing(today=FIRST.toordinal()))


def request(shape: visits.VisitShape, days: int) -> slots.SlotRequest:
    patient = slots.PatientSide("NJ", ZONE)
    return slots.SlotRequest(replace(shape, horizon_days=120), patient, FIRST, FIRST + timedelta(days=days), now=NOW)


def sides(asked: slots.SlotRequest, *, physicians: int, visits_a_day: int) -> list[slots.PhysicianSide]:
    """Return physicians from nine to seven with so many half hours a day booked, alike in every run."""
    chance = random.Random(7)  # noqa: S311 - a calendar made up alike in every run
    window = slots.window_of(asked)
    hours = [availability.WeeklyRule(day, clock_time(9), clock_time(19), date(2026, 1, 1)) for day in range(6)]
    open_ranges = availability.expand(hours, [], zone=ZONE, window=window).ranges
    licences = [slots.LicencePeriod("NJ", date(2025, 1, 1), None)]
    found = []
    for number in range(physicians):
        busy = [
            (begin + half * 1800, begin + half * 1800 + 1800)
            for begin, _ in open_ranges
            for half in chance.sample(range(20), visits_a_day)
        ]
        found.append(slots.PhysicianSide(UUID(int=number), ZONE, open_ranges, busy, licences))
    return found


def one_pass(*lists: Times) -> dict[int, int]:
    """The baseline: every time is looked at once, for the first of each day that breaks no wish."""
    first: dict[int, int] = {}
    for times in lists:
        for time in times:
            if not time.breaks and first.get(time.day, time.starts_at + 1) > time.starts_at:
                first[time.day] = time.starts_at
    return first


def with_caps(times: Times) -> Times:
    """Give every physician one place a week only."""
    return tuple(time._replace(limits=(Limit((time.physician_id, time.day // 7), 1),)) for time in times)


def booked(course: Course) -> list[Booked]:
    rows = [Booked(at, visit.step.kind, *visit.candidate[:4]) for at, visit in enumerate(course.visits)]
    third = next(at for at, row in enumerate(rows) if row.kind is Kind.SESSION and at > 1)
    return [row._replace(can_keep=at != third) for at, row in enumerate(rows)]


def cases(sessions: Times, reviews: Times, strict: Times) -> dict[str, Callable[[], object]]:
    asked = outline()

    def problem(times: Times, beside: Times = reviews, **more: object) -> Problem:
        return replace(problem_of(asked, {"induction_session": times, "follow_up": beside}), **more)

    usual = problem(sessions)
    course = plan(usual)
    assert isinstance(course, Course)
    found: dict[str, Callable[[], object]] = {
        f"plan, {style.value.replace('_', ' ')}": partial(plan, replace(usual, style=style)) for style in Style
    }
    capped = problem(with_caps(sessions), with_caps(reviews))
    short = problem(sessions, span=Span(least_days=14, most_days=15))
    return {
        **found,
        "plan, one place a week with each": partial(plan, capped),
        "slack of every visit": partial(slack, usual, course),
        "re-flow, one time lost": partial(reflow, usual, booked(course)),
        "no plan: help on Tuesdays only": partial(plan, problem(strict), relax=False),
        "no plan: fifteen days": partial(plan, short, relax=False),
        "the same with every way out": partial(plan, short),
    }


def compare(physicians: int, visits_a_day: int) -> None:
    asked = outline()
    days = asked.last_day - asked.first_day
    requests = [request(shape, days) for shape in (SESSION, REVIEW)]
    doctors = [sides(one, physicians=physicians, visits_a_day=visits_a_day) for one in requests]

    def searched() -> list[tuple[slots.Slot, ...]]:
        return [slots.search(one, people).slots for one, people in zip(requests, doctors, strict=True)]

    def judged() -> list[Times]:
        return [candidates_of(times, WISHES) for times in free]

    free = searched()
    sessions, reviews = judged()
    strict = candidates_of(free[0], replace(WISHES, support_hours=ON_TUESDAY))
    passing = ground.best(partial(one_pass, sessions, reviews), rounds=ROUNDS)
    searching = ground.best(searched, rounds=ROUNDS)
    ground.say(
        f"{physicians} physicians, {visits_a_day} visits a day each, {days} days: {len(sessions)} times for sessions, "
        f"{len(reviews)} for reviews; one pass {passing:.2f} ms, slot search {searching:.2f} ms; {ground.load()}"
    )
    ground.say("| what | time | to one pass | to the slot search |")
    ground.say("|---|---|---|---|")
    for name, task in {"wishes judged": judged, **cases(sessions, reviews, strict)}.items():
        spent = ground.best(task, rounds=ROUNDS)
        ground.say(f"| {name} | {spent:.1f} ms | {spent / passing:.1f} | {spent / searching:.2f} |")


if __name__ == "__main__":
    for visits_booked in (4, 10):
        compare(3, visits_booked)
