"""Sets of possible starting times as the bits of one integer, so that each rule is one AND and one count."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import compress

from clinic.scheduling.rules.visits import FOREVER, Range

_AS_FLAGS = bytes.maketrans(b"01", b"\x00\x01")


@dataclass(frozen=True, slots=True)
class Grid:
    """Starting times `origin + i * step` for `0 <= i < size`, in epoch seconds; bit i of a set stands for the i-th."""

    origin: int
    step: int
    size: int

    @property
    def end(self) -> int:
        """Return the instant at which the starting times end."""
        return self.origin + self.size * self.step

    @property
    def everything(self) -> int:
        """Return the set of all starting times."""
        return (1 << self.size) - 1

    def between(self, begin: int, end: int) -> int:
        """Return the starting times s with begin <= s < end."""
        first = max(0, -((self.origin - begin) // self.step))
        stop = min(self.size, -((self.origin - end) // self.step))
        return (1 << stop) - (1 << first) if stop > first else 0

    def starting_in(self, ranges: Iterable[Range]) -> int:
        """Return the starting times that lie in one of the ranges."""
        return self._shifted(ranges, 0, 0)

    def within(self, ranges: Iterable[Range], *, begin: int, end: int) -> int:
        """Return the starting times s for which one of the ranges contains all of [s + begin, s + end).

        Ranges that touch are not joined: give them merged.
        """
        return self._shifted(ranges, -begin, 1 - end)

    def colliding(self, ranges: Iterable[Range], *, begin: int, end: int) -> int:
        """Return the starting times s for which [s + begin, s + end) overlaps one of the ranges."""
        return self._shifted(ranges, 1 - end, -begin)

    def _shifted(self, ranges: Iterable[Range], at_begin: int, at_end: int) -> int:
        # Runs for every appointment in the calendar. Neighbors in a full calendar run together after the shift, and
        # joining them by comparison costs a fifth of marking each; marking digits costs a third of setting bits.
        digits = bytearray(b"0") * self.size
        begin, end, reach = -FOREVER, -FOREVER, at_end - at_begin
        for low, high in ranges:
            if begin <= low <= end + reach:
                if high > end:  # noqa: PLR1730 - max() costs more than the rest of the loop
                    end = high
                continue
            self._mark(digits, begin + at_begin, end + at_end)
            begin, end = low, high
        self._mark(digits, begin + at_begin, end + at_end)
        return int(digits or b"0", 2)

    def _mark(self, digits: bytearray, begin: int, end: int) -> None:
        """Write a one, the last digit for the first starting time, for each s with begin <= s < end."""
        first = max(0, -((self.origin - begin) // self.step))
        stop = min(self.size, -((self.origin - end) // self.step))
        if stop > first:
            digits[self.size - stop : self.size - first] = b"1" * (stop - first)

    def members(self, bits: int) -> Iterator[int]:
        """Yield the starting times in a set, earliest first."""
        flags = bin(bits)[:1:-1].encode().translate(_AS_FLAGS)
        return compress(range(self.origin, self.end, self.step), flags)
