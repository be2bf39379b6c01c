"""What several searches over the same candidates share: the times by day, and what each is worth."""

from collections.abc import Callable, Hashable, Mapping
from itertools import chain

from clinic.treatment.rules.planning.course import Candidate, Problem, Relax, Style
from clinic.treatment.rules.planning.times import ByDay, Priced, Tight, Times, by_day
from clinic.treatment.rules.planning.weights import Weights, price_of, weights_of

_Key = tuple[int, Style, frozenset[Relax], Tight]


class Shelf:
    """Times of the candidates seen so far, which are told apart by identity: a step's tuple is read once."""

    def __init__(self) -> None:
        self._days: dict[int, tuple[tuple[Candidate, ...], ByDay]] = {}
        self._caps: dict[int, Mapping[Hashable, int]] = {}
        self._times: dict[_Key, Times] = {}
        self._prices: dict[tuple[Style, frozenset[Relax]], Priced] = {}

    def days(self, candidates: tuple[Candidate, ...]) -> ByDay:
        """Return candidates by day."""
        known = self._days.get(id(candidates))
        if known is None:
            # The tuple is kept too, so that no other one can get its identity.
            known = self._days[id(candidates)] = candidates, by_day(candidates)
        return known[1]

    def caps(self, candidates: tuple[Candidate, ...]) -> Mapping[Hashable, int]:
        """Return for each cap the last day on which one of the candidates takes a place."""
        if id(candidates) not in self._caps:
            ordered = chain.from_iterable(self.days(candidates).values())
            self._caps[id(candidates)] = {limit.key: time.day for time in ordered for limit in time.limits}
        return self._caps[id(candidates)]

    def times(self, candidates: tuple[Candidate, ...], problem: Problem, tight: Tight) -> Times:
        """Return the times that a problem may use, with only the caps in `tight` heeded."""
        key = id(candidates), problem.style, problem.allow, tight
        if key not in self._times:
            self._times[key] = Times(self.days(candidates), self.price(problem), tight=tight)
        return self._times[key]

    def price(self, problem: Problem) -> Priced:
        """Return what prices a time by itself."""
        key = problem.style, problem.allow
        if key not in self._prices:
            self._prices[key] = _pricing(problem)
        return self._prices[key]


def _pricing(problem: Problem) -> Callable[[Candidate], int | None]:
    weights, allow = weights_of(problem.style), problem.allow
    known: dict[tuple[object, ...], int | None] = {}

    def price(time: Candidate) -> int | None:
        if time.limits and any(limit.room <= 0 for limit in time.limits):
            return None
        traits = time[4:8]
        if traits not in known:
            known[traits] = _price(time, weights) if allow.issuperset(time.breaks) else None
        return known[traits]

    return price


def _price(time: Candidate, weights: Weights) -> int:
    asked = sum(price_of(kind) for kind in time.breaks)
    wishes = weights.other * time.is_other + weights.outside * time.is_outside + weights.clock * time.clock
    return weights.price * asked + wishes
