"""The panel as a file with the same filters; every export stands in the journal."""

from collections.abc import Sequence
from datetime import datetime

from flask import Response

from clinic.dashboards.panel_page import Details, details_of
from clinic.dashboards.panel_rules import Facts, filtered, ordered, reason_of
from clinic.kernel import journal
from clinic.kernel.actor import Role
from clinic.kernel.localtime import in_zone
from clinic.treatment.rules.phases import Phase
from clinic.treatment.rules.plans import PHASE_NAMES
from clinic.web.frame import policy
from clinic.web.frame.csv_file import Cell, csv_file, csv_text
from clinic.web.frame.forms import read_query
from clinic.web.frame.requests import actor, now, runtime
from clinic.web.physician import blueprint
from clinic.web.physician.own import own_record
from clinic.web.physician.panel.asked import PanelQuery, address_of, filter_of
from clinic.web.physician.panel.listing import all_rows
from clinic.web.physician.panel.showing import RISKS, STANDINGS

_HEAD = (
    *("record_number", "patient", "state", "risk", "reason", "open_flags", "phase"),
    *("phq9", "phq9_start", "phq9_change", "gad7", "gad7_start", "gad7_change", "outcome"),
    *("last_session_on", "units_reported", "sessions_taken", "days_since_score", "check_ins_missed"),
    *("next_visit", "time_zone"),
)


@blueprint.get("/panel.csv")
@policy.staff(Role.PHYSICIAN, fresh_mfa=True, audit="panel.exported")
def panel_csv() -> Response:
    """Return every row that the filters let through, all pages, as comma-separated values."""
    wanted = read_query(PanelQuery)
    with runtime().begin(by=actor()) as session:
        me = own_record(session)
        found = filtered(all_rows(session, me), filter_of(wanted))
        rows = ordered(found, wanted.sort, is_down=wanted.is_down)
        details = details_of(session, rows)
        journal.note(
            session,
            "panel.exported",
            subject_kind="patient",
            subject_id=None,
            at=now(),
            patient_ids=tuple(row.id for row in rows),
            rows=len(rows),
            **address_of(wanted),
        )
    content = csv_text(_HEAD, [_cells(row, details.get(row.id, Details())) for row in rows], has_mark=True)
    return csv_file(f"panel-{in_zone(now(), me.zone).date()}.csv", content)


def _cells(row: Facts, details: Details) -> Sequence[Cell]:
    return (
        *(row.record_number, row.name, row.state, RISKS[row.risk][1], reason_of(row), row.flags),
        PHASE_NAMES[Phase(row.phase)] if row.phase else None,
        *(row.phq, row.phq_start, row.phq_change, row.gad, row.gad_start, row.gad_change),
        STANDINGS[row.standing][1],
        in_zone(row.last_at, row.zone).date() if row.last_at else None,
        *(details.units, row.taken, row.silent_days, row.missed),
        *(_minute(row.next_at, row.zone), row.zone),
    )


def _minute(at: datetime | None, zone: str) -> str | None:
    return None if at is None else f"{in_zone(at, zone):%Y-%m-%d %H:%M}"
