"""The times of one step, day by day: per day only what an earlier or cheaper time does not make pointless."""

from bisect import bisect_left
from collections.abc import Callable, Hashable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import NamedTuple

from clinic.treatment.rules.planning.course import Candidate

ByDay = dict[int, list[Candidate]]
Priced = Callable[[Candidate], int | None]
"""The cost of a time by itself, None if it cannot be used."""

_COST = itemgetter(0)
_START, _DAY = attrgetter("starts_at"), attrgetter("day")


Tight = tuple[Hashable, ...]
"""The caps that are heeded; the search knows each by its place among them."""

NOTHING_TIGHT: Tight = ()

_Alike = tuple[tuple[tuple[int, int], ...], int, bool]


class Chain(NamedTuple):
    """Times of one day and length in order of start and cost; `following` is for each the next one that is cheaper."""

    starts: list[int]
    costs: list[int]
    following: list[int]
    times: list[Candidate]

    def worth_trying(self, earliest: int) -> Iterator[int]:
        """Return the positions of times from `earliest` on, each cheaper than all before it."""
        position, end = bisect_left(self.starts, earliest), len(self.starts)
        while position < end:
            yield position
            position = self.following[position]


class Group:
    """Times of one day that take the same places of caps, of which one can make another pointless.

    `limits` are the numbers of tight caps with their room. `floor` is the least cost, `first` and `last` are the ends
    of their starts. Before them lie `rank` visits that are kept as booked; `is_kept` says that this is one.
    """

    __slots__ = ("_chains", "_priced", "first", "floor", "is_kept", "last", "limits", "rank")

    def __init__(self, alike: _Alike, priced: list[tuple[int, Candidate]]) -> None:
        self.limits, self.rank, self.is_kept = alike
        self.floor = min(priced, key=_COST)[0]
        self.first, self.last = priced[0][1].starts_at, priced[-1][1].starts_at
        self._priced = priced
        self._chains: tuple[Chain, ...] | None = None

    @property
    def chains(self) -> tuple[Chain, ...]:
        """Return the times by length: one that lasts longer leaves less room to what follows."""
        if self._chains is None:
            lengths: dict[int, list[tuple[int, Candidate]]] = {}
            for each in self._priced:
                lengths.setdefault(each[1].ends_at - each[1].starts_at, []).append(each)
            self._chains = tuple(_chain(same) for same in lengths.values())
        return self._chains


def by_day(candidates: Sequence[Candidate]) -> ByDay:
    """Return the candidates of each of the patient's days, in order of start."""
    return {day: list(times) for day, times in groupby(sorted(candidates, key=_START), key=_DAY)}


class Times:
    """The usable times of one step, worked out for a day when it is first asked about."""

    def __init__(
        self, days: ByDay, price: Priced, *, tight: Tight = NOTHING_TIGHT, kept: Sequence[Candidate] = ()
    ) -> None:
        self._by_day, self._price, self._kept = days, price, kept
        self._numbers = {key: number for number, key in enumerate(tight)}
        self._groups: dict[int, tuple[Group, ...]] = {}
        self.days = sorted(days)

    def open_hours(self, day: int) -> tuple[int, int] | None:
        """Return the first and the last start of a day, whether or not they can be used."""
        times = self._by_day.get(day)
        return (times[0].starts_at, times[-1].starts_at) if times else None

    def groups(self, day: int) -> tuple[Group, ...]:
        """Return the usable times of a day, those together of which one can make another pointless."""
        if day not in self._groups:
            times = self._by_day.get(day, ())
            priced = [(cost, time) for time in times if (cost := self._price(time)) is not None]
            alike = self._grouped(priced) if self._numbers or self._kept else {((), 0, False): priced}
            self._groups[day] = tuple(Group(traits, group) for traits, group in alike.items() if group)
        return self._groups[day]

    def _grouped(self, priced: list[tuple[int, Candidate]]) -> dict[_Alike, list[tuple[int, Candidate]]]:
        alike: dict[_Alike, list[tuple[int, Candidate]]] = {}
        for each in priced:
            alike.setdefault(self._alike(each[1]), []).append(each)
        return alike

    def _alike(self, time: Candidate) -> _Alike:
        limits = tuple((self._numbers[key], room) for key, room in time.limits if key in self._numbers)
        return limits, bisect_left(self._kept, time.starts_at, key=_START), time in self._kept


def _chain(priced: list[tuple[int, Candidate]]) -> Chain:
    priced.sort(key=lambda each: (each[1].starts_at, each[0], each[1].physician_id.int))
    costs = [cost for cost, _ in priced]
    times = [time for _, time in priced]
    return Chain([time.starts_at for time in times], costs, _next_cheaper(costs), times)


def _next_cheaper(costs: list[int]) -> list[int]:
    following = [len(costs)] * len(costs)
    waiting: list[int] = []
    for position, cost in enumerate(costs):
        while waiting and costs[waiting[-1]] > cost:
            following[waiting.pop()] = position
        waiting.append(position)
    return following
