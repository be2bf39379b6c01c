"""What a summary of two pages says: who, how it goes, the plan, open flags, and the last scores and sessions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from clinic.dashboards.timeline_rules import (
    BLADDER,
    CRAVING,
    GAD7,
    PHQ9,
    SDS,
    Reading,
    ScoreKey,
    Span,
    Timeline,
    Window,
    window_of,
)
from clinic.monitoring.queries.flags import FlagRow, open_flags_of
from clinic.web.frame.display import day_text
from clinic.web.physician.chart.beside import PlanSummary, plan_summary
from clinic.web.physician.chart.events import events
from clinic.web.physician.chart.figures import Figure, scores
from clinic.web.physician.chart.opening import Chart
from clinic.web.physician.chart.words import Verdict, plain, told

MOST_DAYS, MOST_SESSIONS, MOST_FLAGS = 16, 14, 6
"""So many lines fit on the second page."""

SCORE_HEAD = ("Day", "PHQ-9", "Item 9", "GAD-7", "SDS", "Craving", "Bladder")
_COLUMNS: Sequence[tuple[ScoreKey, str | None]] = (
    *((PHQ9, None), (PHQ9, "q9"), (GAD7, None)),
    *((SDS, None), (CRAVING, None), (BLADDER, None)),
)
_NOTHING = "\u2013"


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Everything that both forms of the summary show, the newest lines first."""

    chart: Chart
    window: Window
    figures: Sequence[Figure]
    verdicts: Sequence[Verdict]
    plan: PlanSummary | None
    flags: Sequence[FlagRow]
    score_rows: Sequence[Sequence[str]]
    session_head: Sequence[str]
    session_rows: Sequence[Sequence[str]]

    def figure(self, key: str) -> Figure:
        """Return one of the figures."""
        return next(one for one in self.figures if one.key == key)


def summarized(session: Session, chart: Chart) -> Summary:
    """Return the summary of a chart since the start of care."""
    line = chart.timeline
    window = window_of(line.days, today=line.today, span=Span.START)
    figures = [*scores(line, window), *events(line, window)]
    sessions = next(one for one in figures if one.key == "sessions")
    return Summary(
        chart=chart,
        window=window,
        figures=figures,
        verdicts=told(line),
        plan=plan_summary(session, chart),
        flags=open_flags_of(session, chart.patient.id),
        score_rows=_score_rows(line)[:MOST_DAYS],
        session_head=sessions.head,
        session_rows=[one.cells for one in sessions.rows][:MOST_SESSIONS],
    )


def _score_rows(timeline: Timeline) -> list[list[str]]:
    """Return one line for each day with a score, the newest first."""
    known = {key: {one.on: one for one in timeline.of(key)} for key, _ in _COLUMNS}
    days: set[date] = {day for found in known.values() for day in found}
    return [
        [
            day_text(day),
            *(_cell(known[key].get(day), item) for key, item in _COLUMNS),
        ]
        for day in sorted(days, reverse=True)
    ]


def _cell(reading: Reading | None, item: str | None) -> str:
    if reading is None:
        return _NOTHING
    value = reading.value if item is None else reading.items.get(item)
    return _NOTHING if value is None else plain(value)
