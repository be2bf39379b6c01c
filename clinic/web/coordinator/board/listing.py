"""The list of visits with filters that stay in the address, page by page."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Literal
from uuid import UUID

from flask import render_template, url_for
from pydantic import Field
from sqlalchemy.orm import Session

from clinic.dashboards import visit_list
from clinic.dashboards.visit_list import Filters, ListedVisit, VisitSort
from clinic.kernel import journal
from clinic.kernel.actor import Role
from clinic.kernel.errors import Invalid
from clinic.kernel.localtime import in_zone
from clinic.people import queries as people
from clinic.people.rules import STATES
from clinic.scheduling import queries
from clinic.scheduling.rules.states import AppointmentState
from clinic.web.coordinator import blueprint
from clinic.web.coordinator.board.asked import GROUPS, Count, Group, tabs
from clinic.web.frame import policy
from clinic.web.frame.forms import FormModel, Line, Many, WholeNumber, blank_form, read_query
from clinic.web.frame.paging import PAGE_SIZE, Page, offset_of
from clinic.web.frame.requests import actor, now, runtime
from clinic.web.slots import NearbyDay

_MOST_DAYS = timedelta(days=60)
_USUAL = timedelta(days=6)
_SORTS = [
    (VisitSort.TIME, "Time, earliest first"),
    (VisitSort.LATEST, "Time, latest first"),
    (VisitSort.PATIENT, "Patient"),
    (VisitSort.PHYSICIAN, "Physician"),
    (VisitSort.STATUS, "Status"),
]


class ListQuery(FormModel):
    """Days (from today for a week if none is named), filters, order and page."""

    first: NearbyDay | None = None
    last: NearbyDay | None = None
    physician: Many[UUID]
    state: Group | None = None
    type: Line | None = None
    where: Literal["FL", "NJ"] | None = None
    sort: VisitSort = VisitSort.TIME
    page: WholeNumber = Field(default=1, ge=1)


@blueprint.get("/board/list")
@policy.staff(Role.COORDINATOR, audit="visits.listed")
def board_list() -> str:
    """List visits and live holds of up to sixty days."""
    wanted = read_query(ListQuery)
    filters = filters_of(wanted)
    with runtime().begin(by=actor()) as session:
        counted = visit_list.count_of_states(session, filters, now=now())
        page = _page(session, wanted, filters, total=_total(counted, wanted.state))
        seen = tuple({row.patient_id for row in page.rows})
        days = {"first": str(filters.first), "last": str(filters.last)}
        journal.note(session, "visits.listed", subject_kind="day", subject_id=None, at=now(), patient_ids=seen, **days)
        return render_template(
            "coordinator/board/list.html",
            page=page,
            wanted=wanted,
            first=filters.first,
            last=filters.last,
            total=sum(counted.values()),
            counts=_counts(counted, wanted, filters),
            zone=filters.zone,
            tabs=tabs("list", filters.first, wanted.physician),
            form=blank_form(**{**kept(wanted), "first": filters.first, "last": filters.last}, prefix="by"),
            file=_address("coordinator.board_csv", wanted, filters),
            **_choices(session),
        )


def filters_of(wanted: ListQuery) -> Filters:
    """Return the filters of a query, or raise Invalid for days in the wrong order or too many."""
    zone = runtime().clinic.zone
    first = wanted.first or in_zone(now(), zone).date()
    last = wanted.last or (first if wanted.first else first + _USUAL)
    if last < first:
        raise Invalid("The last day is before the first one. Change one of them.", field="last")
    if last - first >= _MOST_DAYS:
        raise Invalid("The list shows up to 60 days. Choose a nearer last day.", field="last")
    return Filters(
        first=first,
        last=last,
        zone=zone,
        physician_ids=wanted.physician,
        states=GROUPS[wanted.state][1] if wanted.state else (),
        visit_type_code=wanted.type,
        location_state=wanted.where,
    )


def kept(wanted: ListQuery) -> dict[str, object]:
    """Return the filters as boxes hold them, days and page left out."""
    boxes = wanted.model_dump(exclude={"first", "last", "page"})
    return {name: value for name, value in boxes.items() if value}


def _page(session: Session, wanted: ListQuery, filters: Filters, *, total: int) -> Page[ListedVisit]:
    number = min(wanted.page, Page(rows=(), number=1, total=total).last)
    rows = visit_list.visits_of(
        session, filters, sort=wanted.sort, now=now(), limit=PAGE_SIZE, offset=offset_of(number)
    )
    return Page(rows=rows, number=number, total=total)


def _total(counted: Mapping[AppointmentState, int], state: str | None) -> int:
    return sum(count for one, count in counted.items() if state is None or one in GROUPS[state][1])


def _counts(counted: Mapping[AppointmentState, int], wanted: ListQuery, filters: Filters) -> list[Count]:
    def address(state: str | None) -> str:
        return _address("coordinator.board_list", wanted, filters, state=state)

    found = [(_total(counted, look), word, address(look), look) for look, (word, _) in GROUPS.items()]
    shown = [one for one in found if one[0]]
    return [(sum(counted.values()), "in all", address(None), "all"), *shown] if shown else []


def _address(endpoint: str, wanted: ListQuery, filters: Filters, **changes: object) -> str:
    """Return the address of the same visits, with some filters changed; several physicians stand in it one by one."""
    return url_for(endpoint, **{**kept(wanted), "first": filters.first, "last": filters.last, **changes})  # type: ignore[arg-type]


def _choices(session: Session) -> dict[str, object]:
    return {
        "physicians": [(str(one.id), one.full_name) for one in people.all_physicians(session)],
        "types": [(one.code, one.name) for one in queries.visit_types(session, only_active=False)],
        "groups": [(look, word.capitalize()) for look, (word, _) in GROUPS.items()],
        "places": list(STATES.items()),
        "sorts": _SORTS,
    }


def one_day(on: date, **filters: object) -> str:
    """Return the address of one day's list."""
    return url_for("coordinator.board_list", first=on, last=on, **filters)  # type: ignore[arg-type]
