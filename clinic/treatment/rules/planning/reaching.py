"""How far a course gets before nothing fits: for the answer to why there is none."""

from dataclasses import replace
from typing import NamedTuple

from clinic.treatment.rules.planning.capping import searched, solved
from clinic.treatment.rules.planning.course import Problem
from clinic.treatment.rules.planning.outlook import State, least_days
from clinic.treatment.rules.planning.search import Search
from clinic.treatment.rules.planning.shelf import Shelf
from clinic.treatment.rules.planning.stages import FAR

_A_DAY = 86_400


class Where(NamedTuple):
    """The step at which it ends and the days it would belong to; `at` is None if only the length is wrong."""

    at: int | None
    first_day: int | None
    last_day: int | None


def reached(problem: Problem, shelf: Shelf) -> Where:
    """Return the first step that no choice of times before it can reach, and on which days it would have to be."""
    if solved(replace(problem, span=None), shelf, way=Search.any) is not None:
        return Where(None, None, None)
    states: set[State] = set()
    for count in range(1, len(problem.steps) + 1):
        beginning = replace(problem, steps=problem.steps[:count], span=None)
        found, search = searched(beginning, shelf, way=Search.any)
        if found is None:
            return _window(beginning, search, states or {search.outlook.start})
        states = search.last_states()
    return Where(None, None, None)


def _window(problem: Problem, search: Search, states: set[State]) -> Where:
    """Return the days of the last step of `problem` after all that can come before it."""
    stage, at = search.stages[-1], len(problem.steps) - 1
    windows = [stage.window(state.day, _least_days(search, state)) for state in states]
    first, last = min(low for low, _ in windows), max(high for _, high in windows)
    known = first or min(stage.times.days, default=None)
    return Where(at, known, last if last < FAR else None)


def _least_days(search: Search, state: State) -> int:
    """Return how many days the step is after the session before it because of the hours between or of the week."""
    stage = search.stages[-1]
    if not stage.is_session:
        return 0
    by_week = least_days(state)
    # The search does not tell apart what cannot be nearer for want of times.
    return max(stage.least_gap // _A_DAY, by_week if by_week > search.reach.least_days else 0)
