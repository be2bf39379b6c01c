"""The report on visits: what became of them, week by week."""

from flask import render_template, url_for
from sqlalchemy.orm import Session

from clinic.dashboards.attendance import Attendance, Wanted, attendance
from clinic.dashboards.attendance_rules import SMALL, median
from clinic.people import queries as people
from clinic.people.rules import STATES
from clinic.policies.queries import number
from clinic.policies.rules import PolicyKey
from clinic.scheduling import queries
from clinic.web.coordinator import blueprint
from clinic.web.coordinator.reports.asked import READERS, ReportQuery, address_of, sees_everybody, wanted_of
from clinic.web.coordinator.reports.tables import KEYS, Often, Table, key_figures, tables
from clinic.web.coordinator.reports.tabs import report_tabs
from clinic.web.frame import policy
from clinic.web.frame.forms import blank_form, read_query
from clinic.web.frame.requests import actor, now, runtime
from clinic.worklist import queries as tasks
from clinic.worklist.rules import WorkKind


@blueprint.get("/reports/visits")
@policy.staff(*READERS)
def visit_report() -> str:
    """Show the figures of some weeks; nobody's name but the physicians' stands on it."""
    query = read_query(ReportQuery)
    with runtime().begin(by=actor()) as session:
        wanted = wanted_of(session, query)
        found = attendance(session, wanted, now=now())
        return render_template(
            "coordinator/reports/visits.html",
            wanted=wanted,
            total=found.total.total,
            figures=key_figures(found, median(found.leads)),
            tables=report_tables(session, found),
            files=_files(query, wanted),
            small=SMALL,
            tabs=report_tabs("coordinator.visit_report"),
            form=blank_form(**{**query.model_dump(exclude_none=True), "first": wanted.first, "last": wanted.last}),
            **_choices(session),
        )


def report_tables(session: Session, found: Attendance) -> list[Table]:
    """Return the report's tables with the clinic's own limits in their words."""
    due = {kind: len(tasks.open_keys(session, kind)) for kind in (WorkKind.MISSED_OFTEN, WorkKind.MISSED_REVIEW)}
    often = Often(
        calls=due[WorkKind.MISSED_OFTEN],
        looks=due[WorkKind.MISSED_REVIEW],
        call_from=number(session, PolicyKey.MISSED_VISITS_BEFORE_TASK),
        look_from=number(session, PolicyKey.MISSED_SESSIONS_BEFORE_REVIEW),
        days=number(session, PolicyKey.MISSED_VISITS_WITHIN_DAYS),
    )
    return tables(found, late_hours=number(session, PolicyKey.LATE_CANCEL_HOURS), often=often)


def _files(query: ReportQuery, wanted: Wanted) -> dict[str, str]:
    address = address_of(query, wanted)
    return {key: url_for("coordinator.visit_report_file", table=key, **address) for key in KEYS}  # type: ignore[arg-type]


def _choices(session: Session) -> dict[str, object]:
    everybody = people.all_physicians(session) if sees_everybody() else []
    return {
        "physicians": [(str(one.id), one.full_name) for one in everybody],
        "types": [(one.code, one.name) for one in queries.visit_types(session, only_active=False)],
        "places": list(STATES.items()),
    }
