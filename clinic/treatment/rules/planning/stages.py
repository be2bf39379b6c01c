"""The steps of a problem as the search sees them: which days each may be on, and at what cost."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Hashable, Mapping, Sequence

from clinic.treatment.rules.planning.course import Candidate, Kind, Problem, Relax, Step
from clinic.treatment.rules.planning.shelf import Shelf
from clinic.treatment.rules.planning.times import NOTHING_TIGHT, Priced, Tight, Times
from clinic.treatment.rules.planning.weights import Weights, price_of, weights_of

FAR = 1 << 30
"""More days than any course has."""

MOST_GRANTED = 14
"""Nobody is asked to let a visit be later, or a course longer, by more days: that would be another course."""

Extra = Callable[[int, Candidate], int | None]
"""What a time costs for one step beyond the usual, by the step's index; None if it is not to be used."""


class Stage:
    """One step with its times; a gap is the days since the session before, None if there is none."""

    def __init__(
        self,
        step: Step,
        times: Times,
        *,
        problem: Problem,
        is_last: bool,
        base: int,
        caps: Mapping[Hashable, int],
    ) -> None:
        spacing, allow = step.spacing, problem.allow
        self.step, self.times, self.caps = step, times, caps
        self.is_session = step.kind is Kind.SESSION
        self.least_gap = spacing.least_gap
        self.low = spacing.least_days if Relax.EARLY in allow else max(spacing.least_days, spacing.from_days)
        self.high = FAR if spacing.most_days is None else spacing.most_days + MOST_GRANTED * (Relax.LATE in allow)
        self._relaxed_end = Relax.BEGIN if self.is_session else Relax.LATE
        self._until = FAR if step.last_day is None else step.last_day + MOST_GRANTED * (self._relaxed_end in allow)
        self._until = min(self._until, FAR if step.closed_after is None else step.closed_after)
        self._weights = weights_of(problem.style)
        self._dates_count = is_last or not self.is_session
        self._base = base
        self._gap_costs: dict[int, int] = {}

    def choices(self, previous: int | None, least: int = 0) -> Sequence[int]:
        """Return the days on which the step may be after a session on `previous`, at least `least` days later."""
        low, high = self.window(previous, least)
        days = self.times.days
        return days[bisect_left(days, low) : bisect_right(days, high)]

    def window(self, previous: int | None, least: int = 0) -> tuple[int, int]:
        """Return the first and the last day on which the step may be, whether or not there is a time."""
        low, high = self.step.first_day or 0, self._until
        if previous is not None and not self.step.stands_alone:
            low, high = max(low, previous + max(self.low, least)), min(high, previous + self.high)
        return low, high

    def cost(self, previous: int | None, day: int) -> int:
        """Return what the day costs, whatever the time."""
        cost = 0 if previous is None or self.step.stands_alone else self._gap_cost(day - previous)
        if self._dates_count:
            cost += self._weights.end * (day - self._base)
        last = self.step.last_day
        if last is not None and day > last:
            cost += self._weights.price * price_of(self._relaxed_end, day - last)
        return cost

    def _gap_cost(self, gap: int) -> int:
        if gap not in self._gap_costs:
            self._gap_costs[gap] = _gap_cost(self.step, gap, self._weights)
        return self._gap_costs[gap]


def _gap_cost(step: Step, gap: int, weights: Weights) -> int:
    spacing, cost = step.spacing, 0
    if spacing.target_days is not None:
        cost = weights.deviation * (gap - spacing.target_days) ** 2
    if gap < spacing.from_days:
        cost += weights.price * price_of(Relax.EARLY, spacing.from_days - gap)
    if spacing.most_days is not None and gap > spacing.most_days:
        cost += weights.price * price_of(Relax.LATE, gap - spacing.most_days)
    return cost


def stages_of(
    problem: Problem,
    shelf: Shelf,
    *,
    tight: Tight = NOTHING_TIGHT,
    kept: Sequence[Candidate] = (),
    extra: Extra | None = None,
) -> tuple[Stage, ...]:
    """Return the steps with their times; steps that share their candidates share the work, unless `extra` differs."""
    base = min((min(days) for step in problem.steps if (days := shelf.days(step.candidates))), default=0)
    last = max((index for index, step in enumerate(problem.steps) if step.kind is Kind.SESSION), default=-1)
    stages = []
    for index, step in enumerate(problem.steps):
        if extra is None:
            times = shelf.times(step.candidates, problem, tight)
        else:
            price = _with_extra(shelf.price(problem), extra, index)
            times = Times(shelf.days(step.candidates), price, tight=tight, kept=kept)
        caps = shelf.caps(step.candidates) if tight else {}
        stages.append(Stage(step, times, problem=problem, is_last=index == last, base=base, caps=caps))
    return tuple(stages)


def _with_extra(price: Priced, extra: Extra, index: int) -> Priced:
    def priced(time: Candidate) -> int | None:
        usual, more = price(time), extra(index, time)
        return None if usual is None or more is None else usual + more

    return priced
