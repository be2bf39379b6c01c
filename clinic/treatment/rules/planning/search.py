"""The exact search: always the cheapest beginning first, judged by what it costs at the least to finish it."""

from collections.abc import Iterator, Sequence
from heapq import heapify, heappop, heappush
from itertools import count
from typing import NamedTuple, Optional

from clinic.treatment.rules.planning.course import Candidate, Problem
from clinic.treatment.rules.planning.outlook import Outlook, State, narrowed, outlook_of
from clinic.treatment.rules.planning.reach import reach_of
from clinic.treatment.rules.planning.stages import Stage
from clinic.treatment.rules.planning.times import NOTHING_TIGHT, Tight


class Beginning(NamedTuple):
    """The first steps with their times chosen: what they cost, the start of the last session, the end of the last."""

    depth: int
    state: State
    cost: int
    start: int
    free: int
    before: Optional["Beginning"]
    chosen: Candidate | None


class Found(NamedTuple):
    """The times chosen, one for each step, and what they cost."""

    times: tuple[Candidate, ...]
    cost: int


class Search:
    """One problem made ready; `kept` visits are all part of the answer."""

    def __init__(
        self,
        problem: Problem,
        stages: Sequence[Stage],
        *,
        tight: Tight = NOTHING_TIGHT,
        kept: Sequence[Candidate] = (),
    ) -> None:
        self._problem, self.stages = problem, stages
        self.reach = reach_of(stages, tight, kept=len(kept))
        self.outlook = outlook_of(problem, stages, self.reach)
        self._first = next((index for index, stage in enumerate(stages) if stage.is_session), None)

    def best(self) -> Found | None:
        """Return the cheapest course, or None when there is none.

        Each first day is judged by whole days without the length, then with it, then searched, only while it can win.
        """
        waiting: list[tuple[int, int, int, Outlook | Found | None]] = list(self._openings())
        heapify(waiting)
        while waiting:
            _, _, day, known = heappop(waiting)
            if isinstance(known, Found):
                return known
            if known is None:
                known = self._narrowed(day)
                if known.bound is not None:
                    heappush(waiting, (known.bound, -1, day, known))
            elif (found := self._best_within(known)) is not None:
                heappush(waiting, (found.cost, -2, day, found))
        return None

    def any(self) -> Found | None:
        """Return any course, which is known sooner than the cheapest."""
        for _, _, day, known in sorted(self._openings(), key=lambda opening: opening[0]):
            outlook = known or self._narrowed(day)
            found = None if outlook.bound is None else self._any_within(outlook)
            if found is not None:
                return found
        return None

    def last_states(self) -> set[State]:
        """Return every state in which the steps can end, whatever the length."""
        if self.outlook.bound is None:
            return set()
        return {whole.state for _, whole in self._whole(self.outlook, is_exact=False)}

    def _openings(self) -> Iterator[tuple[int, int, int, Outlook | None]]:
        """Yield where to begin: at each day of the first session if the length counts from it, else anywhere."""
        span = self._problem.span
        if self.outlook.bound is None:
            return
        if span is None or self._first is None:
            yield self.outlook.bound, -1, 0, self.outlook
        elif span.first_day is not None:
            yield self.outlook.bound, 0, span.first_day, None
        else:
            for day, bound in self.outlook.bounds_by_day(self._first).items():
                yield bound, 0, day, None

    def _narrowed(self, day: int) -> Outlook:
        """Return the outlook for a course whose length is counted from `day`."""
        span = self._problem.span
        opening = self._first if span is not None and span.first_day is None else None
        return narrowed(self.outlook, self._problem, day, kept=self.reach.kept, opening=opening)

    def _best_within(self, outlook: Outlook) -> Found | None:
        if self._any_within(outlook) is None:
            return None
        return next((Found(_times(whole), cost) for cost, whole in self._whole(outlook, is_exact=True)), None)

    def _any_within(self, outlook: Outlook) -> Found | None:
        return next((Found(_times(whole), cost) for cost, whole in self._whole(outlook, is_exact=False)), None)

    def _whole(self, outlook: Outlook, *, is_exact: bool) -> Iterator[tuple[int, Beginning]]:
        """Yield whole courses, the cheapest first; if not `is_exact`, nothing costs anything."""
        serial, seen = count(), _Seen()
        anchor = self._problem.anchors[-1] if self._problem.anchors else None
        start, free = (anchor.starts_at, anchor.ends_at) if anchor else (0, 0)
        nothing = Beginning(0, outlook.start, 0, start, free, None, None)
        waiting = [(0, 0, (0, 0), next(serial), nothing)]
        while waiting:
            cost, _, _, _, beginning = heappop(waiting)
            if beginning.depth == len(self.stages):
                yield cost, beginning
            elif not seen.has_better(beginning):
                for least, longer in self._longer(outlook, beginning, is_exact=is_exact):
                    # Equals are told apart by the time itself, so that the order of the candidates is of no account.
                    heappush(waiting, (least, -longer.depth, _order(longer), next(serial), longer))

    def _longer(self, outlook: Outlook, beginning: Beginning, *, is_exact: bool) -> Iterator[tuple[int, Beginning]]:
        """Yield every beginning with one step more that can still win, with the least cost of finishing it."""
        index, stage = beginning.depth, self.stages[beginning.depth]
        least, earliest = outlook.least[index + 1], 0 if stage.step.stands_alone else beginning.free + stage.step.lead
        if stage.is_session and beginning.state.day is not None:
            earliest = max(earliest, beginning.start + stage.least_gap)
        for price, group, target in outlook.edges[index][beginning.state]:
            for chain in group.chains:
                for position in chain.worth_trying(earliest):
                    time = chain.times[position]
                    cost = beginning.cost + price + chain.costs[position] if is_exact else 0
                    start = time.starts_at if stage.is_session else beginning.start
                    free = max(beginning.free, time.ends_at + stage.step.tail)
                    longer = Beginning(index + 1, target, cost, start, free, beginning, time)
                    yield (cost + least[target] if is_exact else 0), longer
                    if not is_exact:
                        break


class _Seen:
    """The beginnings tried so far, to leave out those that leave no more room than another.

    From one state the rest costs the same, so that the cheapest of a state is tried first and none after it costs less.
    """

    def __init__(self) -> None:
        self._tried: dict[tuple[int, State], list[tuple[int, int]]] = {}

    def has_better(self, beginning: Beginning) -> bool:
        """Tell whether one as good was tried; if not, remember this one."""
        start, free = beginning.start, beginning.free
        tried = self._tried.setdefault((beginning.depth, beginning.state), [])
        if any(one[0] <= start and one[1] <= free for one in tried):
            return True
        tried.append((start, free))
        return False


def _order(beginning: Beginning) -> tuple[int, int]:
    time = beginning.chosen
    return (0, 0) if time is None else (time.starts_at, time.physician_id.int)


def _times(beginning: Beginning) -> tuple[Candidate, ...]:
    times: list[Candidate] = []
    last: Beginning | None = beginning
    while last is not None and last.chosen is not None:
        times.append(last.chosen)
        last = last.before
    return tuple(reversed(times))
