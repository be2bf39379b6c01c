"""Re-flow: what becomes of the later visits as booked now, with as few changes as can be."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations, product
from typing import NamedTuple

from clinic.treatment.rules.planning.capping import Way, solved
from clinic.treatment.rules.planning.course import Candidate, Kind, NoCourse, Placed, Problem
from clinic.treatment.rules.planning.disruption import (
    BOOK,
    CANCEL,
    KEEP,
    MOVE,
    Booked,
    Reflow,
    Row,
    with_needs,
    with_reasons,
)
from clinic.treatment.rules.planning.planner import plan
from clinic.treatment.rules.planning.relaxed import course_of
from clinic.treatment.rules.planning.search import Found, Search
from clinic.treatment.rules.planning.shelf import Shelf
from clinic.treatment.rules.planning.stages import Extra
from clinic.treatment.rules.planning.weights import weights_of

_MINUTE = 60

Replaced = Mapping[Kind, tuple[Booked | None, ...]]
"""For each visit of a kind that is not kept, in order of time, the booked one in whose place it comes, if any."""


class _Case(NamedTuple):
    """The problem with the booked times among its candidates, the visits booked in order, and what searches share."""

    problem: Problem
    booked: Sequence[Booked]
    shelf: Shelf


class _Best(NamedTuple):
    """The best so far: which stay, which are replaced by what, and the times."""

    kept: tuple[Booked, ...]
    replaced: Replaced
    found: Found


def reflow(problem: Problem, present: Sequence[Booked]) -> Reflow | NoCourse:
    """Return the fewest changes to the visits booked that make a course of the steps, then the least shift.

    The steps are all visits that remain, `present` those of them that are booked. A visit kept, moved, booked or
    canceled is one row; moved visits keep their order. Where no course fits, NoCourse says why.
    """
    booked = sorted(present, key=lambda each: (each.starts_at, each.physician_id))
    case = _Case(_with_present(problem, booked), booked, Shelf())
    course = plan(case.problem)
    if isinstance(course, NoCourse):
        return course
    least_price = course.cost // weights_of(problem.style).price
    counts = range(len(booked), -1, -1)
    best = next(best for count in counts if (best := _best(case, count, least_price=least_price)) is not None)
    return _reflow(case, best)


def _with_present(problem: Problem, booked: Sequence[Booked]) -> Problem:
    """Return the problem with the booked times to choose from, instead of the same ones found free."""
    merged: dict[tuple[int, Kind], tuple[Candidate, ...]] = {}
    for step in problem.steps:
        key = id(step.candidates), step.kind
        if key not in merged:
            own = [each for each in booked if each.kind is step.kind]
            taken = {(each.physician_id, each.starts_at) for each in own}
            free = [time for time in step.candidates if time[:2] not in taken]
            merged[key] = (*free, *(each.time for each in own if each.can_keep))
    steps = (replace(step, candidates=merged[id(step.candidates), step.kind]) for step in problem.steps)
    return replace(problem, steps=tuple(steps))


def _best(case: _Case, count: int, *, least_price: int) -> _Best | None:
    """Return the best course that keeps so many visits, if there is one."""
    best: _Best | None = None
    for kept in combinations([each for each in case.booked if each.can_keep], count):
        if not _may_be_possible(case, kept):
            continue
        for replaced in _replacements(case, kept):
            found = _solved(case, kept, replaced=replaced)
            if found is None:
                break
            if found.cost // weights_of(case.problem.style).price > least_price:
                continue
            if best is None or found.cost < best.found.cost:
                best = _Best(kept, replaced, found)
    return best


def _may_be_possible(case: _Case, kept: Sequence[Booked]) -> bool:
    """Tell whether there is any course with these visits, whatever becomes of the others."""
    steps = case.problem.steps
    counts = {kind: sum(step.kind is kind for step in steps) for kind in Kind}
    if any(sum(each.kind is kind for each in kept) > counts[kind] for kind in Kind):
        return False
    nothing = {kind: (None,) * len(steps) for kind in Kind}
    return _solved(case, kept, replaced=nothing, way=Search.any) is not None


def _replacements(case: _Case, kept: Sequence[Booked]) -> Iterator[Replaced]:
    """Yield every way in which the visits not kept are moved to the new times in order, or canceled."""
    ways = []
    for kind in Kind:
        left = [each for each in case.booked if each.kind is kind and each not in kept]
        new = sum(step.kind is kind for step in case.problem.steps) - sum(each.kind is kind for each in kept)
        ways.append([(kind, way) for way in _in_order(left, new)])
    for choice in product(*ways):
        yield dict(choice)


def _in_order(left: Sequence[Booked], new: int) -> Iterator[tuple[Booked | None, ...]]:
    """Yield the ways to give `new` times to visits, in order; a time without a visit is booked anew."""
    if len(left) >= new:
        yield from combinations(left, new)
        return
    for places in combinations(range(new), len(left)):
        taking = dict(zip(places, left, strict=True))
        yield tuple(taking.get(place) for place in range(new))


def _solved(case: _Case, kept: Sequence[Booked], *, replaced: Replaced, way: Way = Search.best) -> Found | None:
    extra = _shifts(case, kept, replaced)
    return solved(case.problem, case.shelf, way=way, kept=[each.time for each in kept], extra=extra)


def _shifts(case: _Case, kept: Sequence[Booked], replaced: Replaced) -> Extra:
    """Return the cost of moving to a time; a booked time is there only for the visits that are kept."""
    kinds = [step.kind for step in case.problem.steps]
    before = [kinds[:index].count(kind) for index, kind in enumerate(kinds)]
    starts = {kind: [each.starts_at for each in kept if each.kind is kind] for kind in Kind}
    present = {(each.kind, each.time): each in kept for each in case.booked}
    a_minute = weights_of(case.problem.style).shift

    def shift(index: int, time: Candidate) -> int | None:
        kind = kinds[index]
        is_kept = present.get((kind, time))
        if is_kept is not None:
            return 0 if is_kept else None
        place = before[index] - bisect_left(starts[kind], time.starts_at)
        if not 0 <= place < len(replaced[kind]):
            return None
        visit = replaced[kind][place]
        return 0 if visit is None else a_minute * (abs(time.starts_at - visit.starts_at) // _MINUTE)

    return shift


def _reflow(case: _Case, best: _Best) -> Reflow:
    problem = case.problem
    course = course_of(problem, best.found.times, cost=best.found.cost)
    left = {kind: list(visits) for kind, visits in best.replaced.items()}
    staying = {(each.kind, each.time): each for each in best.kept}
    rows = [_row(visit, staying, left) for visit in course.visits]
    moved = {row.booked for row in rows}
    rows += [Row(CANCEL, each, None) for each in case.booked if each not in moved]
    rows.sort(key=lambda row: row.starts_at)
    return Reflow(rows=with_needs(problem, with_reasons(problem, rows)), course=course)


def _row(visit: Placed, staying: Mapping[tuple[Kind, Candidate], Booked], left: dict[Kind, list[Booked | None]]) -> Row:
    kept = staying.get((visit.step.kind, visit.candidate))
    if kept is not None:
        return Row(KEEP, kept, visit)
    replaced = left[visit.step.kind].pop(0)
    return Row(MOVE, replaced, visit) if replaced else Row(BOOK, None, visit)
