"""A table of a report as a file, with the same filters."""

from typing import Any

from flask import Response

from clinic.dashboards.attendance import attendance
from clinic.kernel import journal
from clinic.web.coordinator import blueprint
from clinic.web.coordinator.reports.asked import READERS, ReportQuery, address_of, wanted_of
from clinic.web.coordinator.reports.tables import KEYS
from clinic.web.coordinator.reports.visits import report_tables
from clinic.web.frame import policy
from clinic.web.frame.csv_file import csv_file, csv_text
from clinic.web.frame.forms import read_query
from clinic.web.frame.requests import actor, now, runtime


@blueprint.get(f"/reports/visits/<any({', '.join(KEYS)}):table>.csv")
@policy.staff(*READERS, audit="report.exported")
def visit_report_file(table: str) -> Response:
    """Return one table of the report as comma-separated values that Excel reads, too; it names no patient."""
    query = read_query(ReportQuery)
    with runtime().begin(by=actor()) as session:
        wanted = wanted_of(session, query)
        found = {one.key: one for one in report_tables(session, attendance(session, wanted, now=now()))}
        cells = found[table].cells
        asked: dict[str, Any] = {**address_of(query, wanted), "table": table, "rows": len(cells)}
        journal.note(session, "report.exported", subject_kind="report", subject_id=None, at=now(), **asked)
    content = csv_text(found[table].file_head, cells, has_mark=True)
    return csv_file(f"{table.replace('_', '-')}-{wanted.first}-{wanted.last}.csv", content)
