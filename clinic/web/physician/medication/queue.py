"""Whose next shipment waits for a decision: the reader's patients with a request or a fill that is not released."""

from flask import Flask, render_template
from flask.blueprints import BlueprintSetupState

from clinic.dashboards.menu_counts import undecided_shipments
from clinic.kernel import journal
from clinic.kernel.actor import Role
from clinic.medication.queries.deliveries import undecided
from clinic.medication.queries.ledger import units_on_hand
from clinic.people.queries import panel_of
from clinic.web.frame import policy
from clinic.web.frame.forms import read_query
from clinic.web.frame.navigation import count_with
from clinic.web.frame.paging import page_of
from clinic.web.frame.requests import actor, now, runtime
from clinic.web.physician import blueprint
from clinic.web.physician.medication.against import shown
from clinic.web.physician.medication.reading import reasons_now
from clinic.web.physician.medication.words import LOOKS
from clinic.web.physician.own import own_record
from clinic.web.physician.queue import QueueQuery


@blueprint.get("/refills")
@policy.staff(Role.PHYSICIAN, audit="refills.listed")
def refills() -> str:
    """List who waits, the longest first, each with every reason against the next shipment."""
    wanted = read_query(QueueQuery)
    with runtime().begin(by=actor()) as session:
        page = page_of(undecided(session, panel_of(own_record(session).id, now())), wanted.page)
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


@blueprint.record
def _count(state: BlueprintSetupState) -> None:
    assert isinstance(state.app, Flask)
    count_with(state.app, "physician.refills", undecided_shipments)
