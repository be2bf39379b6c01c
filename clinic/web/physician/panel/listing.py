"""The panel's page: who needs something first, with filters, orders, a search and what is new."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic.dashboards.panel import panel
from clinic.dashboards.panel_page import Details, details_of
from clinic.dashboards.panel_rules import Facts, PanelSort, Risk, filtered, ordered, risks
from clinic.kernel import journal
from clinic.kernel.actor import Role
from clinic.people import queries as people
from clinic.people.models import Physician
from clinic.people.rules import STATES
from clinic.treatment.rules.plans import PHASE_NAMES
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormState, blank_form, read_form, read_query
from clinic.web.frame.paging import Page, offset_of
from clinic.web.frame.requests import actor, now, runtime
from clinic.web.physician import blueprint
from clinic.web.physician.own import own_record
from clinic.web.physician.panel.asked import PAGE_SIZE, PanelQuery, SearchForm, address_of, filter_of
from clinic.web.physician.panel.kept import view_links
from clinic.web.physician.panel.news import NewsBox, news_box
from clinic.web.physician.panel.showing import RISKS, Line, line_of

_PAGE = "physician/panel/panel.html"
_COLUMNS = (
    (PanelSort.REASON, "Risk", ""),
    (PanelSort.NAME, "Patient", ""),
    (PanelSort.PHASE, "Phase", ""),
    (PanelSort.PHQ, "PHQ-9", "is-wide"),
    (PanelSort.PHQ_CHANGE, "\u0394", "num"),
    (PanelSort.GAD, "GAD-7", "is-wide"),
    (PanelSort.GAD_CHANGE, "\u0394", "num"),
    (PanelSort.STANDING, "Outcome", ""),
    (PanelSort.LAST, "Last", ""),
    (PanelSort.TAKEN, "Taken", "num"),
    (PanelSort.SILENT, "Days", "num"),
    (PanelSort.NEXT, "Next", ""),
    (PanelSort.FLAGS, "Flags", "num"),
)
_SPOKEN = {
    PanelSort.PHQ_CHANGE: "PHQ-9 change since the start",
    PanelSort.GAD_CHANGE: "GAD-7 change since the start",
    PanelSort.LAST: "Last session",
    PanelSort.TAKEN: "Sessions taken",
    PanelSort.SILENT: "Days since the last score",
    PanelSort.NEXT: "Next visit",
    PanelSort.FLAGS: "Open flags",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One head of the table with the address that orders by it; `spoken` says what a short label means."""

    label: str
    spoken: str
    look: str
    href: str
    sorted: str


@blueprint.get("/panel")
@policy.staff(Role.PHYSICIAN, audit="panel.viewed")
def panel_page() -> ResponseReturnValue:
    """List the physician's own and covered patients, who needs something first."""
    return show(read_query(PanelQuery))


@blueprint.post("/panel")
@policy.staff(Role.PHYSICIAN, audit="panel.viewed")
def search_panel() -> ResponseReturnValue:
    """List those whose name, phone or record number holds what was typed; a name stands in no address."""
    form = read_form(SearchForm)
    return show(PanelQuery(), q="" if isinstance(form, FormErrors) else form.q)


def show(wanted: PanelQuery, *, q: str = "", saving: FormState | None = None) -> ResponseReturnValue:
    """Return the page; `saving` is a view's name that was refused."""
    with runtime().begin(by=actor()) as session:
        me = own_record(session)
        everybody = all_rows(session, me)
        found = filtered(everybody, filter_of(wanted, q=q))
        rows = _page_of(ordered(found, wanted.sort, is_down=wanted.is_down), wanted.page)
        lines = _lines(session, rows.rows, me)
        fresh = news_box(session, everybody)
        links = view_links(session)
        _note_seen(session, rows.rows, fresh)
    page = Page(rows=lines, number=rows.number, total=rows.total, size=PAGE_SIZE)
    form = saving or blank_form(prefix="view")
    shown = _shown(wanted, page, everybody, q=q)
    return render_template(_PAGE, zone=me.zone, news=fresh, views=links, form=form, **shown), form.status


def all_rows(session: Session, me: Physician) -> list[Facts]:
    """Return the rows of everybody on the physician's panel."""
    return panel(session, people.panel_ids(session, physician_id=me.id, now=now()), now=now())


def _page_of(rows: Sequence[Facts], number: int) -> Page[Facts]:
    last = Page(rows=(), number=1, total=len(rows), size=PAGE_SIZE).last
    number = min(max(number, 1), last)
    start = offset_of(number, size=PAGE_SIZE)
    return Page(rows=rows[start : start + PAGE_SIZE], number=number, total=len(rows), size=PAGE_SIZE)


def _lines(session: Session, rows: Sequence[Facts], me: Physician) -> list[Line]:
    details = details_of(session, rows)
    covered = people.covered_patients(session, physician_id=me.id, now=now())
    return [
        line_of(
            one,
            details.get(one.id, Details()),
            covering=", ".join(cover.physician_name for cover in covered.get(one.id, ())),
            now=now(),
        )
        for one in rows
    ]


def _note_seen(session: Session, rows: Sequence[Facts], fresh: NewsBox | None) -> None:
    """Write one audit row that names everybody shown, in the table and among the news."""
    seen = {one.id for one in rows} | {one.id for one in (fresh.patients if fresh else ())}
    journal.note(
        session, "panel.viewed", subject_kind="patient", subject_id=None, at=now(), patient_ids=tuple(sorted(seen))
    )


def _shown(wanted: PanelQuery, page: Page[Line], everybody: Sequence[Facts], *, q: str) -> dict[str, object]:
    others = filtered(everybody, filter_of(wanted.model_copy(update={"risk": None}), q=q))
    return {
        "page": page,
        "total": len(everybody),
        "attention": sum(one.risk >= Risk.REVIEW for one in everybody),
        "counts": _counts(wanted, others, q=q),
        "columns": [_column(wanted, each) for each in _COLUMNS],
        "wanted": wanted,
        "q": q,
        "query": address_of(wanted),
        "phases": [(phase.value, words) for phase, words in PHASE_NAMES.items()],
        "states": list(STATES.items()),
        "file": url_for("physician.panel_csv", **address_of(wanted)),  # type: ignore[arg-type]
    }


def _counts(wanted: PanelQuery, rows: Sequence[Facts], *, q: str) -> list[tuple[int, str, str, str, str]]:
    """Return number, glyph, word, address and look of each risk; a search has no address to filter by."""

    def address(risk: str | None) -> str:
        return "" if q else url_for("physician.panel_page", **address_of(wanted, risk=risk))  # type: ignore[arg-type]

    found = [(count, *RISKS[risk][:2], address(RISKS[risk][2]), RISKS[risk][2]) for risk, count in risks(rows).items()]
    return [(len(rows), "", "All", address(None), "all"), *found]


def _column(wanted: PanelQuery, named: tuple[PanelSort, str, str]) -> Column:
    sort, label, look = named
    is_here = sort is wanted.sort
    order = ("up" if wanted.is_down else "down") if is_here else None
    values = address_of(wanted, sort=sort, order=order)
    return Column(
        label=label,
        spoken=_SPOKEN.get(sort, ""),
        look=look,
        href=url_for("physician.panel_page", **values),  # type: ignore[arg-type]
        sorted=("descending" if wanted.is_down else "ascending") if is_here else "",
    )
