"""One outcome as a file with the same months, and with the same numbers kept back."""

from typing import Any

from flask import Response

from clinic.dashboards.outcomes import outcomes
from clinic.dashboards.outcomes_rules import Outcome
from clinic.kernel import journal
from clinic.kernel.actor import Role
from clinic.web.frame import policy
from clinic.web.frame.csv_file import csv_file, csv_text
from clinic.web.frame.forms import read_query
from clinic.web.frame.requests import actor, now, runtime
from clinic.web.physician import blueprint
from clinic.web.physician.outcomes.asked import OutcomeQuery, wanted_of
from clinic.web.physician.outcomes.tables import FILE_HEAD, cells

_KEYS = ", ".join(Outcome)


@blueprint.get(f"/outcomes/<any({_KEYS}):table>.csv")
@policy.staff(Role.PHYSICIAN, Role.ADMIN, audit="report.exported")
def outcomes_file(table: str) -> Response:
    """Return one outcome as comma-separated values; it names no patient."""
    wanted = wanted_of(read_query(OutcomeQuery))
    outcome = Outcome(table)
    with runtime().begin(by=actor()) as session:
        rows = cells(outcome, outcomes(session, wanted, now=now())[outcome])
        days = {"first": wanted.first, "last": wanted.last}
        asked: dict[str, Any] = {**days, "table": f"outcomes.{table}", "rows": len(rows)}
        journal.note(session, "report.exported", subject_kind="report", subject_id=None, at=now(), **asked)
    name = f"outcomes-{table.replace('_', '-')}-{wanted.first:%Y-%m}-{wanted.last:%Y-%m}.csv"
    return csv_file(name, csv_text(FILE_HEAD, rows, has_mark=True))
