"""The chart of one patient: a timeline with everything on one axis, and beside it what waits for the physician."""

from typing import Literal
from uuid import UUID

from flask import render_template, url_for

from clinic.dashboards.timeline_rules import SPAN_WORDS, Span, window_of
from clinic.kernel.actor import Role
from clinic.monitoring.queries.flags import open_flags_of
from clinic.web.frame import policy
from clinic.web.frame.forms import FormModel, read_query
from clinic.web.frame.navigation import may_open
from clinic.web.frame.requests import actor, runtime
from clinic.web.physician import blueprint
from clinic.web.physician.chart.beside import links, needs, plan_summary
from clinic.web.physician.chart.events import events
from clinic.web.physician.chart.figures import scores
from clinic.web.physician.chart.opening import noted, opened
from clinic.web.physician.chart.words import level_word, told
from clinic.web.physician.forms import chart_forms


class ChartQuery(FormModel):
    """How far back the chart goes."""

    range: Literal["start", "year", "quarter"] = "start"


@blueprint.get("/my-patients/<uuid:patient_id>/chart")
@policy.staff(Role.PHYSICIAN, audit="chart.viewed")
def chart(patient_id: UUID) -> str:
    """Show the timeline of one patient."""
    wanted = Span(read_query(ChartQuery).range)
    with runtime().begin(by=actor()) as session:
        found = opened(session, patient_id)
        line = found.timeline
        window = window_of(line.days, today=line.today, span=wanted)
        facts = {
            "patient": found.patient,
            "alerts": found.alerts,
            "timeline": line,
            "window": window,
            "figures": [*scores(line, window), *events(line, window)],
            "verdicts": told(line),
            "spans": _spans(patient_id, wanted),
            "flags": open_flags_of(session, patient_id),
            "level_word": level_word,
            "flag_page": may_open("physician.flag"),
            "needs": needs(session, found),
            "plan": plan_summary(session, found),
            "links": links(patient_id),
            "forms": chart_forms(session, found.patient),
        }
        noted(session, "chart.viewed", patient_id)
        return render_template("physician/chart/chart.html", **facts)


def _spans(patient_id: UUID, wanted: Span) -> list[tuple[str, str, bool]]:
    return [
        (word, url_for("physician.chart", patient_id=patient_id, range=str(span)), span is wanted)
        for span, word in SPAN_WORDS.items()
    ]
