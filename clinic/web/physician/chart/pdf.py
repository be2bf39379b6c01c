"""The summary as a PDF: typst sets what it gets as data, so that nothing in it can be taken for markup."""

import json
from datetime import datetime
from functools import cache
from pathlib import Path

import typst

from clinic.web.charts.timeline import sheet
from clinic.web.frame.display import day_text, when
from clinic.web.physician.chart.summarizing import MOST_FLAGS, SCORE_HEAD, Summary
from clinic.web.physician.chart.words import level_word
from clinic.web.physician.level_looks import LEVEL_GLYPHS

_DRAWN = ("phq9", "gad7", "sds_ketamine", "sessions")
_LONGEST = 240
_NO_DATE = "None booked"


def pdf_of(summary: Summary, *, by: str, at: datetime, clinic: str) -> bytes:
    """Return the file; every page says who made it and when."""
    data = _data(summary) | {
        "printed": f"Printed by {by} on {when(at, summary.chart.me.zone, 'full')}",
        "clinic": clinic,
    }
    made = typst.compile(_template(), sys_inputs={"data": json.dumps(data)}, ignore_system_fonts=True, format="pdf")
    if not isinstance(made, bytes):
        raise TypeError("one document was asked for")
    return made


@cache
def _template() -> bytes:
    return Path(__file__).with_name("summary.typ").read_bytes()


def _data(summary: Summary) -> dict[str, object]:
    """Return everything that the page shows as plain words."""
    patient, hidden = summary.chart.patient, max(0, len(summary.flags) - MOST_FLAGS)
    return {
        "name": f"{patient.legal_last_name}, {patient.legal_first_name}",
        "facts": _facts(summary),
        "alerts": [words for _, words in summary.chart.alerts],
        "verdicts": [[one.word, one.sentence] for one in summary.verdicts],
        "drawing": _drawing(summary),
        "said": " ".join(summary.figure(key).said for key in _DRAWN),
        "scores": {"head": SCORE_HEAD, "rows": summary.score_rows},
        "sessions": {"head": summary.session_head, "rows": summary.session_rows},
        "flags": [
            [f"{LEVEL_GLYPHS[one.level]} {level_word(one.level)}", one.sentence[:_LONGEST]]
            for one in summary.flags[:MOST_FLAGS]
        ],
        "hidden": f"{hidden} more in the record." if hidden else "",
    }


def _facts(summary: Summary) -> list[list[str]]:
    patient, plan = summary.chart.patient, summary.plan
    found = [
        ["Born", day_text(patient.birth_date)],
        ["Record", patient.record_number],
        ["State", patient.state],
    ]
    if plan is None:
        return [*found, ["Plan", "None yet"]]
    coming = when(plan.next_at, plan.next_zone) if plan.next_at else _NO_DATE
    return [*found, ["Physician", plan.physician], ["Phase", plan.phase], ["Next visit", coming]]


def _drawing(summary: Summary) -> str | None:
    shown = [summary.figure(key) for key in _DRAWN]
    panels = [(_title(one.name, one.value, one.word), one.draw) for one in shown if one.draw is not None]
    return sheet(panels, summary.window.first, summary.window.last) if panels else None


def _title(name: str, value: str, word: str) -> str:
    said = f"{value} taken" if name == "Sessions" else ", ".join(filter(None, [value, word.lower()]))
    return " \u00b7 ".join(filter(None, [name, said]))
