"""Who waits for an earlier or a first time, and the same as a file."""

from flask import Response, render_template
from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.kernel.actor import Role
from clinic.waitlist.queries.entries import EntryRow, waiting_rows
from clinic.web.coordinator import blueprint
from clinic.web.frame import policy
from clinic.web.frame.csv_file import Cell, csv_file, csv_text
from clinic.web.frame.requests import actor, now, runtime
from clinic.web.waiting_words import days_words, hours_words, notice_words, wants_words

SEEN = "waitlist.viewed"


@blueprint.get("/waiting")
@policy.staff(Role.COORDINATOR, audit=SEEN)
def waitlist() -> str:
    """Show who waits, those with an open offer first, then whoever waits longest."""
    with runtime().begin(by=actor()) as session:
        rows = seen_rows(session)
        return render_template("coordinator/waiting/list.html", rows=rows, wants=wants_words)


def seen_rows(session: Session) -> list[EntryRow]:
    """Return who waits, and note that they were seen."""
    rows = waiting_rows(session)
    seen = tuple(dict.fromkeys(row.entry.patient_id for row in rows))
    journal.note(session, SEEN, subject_kind="waitlist", subject_id=None, at=now(), patient_ids=seen)
    return rows


@blueprint.get("/waiting.csv")
@policy.staff(Role.COORDINATOR, audit=SEEN)
def waitlist_file() -> Response:
    """Return who waits as a file."""
    with runtime().begin(by=actor()) as session:
        rows = seen_rows(session)
        cells = [_cells(row) for row in rows]
    return csv_file("waiting-list.csv", csv_text(_HEAD, cells, has_mark=True))


_HEAD = (
    *("record", "visit", "booked_for", "waits_since", "first_day", "last_day"),
    *("days", "hours", "notice", "physician", "language", "offered"),
)


def _cells(row: EntryRow) -> tuple[Cell, ...]:
    entry = row.entry
    return (
        *(row.record_number, row.visit_name, row.present, entry.created_at, str(entry.earliest_on)),
        *(str(entry.latest_on), days_words(entry), hours_words(entry), notice_words(entry)),
        *(row.physician_name, row.language, row.offer.starts_at if row.offer else None),
    )
