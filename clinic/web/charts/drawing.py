"""What all drawings share: the points, sizes for wide and narrow windows, the frame with its words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

# Each shape has its color twice: as an attribute for print and PDF, where no style sheet reaches, and as a class.
INK, QUIET, LINE, BAR, PAPER = "#17222c", "#50606e", "#d9dfe5", "#0d5f73", "#ffffff"
TEXT = 13
LETTER = 7.2
"""About how wide a letter of the text is, to see what fits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One bar: its label, its height (None = there is nothing to show), and what is written at it.

    `is_faint` draws it hollow, because it stands on few cases.
    """

    label: str
    value: float | None
    said: str = ""
    is_faint: bool = False


@dataclass(frozen=True, slots=True)
class Size:
    """A drawing for one kind of window, in pixels."""

    name: str
    width: int


WIDE, NARROW = Size("wide", 560), Size("narrow", 330)
"""Text keeps its size on a phone, so there the drawing is another one and not a smaller one."""


def framed(parts: Iterable[str], size: Size, *, height: int, key: str, title: str, description: str) -> Markup:
    """Return the drawing with its title and description; `key` is unique on the page."""
    name = f"{key}-{size.name}"
    return Markup(  # noqa: S704 - every value inside is a number or escaped
        f'<svg class="chart is-{size.name}" viewBox="0 0 {size.width} {height}" width="{size.width}" '
        f'height="{height}" role="img" aria-labelledby="{name}-t {name}-d" font-family="system-ui, sans-serif">'
        f'<title id="{name}-t">{escape(title)}</title><desc id="{name}-d">{escape(description)}</desc>'
        f"{''.join(parts)}</svg>"
    )


def words(x: float, y: float, said: str, *, anchor: str = "start", look: str = "ink") -> str:
    """Return a line of text; `look` is ink or quiet."""
    fill = INK if look == "ink" else QUIET
    return (
        f'<text class="chart-{look}" fill="{fill}" x="{x:.1f}" y="{y:.1f}" font-size="{TEXT}" '
        f'text-anchor="{anchor}">{escape(said)}</text>'
    )


def bar(x: float, y: float, *, width: float, height: float, is_faint: bool) -> str:
    """Return a filled bar, or one of which only the edge is drawn."""
    if is_faint:
        look = f'class="chart-faint" fill="{PAPER}" stroke="{BAR}" stroke-width="1.5" stroke-dasharray="4 2"'
    else:
        look = f'class="chart-bar" fill="{BAR}"'
    return f'<rect {look} x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"/>'


def line(x1: float, x2: float, y: float) -> str:
    """Return a thin level line."""
    return (
        f'<line class="chart-line" stroke="{LINE}" stroke-width="1" x1="{x1:.1f}" x2="{x2:.1f}" '
        f'y1="{y:.1f}" y2="{y:.1f}"/>'
    )


def width_of(said: str) -> float:
    """Return about how wide a text is."""
    return len(said) * LETTER


def summary(points: Sequence[Point]) -> str:
    """Return the first, last, lowest and highest point in words, for those who do not see the drawing."""
    known = [(point.value, point) for point in points if point.value is not None]
    if not known:
        return "There is nothing to show."
    least, most = min(known, key=_value)[1], max(known, key=_value)[1]
    parts = [("First", known[0][1]), ("last", known[-1][1]), ("lowest", least), ("highest", most)]
    return "; ".join(f"{name} {point.label}: {point.said or point.value}" for name, point in parts) + "."


def _value(pair: tuple[float, Point]) -> float:
    return pair[0]
