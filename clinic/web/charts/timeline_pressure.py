"""Blood pressure over time: each reading from the lower to the upper value, with the limits and arrows above them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import escape

from clinic.web.charts.timeline_axis import Axis, staggered
from clinic.web.charts.timeline_parts import FOOT, SMALL, Panel, foot, level, session_lines, stroke, text

_TALL, _ABOVE = 120, 18
_FROM, _TO = 50, 190
SYSTOLIC, DIASTOLIC = 140, 90
_VERY_SYSTOLIC, _VERY_DIASTOLIC = 160, 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One reading in mmHg."""

    day: date
    systolic: int
    diastolic: int
    said: str


def arrows(systolic: int, diastolic: int) -> str:
    """Return how far a reading is over the limits before a session: nothing, one arrow or two."""
    if systolic >= _VERY_SYSTOLIC or diastolic >= _VERY_DIASTOLIC:
        return "\u2191\u2191"
    return "\u2191" if systolic >= SYSTOLIC or diastolic >= DIASTOLIC else ""


def pressure(axis: Axis, spans: Sequence[Span], *, sessions: Sequence[date]) -> Panel:
    """Return the drawing; spans in order of time, those outside the days are left out."""
    shown = [one for one in spans if axis.first <= one.day <= axis.last]
    bottom = _ABOVE + _TALL
    parts = [*_ground(axis), *session_lines(axis, sessions, bottom + FOOT), *_spans(axis, shown), *foot(axis, bottom)]
    return Panel(tuple(parts), bottom + FOOT)


def _ground(axis: Axis) -> Iterator[str]:
    for value, word in ((SYSTOLIC, "upper limit"), (DIASTOLIC, "lower limit")):
        yield level(axis, _y(value), is_cut=True)
        yield text(axis.left - 4, _y(value) + SMALL / 3, str(value), anchor="end", size=11)
        yield text(axis.right + 8, _y(value) + 4, word)
    yield level(axis, _ABOVE + _TALL)


def _spans(axis: Axis, spans: Sequence[Span]) -> Iterator[str]:
    high = [one for one in spans if arrows(one.systolic, one.diastolic)]
    rows = dict(zip(high, staggered([axis.x(one.day) for one in high], room=13), strict=True))
    for one in spans:
        x, upper, lower = axis.x(one.day), _y(one.systolic), _y(one.diastolic)
        caps = [stroke((x - 3, y), (x + 3, y)) for y in (upper, lower)]
        yield f"<g><title>{escape(one.said)}</title>{stroke((x, upper), (x, lower))}{''.join(caps)}</g>"
        row = rows.get(one)
        if row is not None:
            mark = arrows(one.systolic, one.diastolic)
            yield text(x, upper - 5 - row * SMALL, mark, look="alarm", anchor="middle", size=SMALL)


def _y(value: float) -> float:
    return _ABOVE + _TALL * (1 - (min(max(value, _FROM), _TO) - _FROM) / (_TO - _FROM))
