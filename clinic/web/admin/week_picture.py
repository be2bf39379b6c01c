"""A physician's week drawn as seven columns of open and closed hours."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup, escape

from clinic.dashboards.physician_week import DayHours, Stretch
from clinic.web.frame.display import day_text

_LEFT, _COLUMN, _GAP, _TOP, _HOUR = 52, 124, 8, 30, 22
_SOONEST, _LATEST = 9 * 60, 17 * 60
_WIDTH = _LEFT + 7 * _COLUMN
_ONE_LINE, _TWO_LINES = 17, 34
_MOST_LETTERS = 17
_CLOSED = "Closed"


@dataclass(frozen=True, slots=True)
class _Scale:
    """The minutes of a day that are drawn, on whole hours."""

    first: int
    last: int

    def y(self, minute: int) -> int:
        """Return how far from the top a minute stands; what is not drawn stands at the edge."""
        within = min(max(minute, self.first), self.last)
        return _TOP + round((within - self.first) * _HOUR / 60)


def week_picture(days: Sequence[DayHours], *, today: date) -> Markup:
    """Return the drawing, with the same in words for those who do not see it."""
    scale = _scale(days)
    height = scale.y(scale.last) + 8
    parts = [*_axis(scale), *(part for number, day in enumerate(days) for part in _column(number, day, scale))]
    heads = [_head(number, day, is_today=day.day == today) for number, day in enumerate(days)]
    return Markup(  # noqa: S704 - every value inside is a number or escaped
        f'<svg class="week-picture" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}" role="img" '
        'aria-labelledby="week-t week-d">'
        f'<title id="week-t">Hours of the week of {escape(day_text(days[0].day))}</title>'
        f'<desc id="week-d">{escape(" ".join(in_words(day) for day in days))}</desc>'
        f"{''.join([*parts, *heads])}</svg>"
    )


def in_words(day: DayHours) -> str:
    """Return one day in a sentence: `Monday, November 23: 9:00 AM to 12:00 PM.`."""
    opened = ", ".join(f"{clock(part.begins)} to {clock(part.ends)}" for part in day.open) or "no hours"
    closed = "".join(f" Closed {_hours(part)}: {part.why or _CLOSED}." for part in day.closed)
    notes = "".join(f" {note} is closed." for note in day.notes)
    return f"{day_text(day.day, 'words')}: {opened}.{closed}{notes}"


def clock(minute: int) -> str:
    """Return `9:30 AM`; the end of the day is `12:00 AM`."""
    hour, rest = divmod(minute % (24 * 60), 60)
    return f"{hour % 12 or 12}:{rest:02} {'AM' if hour < 12 else 'PM'}"  # noqa: PLR2004 - noon


def _scale(days: Sequence[DayHours]) -> _Scale:
    """Return what to draw: all that is open, and at least a working day."""
    parts = [part for day in days for part in day.open]
    first = min([_SOONEST, *(part.begins for part in parts)])
    last = max([_LATEST, *(part.ends for part in parts)])
    return _Scale(first // 60 * 60, -(-last // 60) * 60)


def _axis(scale: _Scale) -> Iterator[str]:
    for minute in range(scale.first, scale.last + 1, 60):
        y = scale.y(minute)
        label = clock(minute).replace(":00", "")
        yield f'<line class="bar-tick" x1="{_LEFT}" x2="{_WIDTH}" y1="{y}" y2="{y}" stroke-width="1"/>'
        if (minute - scale.first) % 120 == 0:
            yield f'<text class="bar-text" x="{_LEFT - 8}" y="{y + 4}" font-size="12" text-anchor="end">{label}</text>'


def _column(number: int, day: DayHours, scale: _Scale) -> Iterator[str]:
    x = _LEFT + number * _COLUMN + _GAP // 2
    for part in day.open:
        yield from _box(part, x, scale, look="week-open", lines=[_times(part)])
    for part in day.closed:
        times = [] if part.is_whole_day else [_times(part)]
        yield from _box(part, x, scale, look="week-closed", lines=[f"\u00d7 {part.why or _CLOSED}", *times])


def _box(part: Stretch, x: int, scale: _Scale, *, look: str, lines: list[str]) -> Iterator[str]:
    """Give a box with as many lines as fit into it; none of what lies outside the drawing."""
    y, height = scale.y(part.begins), scale.y(part.ends) - scale.y(part.begins)
    if not height:
        return
    yield f'<rect class="{look}" x="{x}" y="{y}" width="{_COLUMN - _GAP}" height="{height}" rx="4"/>'
    fitting = 2 if height >= _TWO_LINES else int(height >= _ONE_LINE)
    for number, line in enumerate(lines[:fitting]):
        below = y + 15 * (number + 1)
        yield f'<text class="week-text" x="{x + 6}" y="{below}" font-size="12">{escape(_short(line))}</text>'


def _head(number: int, day: DayHours, *, is_today: bool) -> str:
    x = _LEFT + number * _COLUMN + _COLUMN // 2
    words = f"{'Today' if is_today else day_text(day.day, 'week')}{' *' if day.notes else ''}"
    look = "week-head is-today" if is_today else "week-head"
    return f'<text class="{look}" x="{x}" y="16" font-size="13" text-anchor="middle">{escape(words)}</text>'


def _hours(part: Stretch) -> str:
    return "all day" if part.is_whole_day else f"{clock(part.begins)} to {clock(part.ends)}"


def _times(part: Stretch) -> str:
    short = [clock(minute).replace(":00", "").replace(" ", "") for minute in (part.begins, part.ends)]
    return "\u2013".join(each.lower() for each in short)


def _short(words: str) -> str:
    return words if len(words) <= _MOST_LETTERS else f"{words[: _MOST_LETTERS - 1]}…"
