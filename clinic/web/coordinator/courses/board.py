"""Who drifts: every patient with a plan, the worst first, with the one step that helps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.kernel.actor import Role
from clinic.kernel.localtime import in_zone
from clinic.people import queries as people
from clinic.scheduling.queries import visit_types
from clinic.scheduling.rules.purposes import VisitPurpose
from clinic.treatment.queries.drift import DriftRow, drift_board
from clinic.treatment.rules.drift import NEEDS_ATTENTION, STATUS_WORDS, DriftStatus
from clinic.treatment.rules.plans import PHASE_NAMES
from clinic.web.coordinator import blueprint
from clinic.web.coordinator.courses.window_bar import window_bar
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormModel, Line, WholeNumber, blank_form, read_form, read_query
from clinic.web.frame.paging import PAGE_SIZE, Page, offset_of
from clinic.web.frame.requests import actor, now, runtime

_PAGE = "coordinator/courses/board.html"
_TO_BOOK = {
    DriftStatus.REVIEW_DUE: VisitPurpose.FOLLOW_UP,
    DriftStatus.RESTART_NEEDS_VISIT: VisitPurpose.FOLLOW_UP,
    DriftStatus.EVALUATION_WAITING: VisitPurpose.CONSULTATION,
}
_TO_PLAN = {
    DriftStatus.OVERDUE,
    DriftStatus.IN_WINDOW,
    DriftStatus.UPCOMING_UNBOOKED,
    DriftStatus.AFTERCARE_DUE,
    DriftStatus.LATER,
}
_URGENT = {
    DriftStatus.PHYSICIAN_GONE,
    DriftStatus.COURSE_BROKEN,
    DriftStatus.RESTART_NEEDS_VISIT,
    DriftStatus.OVERDUE,
}
GLYPHS = {"action": "!", "unconfirmed": "?", "confirmed": "\u2713", "done": "\u25cf"}


class BoardQuery(FormModel):
    """Filters of the list, kept in the address; names never are."""

    status: DriftStatus | None = None
    physician: UUID | None = None
    page: WholeNumber = 1


class SearchForm(FormModel):
    """A part of a name."""

    q: Line = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardRow:
    """One patient with the way the status looks, the drawn window, and the button."""

    row: DriftRow
    look: str
    word: str
    phase: str
    bar: Markup
    action: str
    href: str


@blueprint.get("/courses")
@policy.staff(Role.COORDINATOR, audit="courses.viewed")
def courses() -> str:
    """List every patient with a plan."""
    wanted = read_query(BoardQuery)
    with runtime().begin(by=actor()) as session:
        return _board(session, wanted)


@blueprint.post("/courses")
@policy.staff(Role.COORDINATOR, audit="courses.viewed")
def search_courses() -> ResponseReturnValue:
    """List those whose name has what was typed; a name stands in no address."""
    form = read_form(SearchForm)
    q = "" if isinstance(form, FormErrors) else form.q
    with runtime().begin(by=actor()) as session:
        return _board(session, BoardQuery(), q=q)


def filtered(rows: Sequence[DriftRow], wanted: BoardQuery) -> list[DriftRow]:
    """Return the rows that the filters let through."""
    return [row for row in rows if wanted.status in {None, row.status} and wanted.physician in {None, row.physician_id}]


def _board(session: Session, wanted: BoardQuery, *, q: str = "") -> str:
    everybody = drift_board(session, now=now())
    named = [row for row in everybody if q.casefold() in row.patient_name.casefold()]
    of_physician = filtered(named, wanted.model_copy(update={"status": None}))
    rows = filtered(of_physician, wanted)
    page = _page_of(rows, wanted.page)
    _note_seen(session, "courses.viewed", page.rows)
    kinds = {VisitPurpose(kind.purpose): kind.code for kind in reversed(visit_types(session))}
    return render_template(
        _PAGE,
        page=Page(rows=[_row(row, kinds) for row in page.rows], number=page.number, total=page.total),
        counts=_counts(of_physician, wanted),
        attention=sum(row.status in NEEDS_ATTENTION for row in of_physician),
        total=len(everybody),
        q=q,
        wanted=wanted,
        form=blank_form(prefix="by", physician=wanted.physician, status=wanted.status),
        search=blank_form(prefix="named", q=q),
        physicians=[(str(one.id), one.full_name) for one in people.all_physicians(session)],
        glyphs=GLYPHS,
        file=url_for("coordinator.courses_csv", **address_of(wanted)),  # type: ignore[arg-type]
    )


def address_of(wanted: BoardQuery, **changes: object) -> dict[str, str]:
    """Return the parameters of the same list's address, with some changed."""
    values = wanted.model_dump(exclude={"page"}) | changes
    return {name: str(value) for name, value in values.items() if value is not None}


def _page_of(rows: Sequence[DriftRow], number: int) -> Page[DriftRow]:
    last = Page(rows=(), number=1, total=len(rows)).last
    number = min(max(number, 1), last)
    start = offset_of(number)
    return Page(rows=rows[start : start + PAGE_SIZE], number=number, total=len(rows))


def _note_seen(session: Session, action: str, rows: Sequence[DriftRow]) -> None:
    seen = tuple(row.patient_id for row in rows)
    journal.note(session, action, subject_kind="patient", subject_id=None, at=now(), patient_ids=seen)


def _counts(rows: Sequence[DriftRow], wanted: BoardQuery) -> list[tuple[int, str, str, str]]:
    def address(status: DriftStatus | None) -> str:
        return url_for("coordinator.courses", **address_of(wanted, status=status))  # type: ignore[arg-type]

    found = [(sum(row.status is one for row in rows), one) for one in DriftStatus]
    shown = [
        (count, STATUS_WORDS[one], address(one), one.value) for count, one in found if count or one is wanted.status
    ]
    return [(len(rows), "in all", address(None), "all"), *shown]


def _row(row: DriftRow, kinds: Mapping[VisitPurpose, str]) -> BoardRow:
    action, href = step_of(row, kinds)
    return BoardRow(
        row=row,
        look=look_of(row.status),
        word=STATUS_WORDS[row.status],
        phase=PHASE_NAMES[row.phase],
        bar=window_bar(row, today=in_zone(now(), row.zone).date()),
        action=action,
        href=href,
    )


def look_of(status: DriftStatus) -> str:
    """Return the pattern of a status: needs action, needs a look, planned, done."""
    if status in _URGENT:
        return "action"
    if status in NEEDS_ATTENTION:
        return "unconfirmed"
    return "confirmed" if status is DriftStatus.BOOKED else "done"


def step_of(row: DriftRow, kinds: Mapping[VisitPurpose, str]) -> tuple[str, str]:
    """Return the words of the row's button and where it leads; `kinds` are the codes of visits to the physician."""
    if row.status in _TO_BOOK:
        kind = kinds.get(_TO_BOOK[row.status])
        return "Book physician visit", url_for("coordinator.book", patient=row.patient_id, type=kind)
    if row.status is DriftStatus.COURSE_BROKEN:
        return "See changes", url_for("coordinator.reflow", patient_id=row.patient_id)
    if row.status is DriftStatus.PHYSICIAN_GONE:
        return "Choose physician", url_for("coordinator.ask_course_wishes", patient_id=row.patient_id)
    planner = url_for("coordinator.course", patient_id=row.patient_id)
    return ("Plan dates" if row.status in _TO_PLAN else "Open"), planner
