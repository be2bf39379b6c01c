"""The list of courses as a file with the same filters; every export stands in the journal."""

from collections.abc import Sequence

from flask import Response

from clinic.kernel import journal
from clinic.kernel.actor import Role
from clinic.kernel.localtime import in_zone
from clinic.treatment.queries.drift import DriftRow, drift_board
from clinic.treatment.rules.drift import STATUS_WORDS
from clinic.treatment.rules.plans import PHASE_NAMES
from clinic.web.coordinator import blueprint
from clinic.web.coordinator.courses.board import BoardQuery, address_of, filtered
from clinic.web.frame import policy
from clinic.web.frame.csv_file import Cell, csv_file, csv_text
from clinic.web.frame.forms import read_query
from clinic.web.frame.requests import actor, now, runtime

_HEAD = (
    "patient",
    "status",
    "phase",
    "physician",
    "last_taken_on",
    "window_from",
    "window_until",
    "next_booked",
    "time_zone",
    "next_step",
)


@blueprint.get("/courses.csv")
@policy.staff(Role.COORDINATOR, fresh_mfa=True, audit="courses.exported")
def courses_csv() -> Response:
    """Return every row of the list, all pages, as comma-separated values."""
    wanted = read_query(BoardQuery)
    with runtime().begin(by=actor()) as session:
        rows = filtered(drift_board(session, now=now()), wanted)
        journal.note(
            session,
            "courses.exported",
            subject_kind="patient",
            subject_id=None,
            at=now(),
            patient_ids=tuple(row.patient_id for row in rows),
            rows=len(rows),
            **address_of(wanted),
        )
    day = in_zone(now(), runtime().clinic.zone).date()
    return csv_file(f"courses-{day}.csv", csv_text(_HEAD, (_cells(row) for row in rows), has_mark=True))


def _cells(row: DriftRow) -> Sequence[Cell]:
    taken = in_zone(row.last_taken_at, row.zone).date() if row.last_taken_at else None
    booked = f"{in_zone(row.next_booked_at, row.zone):%Y-%m-%d %H:%M}" if row.next_booked_at else None
    return (
        row.patient_name,
        STATUS_WORDS[row.status],
        PHASE_NAMES[row.phase],
        row.physician_name,
        taken,
        row.window_from,
        row.window_until,
        booked,
        row.zone,
        row.sentence,
    )
