"""One patient's line of the panel in words, numbers and small drawings."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date, datetime

from flask import url_for
from markupsafe import Markup

from clinic.dashboards.panel_page import Details
from clinic.dashboards.panel_rules import Facts, Risk, Standing, reason_of
from clinic.kernel.localtime import in_zone
from clinic.monitoring.rules.levels import Level
from clinic.monitoring.rules.response import RELEVANT
from clinic.treatment.rules.phases import Phase
from clinic.treatment.rules.plans import PHASE_NAMES
from clinic.web.charts import sparkline
from clinic.web.frame.navigation import may_open
from clinic.web.physician.level_looks import LEVEL_GLYPHS

RISKS = {
    Risk.URGENT: (LEVEL_GLYPHS[Level.URGENT], "Urgent", "urgent"),
    Risk.HOLD: (LEVEL_GLYPHS[Level.HOLD], "Hold", "hold"),
    Risk.REVIEW: (LEVEL_GLYPHS[Level.REVIEW], "Review", "review"),
    Risk.WATCH: (LEVEL_GLYPHS[Level.WATCH], "Watch", "watch"),
    Risk.NONE: ("\u25cb", "None", "none"),
}
"""Glyph, word and look of each risk."""

STANDINGS = {
    Standing.REMISSION: ("\u2713", "Remission"),
    Standing.RESPONSE: ("\u2713", "Response"),
    Standing.BETTER: ("\u2193", "Better"),
    Standing.SAME: ("\u2192", "Same"),
    Standing.WORSE: ("\u2191", "Worse"),
    Standing.ONE_SCORE: ("", "One score"),
    Standing.NO_SCORE: ("", "No score"),
}
"""Glyph and word of how a patient stands to the baseline."""

_SHORT = {Phase.EVALUATION: "Eval.", Phase.MAINTENANCE: "Maint.", Phase.AFTERCARE: "After."}
_PHQ_MOST, _GAD_MOST, _LIMIT = 27, 21, 10
_PHQ_BANDS = ("minimal", "mild", "moderate", "moderately severe", "severe")
_GAD_BANDS = ("minimal", "mild", "moderate", "severe")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One score's cells: the drawing, the number with its band, and the change since the start."""

    drawing: Markup
    value: int | None
    band: str
    shade: int
    change: str
    is_worse: bool
    is_better: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row; addresses are empty where there is nothing to open."""

    facts: Facts
    href: str
    risk: tuple[str, str, str]
    reason: str
    reason_href: str
    phase: str
    phase_short: str
    phq: Measure
    gad: Measure
    standing: tuple[str, str]
    last: str
    units: int | None
    next: str
    covering: str


def line_of(one: Facts, details: Details, *, covering: str, now: datetime) -> Line:
    """Return the row of one patient; `covering` names the absent colleague whose patient it is."""
    today = in_zone(now, one.zone).date()
    phase = PHASE_NAMES[Phase(one.phase)] if one.phase else "No plan"
    is_flag_open = one.flag_id is not None and may_open("physician.flag")
    return Line(
        facts=one,
        href=patient_href(one),
        risk=RISKS[one.risk],
        reason=reason_of(one),
        reason_href=url_for("physician.flag", flag_id=one.flag_id) if is_flag_open else "",
        phase=phase,
        phase_short=_SHORT.get(Phase(one.phase), phase) if one.phase else phase,
        phq=_measure(details.phq, one.phq, one.phq_change, most=_PHQ_MOST, bands=_PHQ_BANDS),
        gad=_measure(details.gad, one.gad, one.gad_change, most=_GAD_MOST, bands=_GAD_BANDS),
        standing=STANDINGS[one.standing],
        last=_day_in(one.last_at, one.zone, today),
        units=details.units,
        next=_day_in(one.next_at, one.zone, today),
        covering=covering,
    )


def patient_href(one: Facts) -> str:
    """Return where a row leads: the chart, or the record as long as there is no chart."""
    endpoint = "physician.chart" if may_open("physician.chart") else "physician.patient"
    return url_for(endpoint, patient_id=one.id)


def day_word(day: date, today: date) -> str:
    """Return `Nov 25`, with the year where it is another one."""
    return f"{day:%b} {day.day}" if day.year == today.year else f"{day:%b} {day.day}, {day.year}"


def signed(change: int | None) -> str:
    """Return `+3`, `\u22127` or `0`; nothing of nothing."""
    if change is None:
        return ""
    return f"+{change}" if change > 0 else f"\u2212{-change}" if change else "0"


def _day_in(instant: datetime | None, zone: str, today: date) -> str:
    return "" if instant is None else day_word(in_zone(instant, zone).date(), today)


def _measure(
    values: tuple[int, ...], value: int | None, change: int | None, *, most: int, bands: tuple[str, ...]
) -> Measure:
    shade = 0 if value is None else min(bisect_right((5, 10, 15, 20), value), len(bands) - 1)
    return Measure(
        drawing=sparkline(values, most=most, threshold=_LIMIT) if values else Markup(""),
        value=value,
        band="" if value is None else bands[shade],
        shade=shade,
        change=signed(change),
        is_worse=change is not None and change >= RELEVANT,
        is_better=change is not None and change <= -RELEVANT,
    )
