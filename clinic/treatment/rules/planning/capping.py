"""Searching with as few caps in mind as needed: one counts only once a course without it would exceed it."""

from collections import Counter
from collections.abc import Callable, Sequence

from clinic.treatment.rules.planning.course import Candidate, Problem
from clinic.treatment.rules.planning.search import Found, Search
from clinic.treatment.rules.planning.shelf import Shelf
from clinic.treatment.rules.planning.stages import Extra, stages_of
from clinic.treatment.rules.planning.times import NOTHING_TIGHT, Tight

Way = Callable[[Search], Found | None]


def solved(
    problem: Problem,
    shelf: Shelf,
    *,
    way: Way = Search.best,
    kept: Sequence[Candidate] = (),
    extra: Extra | None = None,
) -> Found | None:
    """Return the best course, or any by another `way`, that exceeds no cap.

    Leaving rules out only adds courses: the best of more, if it keeps all rules, is the best, and where there is none
    without the rest, there is none with it.
    """
    return searched(problem, shelf, way=way, kept=kept, extra=extra)[0]


def searched(
    problem: Problem, shelf: Shelf, *, way: Way, kept: Sequence[Candidate] = (), extra: Extra | None = None
) -> tuple[Found | None, Search]:
    """Return the course found, and the last search with the caps that mattered."""
    tight = NOTHING_TIGHT
    while True:
        search = Search(problem, stages_of(problem, shelf, tight=tight, kept=kept, extra=extra), tight=tight, kept=kept)
        found = way(search)
        exceeded = _exceeded(found.times) if found else NOTHING_TIGHT
        if not exceeded:
            return found, search
        assert not set(exceeded) & set(tight), "a cap that is heeded is not exceeded"
        tight += exceeded


def _exceeded(times: Sequence[Candidate]) -> Tight:
    limits = [limit for time in times for limit in time.limits]
    taken = Counter(limit.key for limit in limits)
    return tuple({limit.key: None for limit in limits if taken[limit.key] > limit.room})
