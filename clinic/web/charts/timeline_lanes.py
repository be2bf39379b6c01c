"""Lanes of a timeline: marks with a letter or number on a line, bars of numbers, ticks; crowded ones are gathered."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from markupsafe import escape

from clinic.web.charts.drawing import PAPER
from clinic.web.charts.timeline_axis import MARGIN, Axis, gathered, staggered
from clinic.web.charts.timeline_parts import ALARM, FOOT, NAVY, QUIET, Panel, foot, level, session_lines, text

_TALL = 58
_LINE = 24
_APART = 21.0
"""Marks nearer than this run into each other, so one stands for them."""

_ROW = 12
_LETTER = 6.6
_FILLS = ("#5b6b79", "#5b6b79", "#8a5a00", "#a4262c", "#a4262c")
_BAR = 7
_FAR = 99.0
_MOST_BAR = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Something that happened on a day: what stands in the mark and below it, how grave it is from 0 to 4."""

    day: date
    inside: str
    below: str
    said: str
    grade: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One row: marks of a `look`: mark, bar (its height is the number inside) or tick (done, or missed if grave).

    `nothing` stands there on days without any.
    """

    name: str
    marks: Sequence[Mark]
    look: str = "mark"
    nothing: str = ""


def lanes(axis: Axis, rows: Sequence[Lane], *, sessions: Sequence[date]) -> Panel:
    """Return the drawing of some lanes under each other, with one row of dates."""
    height = len(rows) * _TALL
    parts = [*session_lines(axis, sessions, height + FOOT)]
    for number, lane in enumerate(rows):
        y = number * _TALL + _LINE
        parts += [level(axis, y), text(axis.right + 8, y + 4, lane.name), *_lane(axis, lane, y)]
    return Panel((*parts, *foot(axis, height)), height + FOOT)


def _lane(axis: Axis, lane: Lane, y: float) -> Iterator[str]:
    marks = [one for one in lane.marks if axis.first <= one.day <= axis.last]
    draw = {"bar": _bars, "tick": _ticks, "mark": _marks}[lane.look]
    if not marks and lane.nothing:
        yield text(axis.left + 8, y - 6, lane.nothing)
    yield from draw(axis, marks, y)


def _marks(axis: Axis, marks: Sequence[Mark], y: float) -> Iterator[str]:
    groups = gathered([axis.x(one.day) for one in marks], room=_APART)
    worst = [max((marks[number] for number in group), key=lambda one: one.grade) for group in groups]
    places = [sum(axis.x(marks[number].day) for number in group) / len(group) for group in groups]
    labels = [_label(one, len(group)) for one, group in zip(worst, groups, strict=True)]
    widest = max((len(label) for label in labels), default=0) * _LETTER
    rows = staggered(places, room=max(MARGIN, widest + 6))
    for one, group, x, label, row in zip(worst, groups, places, labels, rows, strict=True):
        yield _shape(x, y, one, said="; ".join(marks[number].said for number in group))
        if row is not None and label:
            yield text(x, y + 22 + row * _ROW - (2 if row else 0), label, anchor="middle", size=11)


def _label(worst: Mark, count: int) -> str:
    return " ".join(filter(None, [worst.below, f"\u00d7{count}" if count > 1 else ""]))


def _shape(x: float, y: float, mark: Mark, *, said: str) -> str:
    """Return a mark whose form says how grave it is as well as its color: round, then a diamond, then a square."""
    fill = _FILLS[mark.grade]
    if mark.grade <= 1:
        form = f'<circle class="tl-mark-{mark.grade}" fill="{fill}" cx="{x:.1f}" cy="{y:.1f}" r="9"/>'
    elif mark.grade == 2:  # noqa: PLR2004 - the middle of the grades
        path = f"M{x:.1f} {y - 11:.1f}l11 11-11 11-11-11z"
        form = f'<path class="tl-mark-2" fill="{fill}" d="{path}"/>'
    else:
        edge = f' stroke="{PAPER}" stroke-width="1.5"' if mark.grade > 3 else ""  # noqa: PLR2004 - the gravest
        form = (
            f'<rect class="tl-mark-{mark.grade}" fill="{fill}"{edge} x="{x - 9:.1f}" y="{y - 9:.1f}" '
            f'width="18" height="18" rx="2"/>'
        )
    inside = text(x, y + 4, mark.inside, look="on", anchor="middle", size=11)
    return f"<g><title>{escape(said)}</title>{form}{inside}</g>"


def _bars(axis: Axis, marks: Sequence[Mark], y: float) -> Iterator[str]:
    places = [axis.x(one.day) for one in marks]
    top = max((float(one.inside or 0) for one in marks), default=1) or 1
    gaps = [_FAR, *(other - x for x, other in pairwise(places)), _FAR]
    for one, x, row, room in zip(marks, places, staggered(places), map(min, pairwise(gaps)), strict=True):
        wide = max(2.0, min(_BAR, room - 1.5))
        tall = 3 + (_MOST_BAR - 3) * float(one.inside or 0) / top
        yield (
            f'<rect class="tl-bar" fill="{NAVY}" x="{x - wide / 2:.1f}" y="{y - tall:.1f}" width="{wide:.1f}" '
            f'height="{tall:.1f}"><title>{escape(one.said)}</title></rect>'
        )
        if row is not None and one.below:
            yield text(x, y + 14 + row * _ROW, one.below, anchor="middle", size=11)


def _ticks(axis: Axis, marks: Sequence[Mark], y: float) -> Iterator[str]:
    """Give a short line down for what was done and a cross above the line for what was missed."""
    done, missed = ([one for one in marks if bool(one.grade) is grave] for grave in (False, True))
    for one in done:
        x = axis.x(one.day)
        look = f'class="tl-tick" stroke="{QUIET}" stroke-width="2"'
        yield f'<line {look} x1="{x:.1f}" x2="{x:.1f}" y1="{y:.1f}" y2="{y + 9:.1f}"/>'
    for group in gathered([axis.x(one.day) for one in missed], room=12):
        x = axis.x(missed[group[0]].day)
        said = "; ".join(missed[number].said for number in group)
        arms = f"M{x - 4:.1f} {y - 13:.1f}l8 8m0-8l-8 8"
        yield (
            f'<path class="tl-missed" fill="none" stroke="{ALARM}" stroke-width="2.2" d="{arms}">'
            f"<title>{escape(said)}</title></path>"
        )
