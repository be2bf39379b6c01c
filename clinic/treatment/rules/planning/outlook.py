"""The course by whole days: which days can follow which, and from each the least cost of finishing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from clinic.treatment.rules.planning.course import Anchor, Kind, Problem, Relax, Span
from clinic.treatment.rules.planning.reach import Reach
from clinic.treatment.rules.planning.stages import MOST_GRANTED, Stage
from clinic.treatment.rules.planning.times import Group
from clinic.treatment.rules.planning.weights import price_of, weights_of

_WEEK = 7

Usage = frozenset[tuple[int, int]]
"""How many places of each tight cap are taken that a later step could still take one of."""


class State(NamedTuple):
    """All of a beginning by whole days that matters later.

    The day of the last session, how many days before it the sessions were that the next ones must heed (the nearest
    first), the places of caps taken, and how many of the kept visits are in it.
    """

    day: int | None
    recent: tuple[int, ...]
    usage: Usage = frozenset()
    kept: int = 0


class Edge(NamedTuple):
    """Times of one day for the next step, the cost of the day without the time's own, and the state that follows."""

    cost: int
    group: Group
    target: State


Edges = list[dict[State, list[Edge]]]
"""For every step, from each state that can come before it."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What can follow each state, and the least cost of finishing from there; what cannot be finished is left out."""

    start: State
    edges: Edges
    least: list[dict[State, int]]

    @property
    def bound(self) -> int | None:
        """Return the least that a course can cost, None if there is none."""
        return self.least[0].get(self.start)

    def bounds_by_day(self, index: int) -> dict[int, int]:
        """Return for each day on which a session can be the least that a course costs from there."""
        bounds: dict[int, int] = {}
        for edges in self.edges[index].values():
            for cost, group, target in edges:
                bound, day = cost + group.floor + self.least[index + 1][target], target.day
                if day is not None:
                    bounds[day] = min(bound, bounds.get(day, bound))
        return bounds


def outlook_of(problem: Problem, stages: Sequence[Stage], reach: Reach) -> Outlook:
    """Return the outlook of a problem, whatever the length of the course."""
    ahead = _Ahead(problem, stages, reach)
    return _finished(ahead.start, ahead.edges(), kept=reach.kept)


def narrowed(outlook: Outlook, problem: Problem, first_day: int, *, kept: int, opening: int | None) -> Outlook:
    """Return what of an outlook keeps to the length of the course, which is counted from `first_day`.

    If `opening` is given, that step, the first session, is on this day.
    """
    assert problem.span is not None
    steps = problem.steps
    sessions = [index for index, step in enumerate(steps) if step.kind is Kind.SESSION]
    length = _Length(problem, problem.span, first_day)
    states: Iterable[State] = (outlook.start,)
    narrow: Edges = []
    for index, known in enumerate(outlook.edges):
        found = {state: known[state] for state in states if state in known}
        if index == opening:
            found = {state: [edge for edge in edges if edge.target.day == first_day] for state, edges in found.items()}
        if index in sessions:
            found = {state: length.kept(edges, is_last=index == sessions[-1]) for state, edges in found.items()}
        narrow.append(found)
        states = {edge.target: None for edges in found.values() for edge in edges}
    return _finished(outlook.start, narrow, kept=kept)


def least_days(state: State) -> int:
    """Return how many days after the last session the next one may be, for the sake of the week."""
    if state.day is None:
        return 0
    return _WEEK - (state.recent[-1] if state.recent else 0)


class _Length(NamedTuple):
    """The length of a course as it counts for days of sessions."""

    problem: Problem
    span: Span
    first_day: int

    def kept(self, edges: Sequence[Edge], *, is_last: bool) -> list[Edge]:
        """Return the edges that keep to the length, the last session's at the price of what is beyond."""
        most = self.span.most_days + (MOST_GRANTED if Relax.SPAN in self.problem.allow else 0)
        latest = self.first_day + most
        within = [edge for edge in edges if edge.target.day is not None and edge.target.day <= latest]
        if not is_last:
            return within
        earliest = self.first_day + self.span.least_days
        return [self._priced(edge) for edge in within if edge.target.day is not None and edge.target.day >= earliest]

    def _priced(self, edge: Edge) -> Edge:
        beyond = (edge.target.day or 0) - self.first_day - self.span.most_days
        if beyond <= 0:
            return edge
        return edge._replace(cost=edge.cost + weights_of(self.problem.style).price * price_of(Relax.SPAN, beyond))


class _Ahead:
    """Works out the edges of every step, forward from the start."""

    def __init__(self, problem: Problem, stages: Sequence[Stage], reach: Reach) -> None:
        self._stages, self._reach = stages, reach
        self._anchors, self._most = problem.anchors, problem.weekly_most
        self.start = _start(problem.anchors, problem.weekly_most)

    def edges(self) -> Edges:
        """Return the edges of every step."""
        states: Iterable[State] = (self.start,)
        before: Stage | None = None
        edges: Edges = []
        for index, stage in enumerate(self._stages):
            found = {state: self._from(index, state, before) for state in states}
            edges.append(found)
            states = {edge.target: None for each in found.values() for edge in each}
            before = stage if stage.is_session else before
        return edges

    def _from(self, index: int, state: State, before: Stage | None) -> list[Edge]:
        stage, previous = self._stages[index], state.day
        least, earliest = 0, 0
        if stage.is_session:
            least = least_days(state)
            earliest = 0 if previous is None else self._earliest(previous, before) + stage.least_gap
        edges = []
        for day in stage.choices(previous, least):
            cost = stage.cost(previous, day)
            after = self._after(state, day) if stage.is_session else state
            for group in stage.times.groups(day):
                target = self._with_group(index, after, group) if group.last >= earliest else None
                if target is not None:
                    edges.append(Edge(cost, group, target))
        return edges

    def _after(self, state: State, day: int) -> State:
        if self._most == 1:
            return State(day, (), state.usage, state.kept)
        # What lies a week before any possible next session does not count any more.
        clip = _WEEK - self._reach.least_days
        if state.day is None:
            return State(day, (clip,) * (self._most - 1), state.usage, state.kept)
        gap = day - state.day
        recent = tuple([min(clip, gap + offset) for offset in (0, *state.recent)[: self._most - 1]])
        return State(day, recent, state.usage, state.kept)

    def _with_group(self, index: int, state: State, group: Group) -> State | None:
        """Return the state with one of the times taken, None if a cap or a kept visit is in the way."""
        if group.rank != state.kept:
            return None
        if not group.limits and not state.usage:
            return state._replace(kept=state.kept + 1) if group.is_kept else state
        taken = dict(state.usage)
        for key, room in group.limits:
            taken[key] = taken.get(key, 0) + 1
            if taken[key] > room:
                return None
        alive, day = self._reach.caps[index], state.day or 0
        usage = frozenset([each for each in taken.items() if alive.get(each[0], -1) >= day])
        return State(state.day, state.recent, usage, state.kept + group.is_kept)

    def _earliest(self, previous: int, before: Stage | None) -> int:
        groups = before.times.groups(previous) if before else ()
        return min([group.first for group in groups], default=0) or self._anchors[-1].starts_at


def _start(anchors: Sequence[Anchor], most: int) -> State:
    if not anchors:
        return State(None, ())
    days = [anchor.day for anchor in anchors[-most:]]
    offsets = [days[-1] - day for day in reversed(days[:-1])]
    return State(days[-1], (*offsets, *([_WEEK] * (most - 1 - len(offsets)))))


def _finished(start: State, edges: Edges, *, kept: int) -> Outlook:
    """Return an outlook, looking back from the end."""
    ends = {edge.target for found in edges[-1].values() for edge in found} if edges else {start}
    least = [{state: 0 for state in ends if state.kept == kept}]
    finished: Edges = []
    for found in reversed(edges):
        ahead = least[-1]
        possible = {state: [edge for edge in each if edge.target in ahead] for state, each in found.items()}
        possible = {state: each for state, each in possible.items() if each}
        finished.append(possible)
        least.append(
            {
                state: min([cost + group.floor + ahead[to] for cost, group, to in each])
                for state, each in possible.items()
            }
        )
    return Outlook(start, finished[::-1], least[::-1])
