"""A row's window as a small drawing: the same days for everybody, with today in the same place."""

from datetime import date, datetime

from markupsafe import Markup, escape

from clinic.kernel.localtime import in_zone
from clinic.treatment.queries.drift import DriftRow
from clinic.web.frame.display import day_text

_BACK, _AHEAD = 40, 80
_WIDTH, _HEIGHT, _MIDDLE = 180, 22, 11
# Each shape has its color twice: as an attribute for print, where no style sheet reaches, and as a class.
_WINDOW = (
    '<rect class="bar-window" fill="#fdf1d7" stroke="#7d5200" stroke-dasharray="4 2" '
    'x="{0:.1f}" y="4" width="{1:.1f}" height="14" rx="3"/>'
)
_TAKEN = '<circle class="bar-taken" fill="#ffffff" stroke="#4a5763" stroke-width="2" cx="{0:.1f}" cy="11" r="4"/>'
_BOOKED = (
    '<rect class="bar-booked" fill="#1b6b3c" x="{0:.1f}" y="6" width="10" height="10" '
    'transform="rotate(45 {1:.1f} 11)"/>'
)
_LINE = '<line class="chart-line" stroke="#d9dfe5" x1="0" x2="180" y1="11" y2="11"/>'
_TODAY = '<line class="bar-today" stroke="#17222c" stroke-width="2" x1="{0:.1f}" x2="{0:.1f}" y1="1" y2="21"/>'


def window_bar(row: DriftRow, *, today: date) -> Markup:
    """Return the drawing with its words for those who do not see it."""
    parts = [_LINE]
    if row.window_from and row.window_until:
        start, end = _x(row.window_from, today), _x(row.window_until, today)
        parts.append(_WINDOW.format(start, max(end - start, 4)))
    parts.append(_TODAY.format(_x(today, today)))
    if row.last_taken_at:
        parts.append(_TAKEN.format(_x(_day(row.last_taken_at, row.zone), today)))
    if row.next_booked_at:
        x = _x(_day(row.next_booked_at, row.zone), today)
        parts.append(_BOOKED.format(x - 5, x))
    return Markup(  # noqa: S704 - every value inside is a number or escaped
        f'<svg class="window-bar" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}" role="img" '
        f'aria-label="{escape(_said(row))}">{"".join(parts)}</svg>'
    )


def _x(day: date, today: date) -> float:
    """Return where a day stands, days outside at the edge."""
    offset = min(max((day - today).days, -_BACK), _AHEAD)
    return 8 + (offset + _BACK) / (_BACK + _AHEAD) * (_WIDTH - 16)


def _day(instant: datetime, zone: str) -> date:
    return in_zone(instant, zone).date()


def _said(row: DriftRow) -> str:
    parts = []
    if row.last_taken_at:
        parts.append(f"last one {day_text(_day(row.last_taken_at, row.zone))}")
    if row.window_from and row.window_until:
        parts.append(f"window {day_text(row.window_from)} to {day_text(row.window_until)}")
    if row.next_booked_at:
        parts.append(f"next one booked {day_text(_day(row.next_booked_at, row.zone))}")
    return (", ".join(parts) or "no dates yet").capitalize()
