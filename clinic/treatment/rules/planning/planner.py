"""The planner: the best course for what is asked, or why there is none and what would have to give way."""

from dataclasses import replace

from clinic.treatment.rules.planning.capping import solved
from clinic.treatment.rules.planning.course import Course, NoCourse, Problem, Relax, Relaxation, Style
from clinic.treatment.rules.planning.explain import relaxed_words, why_not
from clinic.treatment.rules.planning.reaching import reached
from clinic.treatment.rules.planning.relaxed import could_give_way, course_of, price_of_course
from clinic.treatment.rules.planning.shelf import Shelf

_OTHER_COURSES = 2
_WAYS_OUT = 4


def plan(problem: Problem, *, relax: bool = True) -> Course | NoCourse:
    """Return the best course by the problem's style; the same problem has the same answer, in whatever order it comes.

    Where there is none, the answer says why, and unless `relax` is false what would make one possible.
    """
    shelf = Shelf()
    course = _cheapest(problem, shelf)
    if course is not None:
        return course
    where = reached(problem, shelf)
    return NoCourse(
        index=where.at,
        first_day=where.first_day,
        last_day=where.last_day,
        sentences=why_not(problem, where),
        relaxations=_relaxations(problem, shelf) if relax else (),
    )


def _cheapest(problem: Problem, shelf: Shelf) -> Course | None:
    found = solved(problem, shelf)
    return course_of(problem, found.times, cost=found.cost) if found else None


def alternatives(problem: Problem, course: Course) -> tuple[Course, ...]:
    """Return up to two courses on other dates than `course` and each other, each the best by another style."""
    known, found, shelf = {_dates(course)}, [], Shelf()
    for style in Style:
        other = _cheapest(replace(problem, style=style), shelf) if style is not course.style else None
        if other is not None and _dates(other) not in known:
            known.add(_dates(other))
            found.append(other)
    return tuple(found[:_OTHER_COURSES])


def _relaxations(problem: Problem, shelf: Shelf) -> tuple[Relaxation, ...]:
    """Return what would make a course possible: the cheapest way of all, and the cheapest that asks for one thing."""
    possible = [kind for kind in Relax if kind not in problem.allow and could_give_way(problem, kind)]
    best = _relaxation(problem, frozenset(possible), shelf)
    if best is None:
        return ()
    ways = {best.kinds: best}
    for kind in possible:
        only = frozenset([kind])
        one = _relaxation(problem, only, shelf) if only not in ways else None
        if one is not None:
            ways[only] = one
    return tuple(sorted(ways.values(), key=lambda way: way.price)[:_WAYS_OUT])


def _relaxation(problem: Problem, kinds: frozenset[Relax], shelf: Shelf) -> Relaxation | None:
    course = _cheapest(replace(problem, allow=problem.allow | kinds), shelf)
    if course is None:
        return None
    asked = frozenset(each.kind for each in course.relaxed) - problem.allow
    return Relaxation(words=relaxed_words(problem, course), kinds=asked, price=price_of_course(course), course=course)


def _dates(course: Course) -> tuple[tuple[object, int], ...]:
    return tuple((visit.candidate.physician_id, visit.candidate.starts_at) for visit in course.visits)
