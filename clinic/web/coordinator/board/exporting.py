"""The list as a file with the same filters: RFC 4180, UTF-8, formulas made harmless, every export in the journal."""

from collections.abc import Sequence

from flask import Response

from clinic.dashboards import visit_list
from clinic.dashboards.visit_list import ListedVisit
from clinic.kernel import journal
from clinic.kernel.actor import Role
from clinic.kernel.localtime import in_zone
from clinic.web.coordinator import blueprint
from clinic.web.coordinator.board.listing import ListQuery, filters_of, kept
from clinic.web.frame import policy
from clinic.web.frame.csv_file import csv_file, csv_text
from clinic.web.frame.display import STATUS_LOOKS
from clinic.web.frame.forms import read_query
from clinic.web.frame.requests import actor, now, runtime

_HEAD = (
    "date",
    "start",
    "end",
    "time_zone",
    "status",
    "patient",
    "record_number",
    "patient_state",
    "patient_start",
    "patient_time_zone",
    "visit",
    "physician",
    "cancel_reason",
    "overbooked_because",
)


@blueprint.get("/board/list.csv")
@policy.staff(Role.COORDINATOR, fresh_mfa=True, audit="visits.exported")
def board_csv() -> Response:
    """Return every visit of the list, all pages, as comma-separated values."""
    wanted = read_query(ListQuery)
    filters = filters_of(wanted)
    with runtime().begin(by=actor()) as session:
        rows = visit_list.visits_of(session, filters, sort=wanted.sort, now=now())
        journal.note(
            session,
            "visits.exported",
            subject_kind="day",
            subject_id=None,
            at=now(),
            patient_ids=tuple({row.patient_id for row in rows}),
            rows=len(rows),
            first=str(filters.first),
            last=str(filters.last),
            **kept(wanted),
        )
    name = f"visits-{filters.first}-{filters.last}.csv"
    return csv_file(name, csv_text(_HEAD, (_cells(row, filters.zone) for row in rows)))


def _cells(row: ListedVisit, zone: str) -> Sequence[str]:
    start, end = in_zone(row.starts_at, zone), in_zone(row.ends_at, zone)
    there = in_zone(row.starts_at, row.patient_zone)
    return (
        f"{start:%Y-%m-%d}",
        f"{start:%H:%M}",
        f"{end:%H:%M}",
        zone,
        str(STATUS_LOOKS[row.state][1]),
        row.patient_name,
        row.record_number,
        row.location_state,
        f"{there:%Y-%m-%d %H:%M}",
        row.patient_zone,
        row.visit_name,
        row.physician_name,
        row.cancel_reason or "",
        row.overbook_reason or "",
    )
