"""The outcomes as tables: for each its definition, its values for a page and for a file, and its drawing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from markupsafe import Markup

from clinic.dashboards.outcomes_rules import LEAST, PHASES, Outcome, Row, Shown
from clinic.treatment.rules.plans import PHASE_NAMES
from clinic.web.charts import Series, lines
from clinic.web.frame.csv_file import Cell

WORDS: Mapping[Outcome, tuple[str, str]] = MappingProxyType(
    {
        Outcome.RESPONSE: (
            "Response",
            (
                "Patients whose newest PHQ-9 of the month is half of their baseline or less, of those with a PHQ-9 in "
                "that month and a baseline of 10 or more. The baseline is the newest score up to the first session, "
                "else the first on record."
            ),
        ),
        Outcome.REMISSION: (
            "Remission",
            "Patients whose newest PHQ-9 of the month is below 5, of the same patients as above.",
        ),
        Outcome.DROP_OUT: (
            "Drop-out",
            (
                "Courses that ended in the month straight out of induction, maintenance or taper, without aftercare, "
                "of the courses that ran in that month."
            ),
        ),
        Outcome.SIDE_EFFECTS: (
            "Side effects",
            "Patients who told of a moderate or severe side effect in the month, of those who answered at least once.",
        ),
        Outcome.FLAGS: (
            "Flags to decide",
            (
                "Patients with a new flag of the levels Review, Hold or Urgent in the month, of the courses that ran "
                "in that month."
            ),
        ),
    }
)
"""Title and definition of each outcome, in the order of the page."""

HEAD = ("Month", "All", *(PHASE_NAMES[phase] for phase in PHASES))
FILE_HEAD = ("outcome", "month", "phase", "patients", "of_patients", "percent")
_KEPT_BACK = f"under {LEAST}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One outcome on the page; each cell is a rate with what it is of."""

    key: str
    title: str
    defined: str
    shown: Sequence[Sequence[tuple[str, str]]]
    drawing: Markup | None


def tables(found: Mapping[Outcome, Sequence[Row]]) -> list[Table]:
    """Return all tables in the order of the page."""
    return [_table(outcome, found[outcome]) for outcome in Outcome]


def _table(outcome: Outcome, rows: Sequence[Row]) -> Table:
    title, defined = WORDS[outcome]
    labels = [f"{row.month:%b}" if row.month.month > 1 else f"{row.month:%b %y}" for row in rows]
    named = [("All", [row.total.percent for row in rows])]
    named += [(PHASE_NAMES[phase], [row.phases[at].percent for row in rows]) for at, phase in enumerate(PHASES)]
    series = [Series(label=name, values=values) for name, values in named]
    is_anything = any(value is not None for one in series for value in one.values)
    return Table(
        key=outcome.value,
        title=title,
        defined=defined,
        shown=[[(f"{row.month:%B %Y}", ""), *map(_cell, (row.total, *row.phases))] for row in reversed(rows)],
        drawing=lines(series, labels, key=outcome.value, title=f"{title} by month") if is_anything else None,
    )


def _cell(shown: Shown) -> tuple[str, str]:
    """Return the rate and what it is of; words where a number is kept back."""
    if shown.whole == 0:
        return "\u2013", ""
    if shown.whole is None:
        return "few", ""
    if shown.part is None:
        return "few", f"of {shown.whole:,}"
    return f"{shown.percent:.0f}%", f"{shown.part:,} of {shown.whole:,}"


def cells(outcome: Outcome, rows: Sequence[Row]) -> list[Sequence[Cell]]:
    """Return one outcome's lines of a file: one for each month and phase, and for all phases."""
    names = ("all", *(str(phase) for phase in PHASES))
    return [
        (
            *(str(outcome), f"{row.month:%Y-%m}", name),
            _KEPT_BACK if shown.part is None else shown.part,
            _KEPT_BACK if shown.whole is None else shown.whole,
            None if shown.percent is None else round(shown.percent, 1),
        )
        for row in rows
        for name, shown in zip(names, (row.total, *row.phases), strict=True)
    ]
