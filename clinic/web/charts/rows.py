"""Level bars, one under the other, each with its name above it."""

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from clinic.web.charts.drawing import NARROW, WIDE, Point, Size, bar, framed, line, summary, width_of, words

_LABEL, _BAR, _GAP, _RIGHT = 18, 10, 10, 4
_ROOM = 8


def rows(points: Sequence[Point], *, key: str, title: str, whole: float | None = None) -> Markup:
    """Return the wide and the narrow drawing; `whole` is the value of a full line, else the longest bar fills it."""
    return Markup("").join(_drawn(points, size, key=key, title=title, whole=whole) for size in (WIDE, NARROW))


def _drawn(points: Sequence[Point], size: Size, *, key: str, title: str, whole: float | None) -> Markup:
    most = max([whole or 0, *(point.value or 0 for point in points)])
    parts = [part for number, point in enumerate(points) for part in _row(number, point, size, most=most)]
    height = max(1, len(points)) * (_LABEL + _BAR + _GAP)
    return framed(parts, size, height=height, key=key, title=title, description=summary(points))


def _row(number: int, point: Point, size: Size, *, most: float) -> Iterator[str]:
    y = number * (_LABEL + _BAR + _GAP)
    full = size.width - _RIGHT
    yield words(0, y + _LABEL - 5, _fitting(point, size), look="ink")
    yield words(full, y + _LABEL - 5, point.said, anchor="end", look="quiet")
    yield line(0, full, y + _LABEL + _BAR)
    if point.value and most:
        width = max(2.0, full * point.value / most)
        yield bar(0, y + _LABEL, width=width, height=_BAR, is_faint=point.is_faint)


def _fitting(point: Point, size: Size) -> str:
    """Return the label, cut where it would run into what is written at the end of the line."""
    room = size.width - _RIGHT - width_of(point.said) - _ROOM
    letters = int(room / width_of("n"))
    return point.label if len(point.label) <= letters else f"{point.label[: letters - 1]}\u2026"
