"""The strokes of a timeline, and the frames around them for a page and for a printed sheet."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup, escape

from clinic.web.charts.drawing import LINE, PAPER, Size, framed
from clinic.web.charts.timeline_axis import NARROW, WIDE, Axis

# As in all drawings each shape has its color twice: for screens that turn dark, and for paper.
NAVY, ALARM, INK, QUIET, FAINT = "#12406b", "#a4262c", "#17222c", "#50606e", "#8a97a3"
BANDS = ("#eef3f8", "#dfe9f2", "#f6ead2", "#f2d5bd", "#eebfb5")
SMALL = 12
FOOT = 20
"""The height of the row of dates below a drawing."""


@dataclass(frozen=True, slots=True)
class Panel:
    """One drawing without its frame: its parts, from the top down, and how high they are."""

    parts: tuple[str, ...]
    height: int


Draw = Callable[[Axis], Panel]
Place = tuple[float, float]


def text(x: float, y: float, said: str, *, look: str = "quiet", anchor: str = "start", size: int = SMALL) -> str:
    """Return a line of text; `look` is ink, quiet, alarm or on (on a filled mark)."""
    fill = {"ink": INK, "quiet": QUIET, "alarm": ALARM, "on": PAPER}[look]
    weight = "" if look in {"ink", "quiet"} else ' font-weight="700"'
    return (
        f'<text class="tl-{look}" fill="{fill}" x="{x:.1f}" y="{y:.1f}" font-size="{size}"{weight} '
        f'text-anchor="{anchor}">{escape(said)}</text>'
    )


def band(axis: Axis, top: float, bottom: float, *, tone: int) -> str:
    """Return a stripe across all days."""
    return (
        f'<rect class="tl-band-{tone}" fill="{BANDS[tone]}" x="{axis.left:.1f}" y="{top:.1f}" '
        f'width="{axis.right - axis.left:.1f}" height="{bottom - top:.1f}"/>'
    )


def level(axis: Axis, y: float, *, is_cut: bool = False) -> str:
    """Return a level line across all days; a cut is dashed."""
    look = f'class="tl-cut" stroke="{ALARM}" stroke-dasharray="6 4"' if is_cut else f'class="tl-rule" stroke="{LINE}"'
    return f'<line {look} x1="{axis.left:.1f}" x2="{axis.right:.1f}" y1="{y:.1f}" y2="{y:.1f}"/>'


def stroke(start: Place, end: Place, *, look: str = "line") -> str:
    """Return a piece of a line; `look` is line or gap (dashed, because nothing is known between its ends)."""
    (x1, y1), (x2, y2) = start, end
    dashes = ' stroke-dasharray="2 4"' if look == "gap" else ""
    return (
        f'<line class="tl-{look}" stroke="{NAVY}" stroke-width="2" stroke-linecap="round"{dashes} '
        f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'
    )


def dot(x: float, y: float, said: str, *, is_ringed: bool = False) -> str:
    """Return a point with the words of its tooltip; a ringed one is seen at once."""
    edge = (
        f'<circle class="tl-ring" fill="{PAPER}" stroke="{ALARM}" stroke-width="2.5" cx="{x:.1f}" cy="{y:.1f}" r="7"/>'
        if is_ringed
        else ""
    )
    point = (
        f'<circle class="tl-dot" fill="{NAVY}" stroke="{PAPER}" stroke-width="1.2" cx="{x:.1f}" cy="{y:.1f}" r="4"/>'
    )
    return f"<g><title>{escape(said)}</title>{edge}{point}</g>"


def session_lines(axis: Axis, sessions: Iterable[date], height: float) -> Iterator[str]:
    """Give a dotted line through the drawing for each session that is shown."""
    for day in sessions:
        if axis.first <= day <= axis.last:
            x = axis.x(day)
            yield (
                f'<line class="tl-session" stroke="{FAINT}" stroke-dasharray="1 3" x1="{x:.1f}" x2="{x:.1f}" '
                f'y1="0" y2="{height:.1f}"/>'
            )


def foot(axis: Axis, y: float) -> Iterator[str]:
    """Give the dates below a drawing."""
    for x, label in axis.ticks():
        yield (f'<line class="tl-rule" stroke="{LINE}" x1="{x:.1f}" x2="{x:.1f}" y1="{y:.1f}" y2="{y + 4:.1f}"/>')
        yield text(x, y + 16, label, anchor="middle")


def drawn(draw: Draw, first: date, last: date, *, key: str, title: str, said: str) -> Markup:
    """Return the wide and the narrow drawing of the same days with their words; `key` is unique on the page."""
    panels = [(size, draw(Axis(size, first, last))) for size in (WIDE, NARROW)]
    return Markup("").join(
        framed(panel.parts, size, height=panel.height, key=key, title=title, description=said) for size, panel in panels
    )


def sheet(panels: Sequence[tuple[str, Draw]], first: date, last: date, *, size: Size = WIDE) -> str:
    """Return drawings under each other as one SVG that stands alone, each with its name above it."""
    parts, y = [], 0
    for name, draw in panels:
        panel = draw(Axis(size, first, last))
        parts.append(text(0, y + SMALL, name, look="ink", size=13))
        parts.append(f'<g transform="translate(0 {y + 20})">{"".join(panel.parts)}</g>')
        y += 20 + panel.height + 8
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size.width} {y}" width="{size.width}" '
        f'height="{y}" font-family="sans-serif">{"".join(parts)}</svg>'
    )
