"""New places for many visits at once: as many as can be, then the cheapest; exact, by search over a relaxation.

The relaxation lets two visits overlap as long as their physicians' parts begin in different stretches of the length of
the shortest part; there it is a matching, whose cost no true answer undercuts. Where its answer collides, one of those
who collide has to give way, and each way is tried, the most promising first.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterator, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import pairwise
from typing import NamedTuple

from clinic.replacement.rules.matching import cheapest_seats
from clinic.treatment.rules.planning import Limit

EFFORT = 6_000
"""So many rows are seated at most, over all relaxations; what is best by then is taken."""


class Taken(NamedTuple):
    """A stretch in epoch seconds, half-open, of somebody who can be in one place only."""

    owner: Hashable
    begin: int
    end: int


class Place(NamedTuple):
    """Where a visit could go: what that costs (0 or more), and whom it takes; the first stretch is the physician's."""

    key: Hashable
    cost: int
    takes: tuple[Taken, ...]
    limits: tuple[Limit, ...] = ()


class Assignment(NamedTuple):
    """Each row's place, or None; `is_best` is false where the search was cut short and a better one may exist."""

    places: tuple[Place | None, ...]
    is_best: bool

    @property
    def score(self) -> tuple[int, int]:
        """Return what assignments are compared by: how many go without, then the cost."""
        chosen = [place for place in self.places if place is not None]
        return len(self.places) - len(chosen), sum(place.cost for place in chosen)


Rows = Sequence[Sequence[Place]]
Chosen = Sequence[Place | None]
Clash = Callable[[Chosen], Collection[int]]
"""Names rows whose places do not go together for other reasons than time and caps, or nobody."""


def nobody(_chosen: Chosen) -> Collection[int]:
    """Find nothing wrong."""
    return ()


def assign(rows: Rows, *, clash: Clash = nobody, effort: int = EFFORT) -> Assignment:
    """Return a place for as many rows as can be, and of all such ways the cheapest."""
    return _Search(rows, clash).best(effort)


def greedy(rows: Rows, *, clash: Clash = nobody) -> Assignment:
    """Return what comes of giving each row in turn its cheapest place still free."""
    return Assignment(tuple(_repaired(rows, [None] * len(rows), clash)), is_best=False)


class _GiveWay(NamedTuple):
    """One of those who collide, and which of its places it would have to leave alone."""

    row: int
    leaves: Callable[[Place], bool]


@dataclass(slots=True)
class _Search:
    rows: Rows
    clash: Clash

    def best(self, effort: int) -> Assignment:
        """Search the ways to give way, the one with the least bound first."""
        cheapest_first = [sorted(row, key=lambda place: place.cost) for row in self.rows]
        found = min(greedy(cheapest_first, clash=self.clash), greedy(self.rows, clash=self.clash), key=_score)
        waiting: list[tuple[int, int, Rows, Chosen]] = []
        self._relax(cheapest_first, waiting, 0)
        done = 1
        while waiting:
            bound, _, left, chosen = heappop(waiting)
            if bound >= self._price(found.score):
                return Assignment(found.places, is_best=True)
            ways = _collision(chosen, self.clash)
            if ways is None:
                return Assignment(tuple(chosen), is_best=True)
            repaired = Assignment(tuple(_repaired(left, chosen, self.clash)), is_best=False)
            found = min(found, repaired, key=_score)
            if done * max(1, len(self.rows)) >= effort:
                return found
            for way in ways:
                done += 1
                self._relax(_without(left, way), waiting, done)
        return Assignment(found.places, is_best=True)

    def _relax(self, left: Rows, waiting: list[tuple[int, int, Rows, Chosen]], order: int) -> None:
        width = min((_length(place) for row in left for place in row), default=1)
        seats: list[dict[Hashable, Place]] = []
        for row in left:
            cheapest: dict[Hashable, Place] = {}
            for place in row:
                cheapest.setdefault((place.takes[0].owner, place.takes[0].begin // width), place)
                # The others sit in fewer seats than this, so one of these is always left.
                if len(cheapest) == len(left):
                    break
            seats.append(cheapest)
        costs = [{seat: place.cost for seat, place in each.items()} for each in seats]
        bound, taken = cheapest_seats(costs, without=self._without)
        chosen = [None if seat is None else seats[at][seat] for at, seat in enumerate(taken)]
        heappush(waiting, (bound, order, left, chosen))

    @property
    def _without(self) -> int:
        """Return the price of one row without a place: more than all places together can cost."""
        return 1 + sum(max((place.cost for place in row), default=0) for row in self.rows)

    def _price(self, score: tuple[int, int]) -> int:
        return score[0] * self._without + score[1]


def _score(found: Assignment) -> tuple[int, int]:
    return found.score


def _length(place: Place) -> int:
    return max(1, place.takes[0].end - place.takes[0].begin)


def _without(rows: Rows, way: _GiveWay) -> Rows:
    left = [place for place in rows[way.row] if not way.leaves(place)]
    return [*rows[: way.row], left, *rows[way.row + 1 :]]


def _collision(chosen: Chosen, clash: Clash) -> list[_GiveWay] | None:
    """Return the ways out of the first collision, of which every true answer takes one, or None without any."""
    placed = [(row, place) for row, place in enumerate(chosen) if place is not None]
    for ways in (*_in_time(placed), *_in_caps(placed)):
        return ways
    wrong = clash(chosen)
    return [_GiveWay(row, _is(chosen[row])) for row in wrong] if wrong else None


def _in_time(placed: Sequence[tuple[int, Place]]) -> Iterator[list[_GiveWay]]:
    of_owner: dict[Hashable, list[tuple[int, int, int]]] = defaultdict(list)
    for row, place in placed:
        for taken in place.takes:
            of_owner[taken.owner].append((taken.begin, taken.end, row))
    for owner, stretches in of_owner.items():
        stretches.sort()
        for (_, end, one), (begin, _, other) in pairwise(stretches):
            if begin < end and one != other:
                yield [_GiveWay(row, _covers(owner, begin)) for row in (one, other)]


def _in_caps(placed: Sequence[tuple[int, Place]]) -> Iterator[list[_GiveWay]]:
    taken: dict[Limit, list[int]] = defaultdict(list)
    for row, place in placed:
        for limit in place.limits:
            taken[limit].append(row)
            if len(taken[limit]) > limit.room:
                yield [_GiveWay(each, _uses(limit.key)) for each in taken[limit]]


def _covers(owner: Hashable, instant: int) -> Callable[[Place], bool]:
    return lambda place: any(one.owner == owner and one.begin <= instant < one.end for one in place.takes)


def _uses(key: Hashable) -> Callable[[Place], bool]:
    return lambda place: any(limit.key == key for limit in place.limits)


def _is(chosen: Place | None) -> Callable[[Place], bool]:
    return lambda place: chosen is not None and place.key == chosen.key


def _repaired(rows: Rows, chosen: Chosen, clash: Clash) -> list[Place | None]:
    """Return places that go together: those chosen as far as they do, else each row's cheapest that is still free."""
    book, found = _Book(), list[Place | None]([None] * len(rows))
    for row, place in enumerate(chosen):
        book.try_for(found, row, [place] if place else [], clash)
    for row, places in enumerate(rows):
        if found[row] is None:
            book.try_for(found, row, sorted(places, key=lambda place: place.cost), clash)
    return found


class _Book:
    """Whose time and which caps are taken so far."""

    def __init__(self) -> None:
        self._busy: dict[Hashable, list[Taken]] = defaultdict(list)
        self._used: dict[Hashable, int] = defaultdict(int)

    def try_for(  # noqa: PLR0917 - one step over the places found so far
        self, found: list[Place | None], row: int, places: Sequence[Place], clash: Clash
    ) -> None:
        """Give a row the first of its places that is free and goes with the others."""
        for place in places:
            if not self.takes(place):
                continue
            found[row] = place
            if not clash(found):
                return
            found[row] = None
            self._give_back(place)

    def takes(self, place: Place) -> bool:
        """Take a place if it is free, and tell whether it was."""
        for one in place.takes:
            if any(one.begin < other.end and other.begin < one.end for other in self._busy[one.owner]):
                return False
        if any(self._used[limit.key] >= limit.room for limit in place.limits):
            return False
        for one in place.takes:
            self._busy[one.owner].append(one)
        for limit in place.limits:
            self._used[limit.key] += 1
        return True

    def _give_back(self, place: Place) -> None:
        for one in place.takes:
            self._busy[one.owner].remove(one)
        for limit in place.limits:
            self._used[limit.key] -= 1
