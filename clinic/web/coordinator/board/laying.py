"""Where things lie in a column of the board: minutes from its top, lanes for what overlaps, gaps to book."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

_STEP = 5
_HOUR = 60
_QUARTER = 15
LEAST_MINUTES = 25
"""A block is drawn at least as long as this, so that it can be hit (WCAG 2.5.8) and read."""


class Span(NamedTuple):
    """Minutes from the top of a column, half-open."""

    begin: int
    end: int

    @property
    def minutes(self) -> int:
        """Return how long it lasts."""
        return self.end - self.begin


class Lane(NamedTuple):
    """Which of how many lanes side by side; the first is 0."""

    number: int
    of: int


def classes(span: Span) -> str:
    """Return the position as names of the style sheet: `h3 m15 x0 y30` is 3:15 from the top for half an hour."""
    begin, long = _rounded(span.begin), max(_rounded(span.end) - _rounded(span.begin), _STEP)
    return f"h{begin // _HOUR} m{begin % _HOUR} x{long // _HOUR} y{long % _HOUR}"


def drawn(span: Span) -> Span:
    """Return the span as it is drawn, which is never too low to hit."""
    return Span(span.begin, max(span.end, span.begin + LEAST_MINUTES))


def lanes(spans: Sequence[Span]) -> list[Lane]:
    """Return a lane for each span in the order given; spans that touch share a lane, those that overlap never do."""
    found = [Lane(0, 1)] * len(spans)
    cluster: list[tuple[int, int]] = []
    ends: list[int] = []
    for at in sorted(range(len(spans)), key=lambda one: (spans[one], one)):
        if ends and spans[at].begin >= max(ends):
            _settle(found, cluster, len(ends))
            cluster, ends = [], []
        lane = next((number for number, end in enumerate(ends) if end <= spans[at].begin), len(ends))
        ends[lane : lane + 1] = [spans[at].end]
        cluster.append((at, lane))
    _settle(found, cluster, len(ends))
    return found


def _settle(found: list[Lane], cluster: Iterable[tuple[int, int]], of: int) -> None:
    for at, lane in cluster:
        found[at] = Lane(lane, of)


def within(spans: Iterable[Span], whole: Span) -> list[Span]:
    """Return the parts of the spans that lie in `whole`, in order and without overlap."""
    cut = sorted(Span(max(one.begin, whole.begin), min(one.end, whole.end)) for one in spans)
    joined: list[Span] = []
    for one in cut:
        if one.minutes <= 0:
            continue
        if joined and one.begin <= joined[-1].end:
            joined[-1] = Span(joined[-1].begin, max(joined[-1].end, one.end))
        else:
            joined.append(one)
    return joined


def outside(spans: Iterable[Span], whole: Span) -> list[Span]:
    """Return what is left of `whole` without the spans."""
    left: list[Span] = []
    at = whole.begin
    for one in within(spans, whole):
        left.append(Span(at, one.begin))
        at = one.end
    return [one for one in (*left, Span(at, whole.end)) if one.minutes > 0]


def gaps(openings: Iterable[Span], busy: Sequence[Span], *, not_before: int) -> list[Span]:
    """Return the stretches of the openings that can be booked, from the next quarter on, long enough to hit."""
    found = [gap for opening in openings for gap in outside(busy, opening)]
    cut = [Span(_quarter_after(max(gap.begin, not_before)), gap.end) for gap in found]
    return [gap for gap in cut if gap.minutes >= LEAST_MINUTES]


def _rounded(minutes: int) -> int:
    return (minutes + _STEP // 2) // _STEP * _STEP


def _quarter_after(minutes: int) -> int:
    return -(-minutes // _QUARTER) * _QUARTER
