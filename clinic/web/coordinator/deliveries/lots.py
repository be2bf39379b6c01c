"""Lots: the list by number, and one lot with whom it concerns and who has heard of its recall."""

from typing import Annotated
from uuid import UUID

from flask import render_template
from flask.typing import ResponseReturnValue
from pydantic import Field
from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.kernel.actor import Role
from clinic.kernel.localtime import in_zone
from clinic.medication.models import Lot, LotRecall
from clinic.medication.queries import lots as queries
from clinic.medication.queries.pharmacies import pharmacy
from clinic.medication.queries.recalls import Reached, notices_of, reached_by, recall_of_lot
from clinic.web.coordinator import blueprint
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormModel, FormState, Line, WholeNumber, blank_form, read_query
from clinic.web.frame.paging import PAGE_SIZE, Page, offset_of
from clinic.web.frame.requests import actor, now, runtime

_FurtherPage = Annotated[WholeNumber, Field(ge=1)]


class LotQuery(FormModel):
    """A part of a lot's number, and the page of the list."""

    number: Annotated[Line, Field(max_length=60)] = ""
    page: _FurtherPage = 1


@blueprint.get("/lots")
@policy.staff(Role.COORDINATOR)
def lots() -> str:
    """List the lots that pharmacies have named, the newest first."""
    wanted = read_query(LotQuery)
    with runtime().begin(by=actor()) as session:
        found = queries.lots(session, number=wanted.number)
    last = Page(rows=(), number=1, total=len(found)).last
    number = min(wanted.page, last)
    start = offset_of(number)
    return render_template(
        "coordinator/lots/index.html",
        page=Page(rows=found[start : start + PAGE_SIZE], number=number, total=len(found)),
        search=blank_form(number=wanted.number),
        wanted=wanted.number,
        today=in_zone(now(), runtime().clinic.zone).date(),
    )


@blueprint.get("/lots/<uuid:lot_id>")
@policy.staff(Role.COORDINATOR, audit="lot.viewed")
def lot(lot_id: UUID) -> ResponseReturnValue:
    """Show one lot, and how far its recall has come."""
    return lot_page(lot_id, blank_form())


def lot_page(lot_id: UUID, form: FormState) -> ResponseReturnValue:
    """Show the lot with the form of a recall as it was sent, and note whose names were seen."""
    with runtime().begin(by=actor()) as session:
        found = queries.lot(session, lot_id)
        recall = recall_of_lot(session, found.id)
        page = render_template(
            "coordinator/lots/lot.html",
            lot=found,
            form=form,
            failed=form if isinstance(form, FormErrors) else None,
            pharmacy=pharmacy(session, found.pharmacy_id),
            today=in_zone(now(), runtime().clinic.zone).date(),
            zone=runtime().clinic.zone,
            recall=recall,
            **_concerned(session, found, recall),
        )
    return page, form.status


def _concerned(session: Session, found: Lot, recall: LotRecall | None) -> dict[str, object]:
    """Return whom a recall concerns by name, or how many it would concern."""
    notices = notices_of(session, recall.id) if recall else []
    seen = tuple(notice.patient_id for notice, _ in notices)
    journal.note(session, "lot.viewed", subject_kind="lot", subject_id=found.id, at=now(), patient_ids=seen)
    reached = [] if recall else reached_by(session, found.id)
    return {
        "notices": notices,
        "waiting": sum(notice.heard_at is None for notice, _ in notices),
        "would_reach": len(reached),
        "under_way": sum(_is_under_way(each) for each in reached),
    }


def _is_under_way(reached: Reached) -> bool:
    return bool(reached.fill_ids or reached.shipment_ids)
