"""A line as small as a word, for tables: the number always stands beside it, so nobody needs to see it."""

from collections.abc import Sequence

from markupsafe import Markup

_WIDE, _TALL, _EDGE = 62, 32, 5
_LINE, _DOT, _LIMIT = "#12406b", "#12406b", "#73818f"


def sparkline(values: Sequence[int], *, most: int, threshold: int) -> Markup:
    """Return the last values as a line from 0 to `most` with a dashed threshold and a dot at the newest."""
    limit = f"{_y(threshold, most):.1f}"
    dashes = f'stroke="{_LIMIT}" stroke-width="1" stroke-dasharray="2 2"'
    parts = [f'<line class="spark-limit" {dashes} x1="0" x2="{_WIDE}" y1="{limit}" y2="{limit}"/>']
    places = [(_x(number, len(values)), _y(value, most)) for number, value in enumerate(values)]
    if len(places) > 1:
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        parts.append(
            f'<polyline class="spark-line" fill="none" stroke="{_LINE}" stroke-width="1.75" stroke-linejoin="round" '
            f'points="{path}"/>'
        )
    if places:
        x, y = places[-1]
        parts.append(f'<circle class="spark-dot" fill="{_DOT}" cx="{x:.1f}" cy="{y:.1f}" r="2.75"/>')
    return Markup(  # noqa: S704 - nothing but numbers is inside
        f'<svg class="spark" viewBox="0 0 {_WIDE} {_TALL}" width="{_WIDE}" height="{_TALL}" aria-hidden="true" '
        f'focusable="false">{"".join(parts)}</svg>'
    )


def _x(number: int, count: int) -> float:
    return _WIDE - _EDGE - (count - 1 - number) * (_WIDE - 2 * _EDGE) / max(7, count - 1)


def _y(value: int, most: int) -> float:
    return _EDGE + (_TALL - 2 * _EDGE) * (1 - min(value, most) / most)
