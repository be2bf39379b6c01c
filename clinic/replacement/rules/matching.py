"""The cheapest way to give each row a seat of its own: shortest augmenting paths over the few seats that each has."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import NamedTuple


class _Standing(NamedTuple):
    """The seat that every row has to itself: going without one."""

    row: int


def cheapest_seats(rows: Sequence[Mapping[Hashable, int]], *, without: int) -> tuple[int, list[Hashable | None]]:
    """Return the least total cost, and each row's seat or None; no seat is given twice.

    `rows` are the seats that each may have with their costs, 0 or more; going without costs `without`. Rows are seated
    one by one, each by Dijkstra's search over reduced costs (Edmonds and Karp, 1972).
    """
    whole = [{**row, _Standing(at): without} for at, row in enumerate(rows)]
    work = _Work(whole)
    for row in range(len(whole)):
        work.seat(row)
    seats = [work.seat_of[row] for row in range(len(whole))]
    total = sum(row[seat] for row, seat in zip(whole, seats, strict=True))
    return total, [None if isinstance(seat, _Standing) else seat for seat in seats]


@dataclass(slots=True)
class _Work:
    """Rows seated so far and the prices of both sides, which keep every reduced cost at 0 or more."""

    rows: Sequence[Mapping[Hashable, int]]
    seat_of: dict[int, Hashable] = field(default_factory=dict)
    row_in: dict[Hashable, int] = field(default_factory=dict)
    row_price: dict[int, int] = field(default_factory=dict)
    seat_price: dict[Hashable, int] = field(default_factory=dict)

    def seat(self, new: int) -> None:
        """Seat one more row; others move along the cheapest path to a free seat."""
        path, row = _Path(), new
        path.extend(self, row)
        far, seat = path.nearest()
        while seat in self.row_in:
            path.passed[seat] = far
            row = self.row_in[seat]
            path.extend(self, row, far=far)
            far, seat = path.nearest()
        for each, length in path.passed.items():
            self.seat_price[each] = self.seat_price.get(each, 0) - (far - length)
            self.row_price[self.row_in[each]] += far - length
        self.row_price[new] = far
        while True:
            row = path.came_from[seat]
            before = self.seat_of.get(row)
            self.seat_of[row], self.row_in[seat] = seat, row
            if before is None:
                return
            seat = before


@dataclass(slots=True)
class _Path:
    """The search for the nearest free seat: what was reached from where, and the seats passed for good."""

    came_from: dict[Hashable, int] = field(default_factory=dict)
    passed: dict[Hashable, int] = field(default_factory=dict)
    _reached: dict[Hashable, int] = field(default_factory=dict)
    _waiting: list[tuple[int, int, Hashable]] = field(default_factory=list)
    _pushed: int = 0

    def extend(self, work: _Work, row: int, *, far: int = 0) -> None:
        """Reach every seat of a row that is itself `far` away."""
        price = work.row_price.get(row, 0)
        for seat, cost in work.rows[row].items():
            length = far + cost - price - work.seat_price.get(seat, 0)
            if seat not in self.passed and length < self._reached.get(seat, length + 1):
                self._reached[seat], self.came_from[seat] = length, row
                self._pushed += 1
                heappush(self._waiting, (length, self._pushed, seat))

    def nearest(self) -> tuple[int, Hashable]:
        """Return the nearest seat that was not passed yet, and how far it is; every row has its own standing place."""
        far, _, seat = heappop(self._waiting)
        while seat in self.passed:
            far, _, seat = heappop(self._waiting)
        return far, seat
