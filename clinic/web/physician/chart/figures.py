"""The figures of a chart: each with its number, what changed, the drawing in words, and the table beside it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from markupsafe import Markup

from clinic.dashboards.timeline_rules import (
    BLADDER,
    CRAVING,
    GAD7,
    PAIN,
    PHQ9,
    SDS,
    Reading,
    ScoreKey,
    Timeline,
    Window,
)
from clinic.web.charts.timeline import Dot, Draw, Scale, drawn, measure
from clinic.web.frame.display import day_text
from clinic.web.physician.chart.scales import BLADDER_RISE, band_word, bladder_scale, scale_of, top_of
from clinic.web.physician.chart.words import NAMES, changes, days_ago, missing, plain

_NOTES = {
    PHQ9: ("A ring marks a score with item 9 (thoughts of death or self-harm) above zero.",),
    SDS: (
        "The cut-off of 4 comes from people who used ketamine outside of treatment and is not validated here.",
        "Look at the items: 2, 4 and 5 can also be fear that the illness returns.",
    ),
    BLADDER: (f"The line is {BLADDER_RISE} over this patient's own start. A ring marks blood in the urine.",),
}
_SDS_ITEMS = ("q1", "q2", "q3", "q4", "q5")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of a table: the first cell names it; an assessment has a page of its own."""

    cells: tuple[str, ...]
    assessment_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One drawing with everything that is said beside and below it; `draw` is None where there is nothing to draw."""

    key: str
    name: str
    value: str = ""
    out_of: str = ""
    word: str = ""
    asked: str = ""
    changes: Sequence[str] = ()
    missing: str | None = None
    notes: Sequence[str] = ()
    said: str
    draw: Draw | None
    head: Sequence[str] = ()
    rows: Sequence[Row] = ()

    def svg(self, window: Window) -> Markup:
        """Return the wide and the narrow drawing of these days."""
        assert self.draw is not None
        title = f"{self.name} over time"
        return drawn(self.draw, window.first, window.last, key=f"tl-{self.key}", title=title, said=self.said)


def scores(timeline: Timeline, window: Window) -> list[Figure]:
    """Return the figures of all scores; pain only where it is asked."""
    keys = [PHQ9, GAD7, *([PAIN] if timeline.of(PAIN) else []), SDS, CRAVING]
    return [score(timeline, key, window) for key in keys]


def score(timeline: Timeline, key: ScoreKey, window: Window) -> Figure:
    """Return the figure of one score."""
    readings = timeline.of(key)
    if not readings:
        return Figure(key=key[0], name=NAMES[key], said="No score on record yet.", draw=None)
    last, shown = readings[-1], [one for one in readings if window.holds(one.on)]
    scale, rings = _scale(timeline, key), _rings(timeline, key)
    dots = [_dot(one, key, is_ringed=one.on in rings) for one in readings]
    return Figure(
        key=key[0],
        name=NAMES[key],
        value=plain(last.value),
        out_of=str(top_of(key)),
        word=band_word(key, float(last.value)),
        asked=f"{day_text(last.on)}, {days_ago((timeline.today - last.on).days)}",
        changes=changes(timeline.course(key)),
        missing=missing(timeline, key),
        notes=_NOTES.get(key, ()),
        said=_said(NAMES[key], shown, last=last, rings=rings),
        draw=lambda axis: measure(axis, dots, scale, sessions=[one.on for one in timeline.sessions]),
        head=_head(key),
        rows=[Row(cells=_cells(one, key), assessment_id=one.assessment_id) for one in reversed(shown)],
    )


def _scale(timeline: Timeline, key: ScoreKey) -> Scale:
    course = timeline.course(key)
    return bladder_scale(int(course.baseline.value)) if key == BLADDER and course else scale_of(key)


def _rings(timeline: Timeline, key: ScoreKey) -> frozenset[date]:
    """Return the days whose point is seen at once: item 9 above zero, blood in the urine."""
    if key == PHQ9:
        return frozenset(one.on for one in timeline.of(PHQ9) if one.items.get("q9"))
    return frozenset(timeline.blood) if key == BLADDER else frozenset()


def _dot(one: Reading, key: ScoreKey, *, is_ringed: bool) -> Dot:
    word = band_word(key, float(one.value))
    mark = {PHQ9[0]: "; item 9 above zero", BLADDER[0]: "; blood in the urine"}.get(key[0], "") if is_ringed else ""
    said = f"{day_text(one.on)}: {plain(one.value)}{f', {word.lower()}' if word else ''}{mark}"
    return Dot(day=one.on, value=float(one.value), said=said, is_ringed=is_ringed)


def _said(name: str, shown: Sequence[Reading], *, last: Reading, rings: Iterable[date]) -> str:
    """Return the first, last, lowest and highest score in words, for those who do not see the drawing."""
    if not shown:
        return f"No {name} in these days; the last was {_told(last)}."
    lowest, highest = min(shown, key=lambda one: one.value), max(shown, key=lambda one: one.value)
    parts = [f"{len(shown)} {'score' if len(shown) == 1 else 'scores'}; first {_told(shown[0])}, last {_told(last)}"]
    parts.append(f"lowest {_told(lowest)}, highest {_told(highest)}")
    marked = [day_text(day) for day in sorted(rings)]
    if marked:
        parts.append(f"marked on {', '.join(marked)}")
    return f"{name}: {'; '.join(parts)}."


def _told(one: Reading) -> str:
    return f"{plain(one.value)} on {day_text(one.on)}"


def _head(key: ScoreKey) -> tuple[str, ...]:
    more = {PHQ9: ("Item 9",), SDS: tuple(f"Item {number}" for number in range(1, 6))}.get(key, ())
    band = ("Band",) if scale_of(key).stripes else ()
    return ("Day", "Score", *band, *more)


def _cells(one: Reading, key: ScoreKey) -> tuple[str, ...]:
    items = {PHQ9: ("q9",), SDS: _SDS_ITEMS}.get(key, ())
    band = (band_word(key, float(one.value)),) if scale_of(key).stripes else ()
    more = [plain(one.items[item]) if item in one.items else "\u2013" for item in items]
    return (day_text(one.on), plain(one.value), *band, *more)
