"""A score over time: pale bands with their words at the right edge, the line of the scores, points that stand out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from clinic.web.charts.timeline_axis import Axis
from clinic.web.charts.timeline_parts import FOOT, SMALL, Panel, band, dot, foot, level, session_lines, stroke, text

_ABOVE = 8
_KNOWN_DAYS = 45
"""Over a longer gap the line is dashed: nobody knows how the patient was in between."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """One score; `said` is its tooltip, a ringed one means what the caption says."""

    day: date
    value: float
    said: str
    is_ringed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Stripe:
    """A range of a scale from `least` on, with its word; `tone` from 0 to 4."""

    least: int
    word: str
    tone: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A value from which on somebody looks, with its word."""

    value: int
    word: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """What a score can be: from 0 to `top`, in bands or with cuts; `tall` is the height of the drawing in pixels."""

    top: int
    tall: int
    stripes: tuple[Stripe, ...] = ()
    cuts: tuple[Cut, ...] = ()

    def y(self, value: float) -> float:
        """Return the height of a value in the drawing."""
        return _ABOVE + self.tall * (1 - value / self.top)


def measure(axis: Axis, dots: Sequence[Dot], scale: Scale, *, sessions: Sequence[date]) -> Panel:
    """Return the drawing of one score; dots in order of time, those outside the days are left out."""
    shown = [one for one in dots if axis.first <= one.day <= axis.last]
    bottom = scale.y(0) + 4
    parts = [
        *_ground(axis, scale),
        *session_lines(axis, sessions, bottom + FOOT),
        *_line(axis, shown, scale),
        *(dot(axis.x(one.day), scale.y(one.value), one.said, is_ringed=one.is_ringed) for one in shown),
        *foot(axis, bottom),
    ]
    return Panel(tuple(parts), int(bottom + FOOT))


def _ground(axis: Axis, scale: Scale) -> Iterator[str]:
    """Give bands, numbers and words; a band begins half a point below its cut, so that no score lies on an edge."""
    edges = [each.least for each in scale.stripes] + [scale.top + 1]
    for each, following in zip(scale.stripes, edges[1:], strict=True):
        top = max(_ABOVE - 4.0, scale.y(following - 0.5))
        bottom = scale.y(each.least - 0.5) if each.least else scale.y(0) + 4
        yield band(axis, top, bottom, tone=each.tone)
        yield text(axis.right + 8, (top + bottom) / 2 + 4, each.word)
    if not scale.stripes:
        yield level(axis, scale.y(0))
    for value in sorted({0, *edges[1:-1], *(cut.value for cut in scale.cuts)}):
        yield text(axis.left - 6, scale.y(value) + SMALL / 3, str(value), anchor="end")
    for cut in scale.cuts:
        yield level(axis, scale.y(cut.value), is_cut=True)
        yield text(axis.right + 8, scale.y(cut.value) + 4, cut.word)


def _line(axis: Axis, dots: Sequence[Dot], scale: Scale) -> Iterator[str]:
    for one, other in pairwise(dots):
        look = "gap" if (other.day - one.day).days > _KNOWN_DAYS else "line"
        yield stroke((axis.x(one.day), scale.y(one.value)), (axis.x(other.day), scale.y(other.value)), look=look)
