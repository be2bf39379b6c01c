"""Whose next shipment waits for a decision: the reader's patients with a request or a fill that is not released."""

from typing import Annotated

from flask import Flask, render_template
from flask.blueprints import BlueprintSetupState
from pydantic import Field

from clinic.dashboards.menu_counts import undecided_shipments
from clinic.kernel import journal
from clinic.kernel.actor import Role
from clinic.medication.queries.deliveries import Card, undecided
from clinic.medication.queries.ledger import units_on_hand
from clinic.people.queries import panel_of
from clinic.web.frame import policy
from clinic.web.frame.forms import FormModel, WholeNumber, read_query
from clinic.web.frame.navigation import count_with
from clinic.web.frame.paging import PAGE_SIZE, Page, offset_of
from clinic.web.frame.requests import actor, now, runtime
from clinic.web.physician import blueprint
from clinic.web.physician.medication.against import shown
from clinic.web.physician.medication.reading import reasons_now
from clinic.web.physician.medication.words import LOOKS
from clinic.web.physician.own import own_record


class QueueQuery(FormModel):
    """The page of the queue."""

    page: Annotated[WholeNumber, Field(ge=1)] = 1


@blueprint.get("/refills")
@policy.staff(Role.PHYSICIAN, audit="refills.listed")
def refills() -> str:
    """List who waits, the longest first, each with every reason against the next shipment."""
    wanted = read_query(QueueQuery)
    with runtime().begin(by=actor()) as session:
        page = _page_of(undecided(session, panel_of(own_record(session).id, now())), wanted.page)
        ids = [card.patient_id for card in page.rows]
        found, at_home = reasons_now(session, ids), units_on_hand(session, ids)
        journal.note(
            session,
            "refills.listed",
            subject_kind="refill_request",
            subject_id=None,
            at=now(),
            patient_ids=tuple(ids),
        )
    reasons = {patient_id: shown(waits, patient_id) for patient_id, waits in found.items()}
    return render_template(
        "physician/medication/refills.html", looks=LOOKS, page=page, reasons=reasons, at_home=at_home
    )


def _page_of(cards: list[Card], number: int) -> Page[Card]:
    """Return the page asked for, or the last one when the queue has become shorter."""
    number = min(number, Page(rows=(), number=1, total=len(cards)).last)
    start = offset_of(number)
    return Page(rows=cards[start : start + PAGE_SIZE], number=number, total=len(cards))


@blueprint.record
def _count(state: BlueprintSetupState) -> None:
    assert isinstance(state.app, Flask)
    count_with(state.app, "physician.refills", undecided_shipments)
