"""The list of patients, and finding one without a name in any address."""

from collections.abc import Sequence

from flask import jsonify, render_template, url_for
from flask.typing import ResponseReturnValue
from pydantic import Field
from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.kernel.actor import Role
from clinic.kernel.errors import Invalid
from clinic.people import queries
from clinic.people.queries import PatientRow, PatientSort
from clinic.web.coordinator import blueprint
from clinic.web.frame import policy
from clinic.web.frame.display import day_text
from clinic.web.frame.forms import (
    FormErrors,
    FormModel,
    FormState,
    Line,
    WholeNumber,
    blank_form,
    read_form,
    read_query,
)
from clinic.web.frame.paging import PAGE_SIZE, Page, offset_of
from clinic.web.frame.requests import actor, now, runtime, see_other, wants_json

_TYPEAHEAD_ROWS = 8
_ORDERS = (
    (PatientSort.NAME, "Name"),
    (PatientSort.NEWEST, "Newest"),
    (PatientSort.BIRTH_DATE, "Date of birth"),
    (PatientSort.STATE, "State and county"),
)


class ListQuery(FormModel):
    """Which page of the list, in which order."""

    sort: PatientSort = PatientSort.NAME
    page: WholeNumber = Field(default=1, ge=1)


class SearchForm(FormModel):
    """What somebody typed to find a patient; nothing typed finds nobody."""

    q: Line = ""


@blueprint.get("/patients")
@policy.staff(Role.COORDINATOR, audit="patients.listed")
def patients() -> str:
    """List all patients, page by page."""
    wanted = read_query(ListQuery)
    with runtime().begin(by=actor()) as session:
        page = _page(session, wanted)
        _note_seen(session, "patients.listed", page.rows)
    return render_template("coordinator/patients/list.html", page=page, orders=_orders(wanted), form=blank_form())


@blueprint.get("/patients/search")
@policy.staff(Role.COORDINATOR)
def leave_search() -> ResponseReturnValue:
    """Go back to the list: what was searched for stands in no address, so it cannot be opened again."""
    return see_other("coordinator.patients")


@blueprint.post("/patients/search")
@policy.staff(Role.COORDINATOR, audit="patients.searched")
def search_patients() -> ResponseReturnValue:
    """Find patients by name, phone digits or record number, as a page or for the box in the page's head."""
    form = read_form(SearchForm)
    if isinstance(form, FormErrors):
        return _unusable(form)
    with runtime().begin(by=actor()) as session:
        rows = queries.search(session, text=form.q, limit=_TYPEAHEAD_ROWS if wants_json() else PAGE_SIZE)
        total = queries.count_patients(session, text=form.q) if rows else 0
        _note_seen(session, "patients.searched", rows)
    if wants_json():
        return jsonify({"results": [_suggestion(row) for row in rows], "more": total - len(rows)})
    return _found(blank_form(q=form.q), rows, total=total)


def _page(session: Session, wanted: ListQuery) -> Page[PatientRow]:
    """Return the page asked for, or the last one when the list has become shorter."""
    total = queries.count_patients(session)
    number = min(wanted.page, Page(rows=(), number=1, total=total).last)
    rows = queries.page_of_patients(session, sort=wanted.sort, limit=PAGE_SIZE, offset=offset_of(number))
    return Page(rows=rows, number=number, total=total)


def _note_seen(session: Session, action: str, rows: Sequence[PatientRow]) -> None:
    """Write one audit row that names everybody shown; what was typed is not in it."""
    seen = tuple(row.id for row in rows)
    journal.note(session, action, subject_kind="patient", subject_id=None, at=now(), patient_ids=seen)


def _orders(wanted: ListQuery) -> list[tuple[str, str, bool]]:
    return [(label, url_for("coordinator.patients", sort=sort.value), sort is wanted.sort) for sort, label in _ORDERS]


def _found(form: FormState, rows: Sequence[PatientRow], *, total: int) -> ResponseReturnValue:
    page = render_template("coordinator/patients/found.html", rows=rows, total=total, form=form)
    return page, form.status


def _unusable(form: FormErrors) -> ResponseReturnValue:
    if wants_json():
        raise Invalid(next(iter(form.errors.values()), None) or form.problems[0], field="q")
    return _found(form, (), total=0)


def _suggestion(row: PatientRow) -> dict[str, str]:
    return {
        "href": url_for("coordinator.patient", patient_id=row.id),
        "name": row.name,
        "detail": f"{day_text(row.birth_date)} · {row.state} · {row.record_number}",
    }
