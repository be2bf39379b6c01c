"""Upright bars along an axis of weeks or spans."""

from collections.abc import Callable, Iterator, Sequence
from math import ceil, floor, log10

from markupsafe import Markup

from clinic.web.charts.drawing import NARROW, TEXT, WIDE, Point, Size, bar, framed, line, summary, width_of, words

_TOP, _TALL, _BELOW, _LEFT, _RIGHT = 26, 150, 26, 44, 6
_STEPS = 4
_WIDEST = 56.0
_ROOM = 6


def columns(
    points: Sequence[Point], *, key: str, title: str, unit: Callable[[float], str], least: float = _STEPS
) -> Markup:
    """Return the wide and the narrow drawing; `unit` writes a number of the axis, which reaches `least` at least."""
    top = nice_top(max([least, *(point.value or 0 for point in points)]))
    return Markup("").join(_drawn(points, size, top, key=key, title=title, unit=unit) for size in (WIDE, NARROW))


def _drawn(
    points: Sequence[Point], size: Size, top: float, *, key: str, title: str, unit: Callable[[float], str]
) -> Markup:
    parts = [*_axis(top, size, unit), *_bars(points, size, top)]
    height = _TOP + _TALL + _BELOW
    return framed(parts, size, height=height, key=key, title=title, description=summary(points))


def nice_top(most: float) -> float:
    """Return a round number not below the highest bar, which four even steps divide well."""
    scale = 10.0 ** floor(log10(most))
    return next(step * scale for step in (1, 2, 4, 8, 10, 20) if step * scale >= most)


def _axis(top: float, size: Size, unit: Callable[[float], str]) -> Iterator[str]:
    for step in range(_STEPS + 1):
        value = top * step / _STEPS
        y = _y(value, top)
        yield line(_LEFT, size.width - _RIGHT, y)
        if float(value).is_integer() or top < _STEPS:
            yield words(_LEFT - 8, y + 4, unit(value), anchor="end", look="quiet")


def _bars(points: Sequence[Point], size: Size, top: float) -> Iterator[str]:
    if not points:
        return
    pitch = (size.width - _LEFT - _RIGHT) / len(points)
    labels = _every(max(width_of(point.label) for point in points), pitch)
    is_roomy = pitch >= max(width_of(point.said) for point in points) + _ROOM
    for number, point in enumerate(points):
        middle = _LEFT + pitch * (number + 0.5)
        if point.value is not None:
            yield from _bar(point, middle, width=min(pitch * 0.7, _WIDEST), top=top)
        if is_roomy and point.said:
            yield words(middle, _y(point.value or 0, top) - 6, point.said, anchor="middle")
        if number % labels == 0:
            yield words(middle, _TOP + _TALL + TEXT + 6, point.label, anchor="middle", look="quiet")


def _bar(point: Point, middle: float, *, width: float, top: float) -> Iterator[str]:
    y = _y(point.value or 0, top)
    if point.value:
        height = _TOP + _TALL - y
        yield bar(middle - width / 2, y, width=width, height=height, is_faint=point.is_faint)


def _every(widest: float, pitch: float) -> int:
    """Return which labels have room: every one, every second, and so on."""
    return max(1, ceil((widest + _ROOM) / pitch))


def _y(value: float, top: float) -> float:
    return _TOP + _TALL * (1 - value / top)
