"""Lines over months: each with its own dashes and mark, and its name with that mark at the right."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

from clinic.web.charts.drawing import NARROW, TEXT, WIDE, Size, framed, line, width_of, words

_TOP, _TALL, _BELOW, _LEFT = 12, 170, 28, 42
_GAP = 16
"""Between the heights of two names."""
_BESIDE = 10
"""From the grid to a name's mark, and from there to the name."""
_MARK = 4.0
_DASHES = ("", "7 3", "2 3", "9 3 2 3", "4 4")
_STROKES = ("#17222c", "#0d5f73", "#7d5200", "#5a3fa3", "#a1232c")


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One line: its name and a percentage for each label, None where nothing is shown."""

    label: str
    values: Sequence[float | None]


def lines(series: Sequence[Series], labels: Sequence[str], *, key: str, title: str) -> Markup:
    """Return the wide and the narrow drawing of percentages, the axis from 0 to a round number."""
    top = _top(series)
    return Markup("").join(_drawn(series, labels, size, top=top, key=key, title=title) for size in (WIDE, NARROW))


def _top(series: Sequence[Series]) -> int:
    most = max((value for one in series for value in one.values if value is not None), default=0)
    return next(top for top in (10, 20, 40, 60, 80, 100) if most <= top)


def _drawn(series: Sequence[Series], labels: Sequence[str], size: Size, *, top: int, key: str, title: str) -> Markup:
    right = max(width_of(one.label) for one in series) + 2 * _BESIDE + 4
    room = size.width - _LEFT - right
    places = [_LEFT + room * (number + 0.5) / len(labels) for number in range(len(labels))]
    parts = [
        *_axis(labels, places, size.width - right, top=top),
        *_series(series, places, size.width - right + _BESIDE, top=top),
    ]
    height = _TOP + _TALL + _BELOW
    return framed(parts, size, height=height, key=key, title=title, description=_described(series, labels))


def _axis(labels: Sequence[str], places: Sequence[float], right: float, *, top: int) -> Iterator[str]:
    for step in range(5):
        value = top * step / 4
        yield line(_LEFT, right, _y(value, top))
        yield words(_LEFT - 8, _y(value, top) + 4, f"{value:g}%", anchor="end", look="quiet")
    pitch = places[1] - places[0] if len(places) > 1 else right
    every = max(1, -(-int(max(map(width_of, labels)) + 8) // max(1, int(pitch))))
    for number in range(len(labels) - 1, -1, -every):
        yield words(places[number], _TOP + _TALL + TEXT + 6, labels[number], anchor="middle", look="quiet")


def _series(series: Sequence[Series], places: Sequence[float], names: float, *, top: int) -> Iterator[str]:
    ends: dict[int, float] = {}
    for number, one in enumerate(series):
        known = [value for value in one.values if value is not None]
        if known:
            yield from _pieces(one, places, number, top=top)
            ends[number] = _y(known[-1], top)
    for number, y in _apart(ends).items():
        yield _mark((names, y), number)
        yield words(names + _BESIDE, y + 4, series[number].label)


def _pieces(one: Series, places: Sequence[float], number: int, *, top: int) -> Iterator[str]:
    """Draw the stretches without a gap, and a mark at every value, so that a value between two gaps is seen."""
    look = f'class="line-{number}" stroke="{_STROKES[number]}" stroke-width="{2.5 if number == 0 else 1.75}"'
    points = [None if value is None else (x, _y(value, top)) for x, value in zip(places, one.values, strict=True)]
    for before, after in pairwise(points):
        if before and after:
            yield (
                f'<line {look} stroke-dasharray="{_DASHES[number] or "none"}" x1="{before[0]:.1f}" '
                f'y1="{before[1]:.1f}" x2="{after[0]:.1f}" y2="{after[1]:.1f}"/>'
            )
    for point in filter(None, points):
        yield _mark(point, number)


def _mark(at: tuple[float, float], number: int) -> str:
    x, y = at
    look = f'class="mark-{number}" fill="{_STROKES[number]}" stroke="none"'
    if number == 0:
        return f'<circle {look} cx="{x:.1f}" cy="{y:.1f}" r="{_MARK}"/>'
    turn = f' transform="rotate(45 {x:.1f} {y:.1f})"' if number % 2 else ""
    side = _MARK * 1.5
    return f'<rect {look} x="{x - side / 2:.1f}" y="{y - side / 2:.1f}" width="{side}" height="{side}"{turn}/>'


def _apart(ends: Mapping[int, float]) -> dict[int, float]:
    """Return the heights of names so that none covers another one and all stay within the drawing."""
    found: dict[int, float] = {}
    floor = float("inf")
    for number, y in sorted(ends.items(), key=lambda end: end[1], reverse=True):
        floor = min(y, floor - _GAP, _TOP + _TALL)
        found[number] = floor
    lift = max(0.0, _TOP - floor)
    return {number: y + lift for number, y in found.items()}


def _described(series: Sequence[Series], labels: Sequence[str]) -> str:
    said = []
    for one in series:
        known = [(label, value) for label, value in zip(labels, one.values, strict=True) if value is not None]
        if known:
            (first, at_first), (last, at_last) = known[0], known[-1]
            lowest = min(value for _, value in known)
            said.append(f"{one.label}: {first} {at_first:.0f}%, {last} {at_last:.0f}%, lowest {lowest:.0f}%.")
    return " ".join(said) or "There is nothing to show."


def _y(value: float, top: int) -> float:
    return _TOP + _TALL * (1 - value / top)
